package org.tfmot.techniques.quantization.ranges;

import java.util.function.Function;
import org.apiguardian.api.API;

/** A range that is chosen when the distribution of all values is known. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class HistogramEstimator implements RangeEstimator {

  private final Function<Histogram, Range> choice;
  private final Histogram histogram = new Histogram();

  public HistogramEstimator(Function<Histogram, Range> choice) {
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
