package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * An interval for the mean of a bounded metric: every mean against which no gambler of {@link
 * BettingMean} has won. Holds after any stopping rule, for any distribution between the bounds.
 *
 * @param low lower end, at least the worst value
 * @param high upper end, at most the best value
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record BettingInterval(double low, double high) {
  private static final int HALVINGS = 40;

  /**
   * Computes the interval.
   *
   * @param values at least one; those beyond a bound count as the bound
   * @param worst the lowest value
   * @param best the highest value, over the worst
   * @param confidence in (0, 1)
   */
  public static BettingInterval of(double[] values, double worst, double best, double confidence) {
    Checks.atLeast("number of values", values.length, 1);
    Checks.positive("best minus worst", best - worst);
    double limit = Math.log(2 / (1 - Checks.probability("confidence", confidence)));
    double[] up = new double[values.length];
    double[] down = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double value = Math.min(best, Math.max(worst, Checks.finite("value " + (i + 1), values[i])));
      up[i] = value - worst;
      down[i] = best - value;
    }
    return new BettingInterval(
        worst + least(up, best - worst, limit), best - least(down, best - worst, limit));
  }

  /** The smallest mean, over 0, that is not refuted from below: the capital falls as it rises. */
  private static double least(double[] values, double most, double limit) {
    double refuted = 0;
    double open = most;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (refuted + open) / 2;
      if (BettingMean.logCapital(values, middle) >= limit) {
        refuted = middle;
      } else {
        open = middle;
      }
    }
    return refuted;
  }
}
