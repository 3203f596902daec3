package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * A mean with Student's two-sided interval: for people to read; verdicts come from the evidence.
 * After optional stopping the interval is only approximate.
 *
 * @param runs number of values, at least 1
 * @param mean their mean
 * @param low lower end, minus infinity for a single value
 * @param high upper end, infinity for a single value
 * @param confidence coverage of the interval, in (0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record MeanEstimate(int runs, double mean, double low, double high, double confidence) {
  /**
   * Estimates the mean of the values.
   *
   * @throws IllegalArgumentException if there is no value or one is not finite
   */
  public static MeanEstimate of(double[] values, double confidence) {
    Checks.probability("confidence", confidence);
    Moments moments = Moments.of(values);
    if (values.length == 1) {
      return new MeanEstimate(
          1, moments.mean(), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, confidence);
    }
    double half =
        SpecialFunctions.studentQuantile((1 + confidence) / 2, values.length - 1.0)
            * moments.deviation()
            / Math.sqrt(values.length);
    return new MeanEstimate(
        values.length, moments.mean(), moments.mean() - half, moments.mean() + half, confidence);
  }
}
