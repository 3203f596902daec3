package org.tfmot.gate.statistics;

import java.util.Locale;
import org.apiguardian.api.API;

/**
 * The seed noise of a metric, measured on reference runs of the same code.
 *
 * @param runs number of reference runs, at least {@value #MIN_RUNS}
 * @param mean their mean
 * @param deviation their sample standard deviation, at least the metric's resolution
 * @param upper upper 80 % confidence bound of the standard deviation (chi-square)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Calibration(int runs, double mean, double deviation, double upper) {
  /** Fewer reference runs say too little about the noise. */
  public static final int MIN_RUNS = 8;

  private static final double CONFIDENCE = 0.8;
  private static final double MIN_EFFECT = 1;
  private static final double MAX_EFFECT = 3;

  /** Checks the ranges. */
  public Calibration {
    Checks.atLeast("number of reference runs", runs, MIN_RUNS);
    Checks.finite("mean", mean);
    Checks.positive("deviation", deviation);
    Checks.positive("upper", upper);
    if (upper < deviation) {
      throw new IllegalArgumentException(
          "upper is " + upper + "; it must be at least the deviation " + deviation);
    }
  }

  /**
   * Measures the noise of reference runs. For a PAIRED claim the values are the differences.
   *
   * @param resolution the smallest difference that the metric can show, over 0
   * @throws IllegalArgumentException if there are fewer than {@value #MIN_RUNS} values or one is
   *     not finite
   */
  public static Calibration of(double[] values, double resolution) {
    Checks.positive("resolution", resolution);
    Checks.atLeast("number of reference runs", values.length, MIN_RUNS);
    Moments moments = Moments.of(values);
    double deviation = Math.max(moments.deviation(), resolution);
    double degrees = values.length - 1.0;
    double quantile = SpecialFunctions.chiSquareQuantile(1 - CONFIDENCE, degrees);
    return new Calibration(
        values.length, moments.mean(), deviation, deviation * Math.sqrt(degrees / quantile));
  }

  /**
   * Returns whether the margin is at least one standard deviation of the seed noise. Both values
   * oriented "higher is better".
   */
  public boolean admits(double documented, double floor) {
    return margin(documented, floor) >= MIN_EFFECT;
  }

  /**
   * The margin in standard deviations, at most 3, which the sequential test takes as the smallest
   * healthy one. Both values oriented "higher is better".
   *
   * @throws IllegalArgumentException if the claim is not admitted, with the ways out
   */
  public double effect(double documented, double floor) {
    if (!admits(documented, floor)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the margin %.6g (documented %.6g, floor %.6g) is %.2f standard deviations of the"
                  + " seed noise (%.6g at 80 %% confidence, %d reference runs); it must be at least"
                  + " 1: widen the margin, lengthen the run, or pair the seeds",
              documented - floor,
              documented,
              floor,
              margin(documented, floor),
              upper,
              runs));
    }
    return Math.min(margin(documented, floor), MAX_EFFECT);
  }

  private double margin(double documented, double floor) {
    Checks.finite("documented", documented);
    Checks.finite("floor", floor);
    // The slack admits a margin of exactly one deviation in spite of rounding.
    double margin = (documented - floor) / upper;
    return Math.abs(margin - MIN_EFFECT) < 1e-9 ? MIN_EFFECT : margin;
  }
}
