package org.tfmot.techniques.quantization;

import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.tfmot.techniques.quantization.ranges.HistogramEstimator;
import org.tfmot.techniques.quantization.ranges.MinMaxEstimator;
import org.tfmot.techniques.quantization.ranges.MovingAverageEstimator;
import org.tfmot.techniques.quantization.ranges.RangeEstimator;
import org.tfmot.techniques.quantization.ranges.RangeSearch;

/**
 * Chooses the range of an activation from its values on samples. Memory does not grow with the
 * samples: a tensor's range is kept, or a histogram of 8,192 bins whose width doubles when a value
 * does not fit in.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class CalibrationMethod {

  private final Supplier<RangeEstimator> estimator;
  private final String text;
  private final boolean forEightBits;

  private CalibrationMethod(Supplier<RangeEstimator> estimator, String text) {
    this(estimator, text, false);
  }

  private CalibrationMethod(Supplier<RangeEstimator> estimator, String text, boolean forEightBits) {
    this.estimator = estimator;
    this.text = text;
    this.forEightBits = forEightBits;
  }

  /** From the smallest to the largest value. */
  public static CalibrationMethod minMax() {
    return new CalibrationMethod(MinMaxEstimator::new, "min-max");
  }

  /**
   * An exponential moving average of each sample's smallest and largest value: {@code range += (1 -
   * decay) * (sample - range)}, from the first sample's on. It depends on the samples' order.
   *
   * @throws IllegalArgumentException unless the decay is in [0, 1)
   */
  public static CalibrationMethod movingAverage(double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("the decay must be in [0, 1), not " + decay);
    }
    return new CalibrationMethod(
        () -> new MovingAverageEstimator(decay), "moving average, decay " + decay);
  }

  /**
   * Cuts off a share of the values at each end: with 0.9999, one of ten thousand.
   *
   * @throws IllegalArgumentException unless the share that stays is in (0.5, 1]
   */
  public static CalibrationMethod percentile(double share) {
    if (!(share > 0.5 && share <= 1)) {
      throw new IllegalArgumentException("the share that stays must be in (0.5, 1], not " + share);
    }
    return new CalibrationMethod(
        () -> new HistogramEstimator(histogram -> RangeSearch.percentile(histogram, share)),
        "percentile " + share);
  }

  /**
   * The range within a threshold on either side at which the values lose the least information when
   * they are rounded: the least Kullback-Leibler divergence (Migacz, 8-bit inference with TensorRT,
   * 2017).
   */
  public static CalibrationMethod entropy() {
    return new CalibrationMethod(
        () -> new HistogramEstimator(RangeSearch::entropy), "entropy", true);
  }

  /** The range with the least mean squared error between values and rounded values. */
  public static CalibrationMethod meanSquaredError() {
    return new CalibrationMethod(
        () -> new HistogramEstimator(RangeSearch::meanSquaredError), "mean squared error", true);
  }

  /** Returns whether the method trades clipping against the step of 256 values. */
  boolean isForEightBits() {
    return forEightBits;
  }

  RangeEstimator estimator() {
    return estimator.get();
  }

  @Override
  public String toString() {
    return text;
  }
}
