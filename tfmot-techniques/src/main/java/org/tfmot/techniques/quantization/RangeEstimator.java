package org.tfmot.techniques.quantization;

import org.jspecify.annotations.Nullable;

/** Makes the range of one tensor from what is seen of it, sample by sample. */
interface RangeEstimator {

  /** Takes the smallest and the largest value of a sample, before its histogram. */
  void see(float min, float max);

  /** Returns the histogram that counts the values of each sample; null if none is needed. */
  default @Nullable Histogram histogram() {
    return null;
  }

  /** The range after all samples. */
  Range range();
}
