package org.tfmot.techniques.quantization;

import java.util.function.Function;

/** A range that is chosen when the distribution of all values is known. */
final class HistogramEstimator implements RangeEstimator {

  private final Function<Histogram, Range> choice;
  private final Histogram histogram = new Histogram();

  HistogramEstimator(Function<Histogram, Range> choice) {
    this.choice = choice;
  }

  @Override
  public void see(float min, float max) {
    histogram.see(min, max);
  }

  @Override
  public Histogram histogram() {
    return histogram;
  }

  @Override
  public Range range() {
    return histogram.total() == 0 ? Range.ZERO : choice.apply(histogram);
  }
}
