package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** Makes the range of one tensor from what is seen of it, sample by sample. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public interface RangeEstimator {

  /** Takes the smallest and the largest value of a sample, before its histogram. */
  void see(float min, float max);

  /** Returns the histogram that counts the values of each sample; null if none is needed. */
  default @Nullable Histogram histogram() {
    return null;
  }

  /** The range after all samples. */
  Range range();
}
