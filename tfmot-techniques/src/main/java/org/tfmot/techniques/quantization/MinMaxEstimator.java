package org.tfmot.techniques.quantization;

/** All that was seen. */
final class MinMaxEstimator implements RangeEstimator {

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
