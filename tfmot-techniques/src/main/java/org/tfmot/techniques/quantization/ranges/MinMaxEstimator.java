package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/** All that was seen. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MinMaxEstimator implements RangeEstimator {

  private Range range = Range.ZERO;

  @Override
  public void see(float min, float max) {
    range = range.union(min, max);
  }

  @Override
  public Range range() {
    return range;
  }
}
