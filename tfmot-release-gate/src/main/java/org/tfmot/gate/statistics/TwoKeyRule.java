package org.tfmot.gate.statistics;

import java.util.Locale;
import org.apiguardian.api.API;

/**
 * Evidence that a claim about a mean needs to pass.
 *
 * @param alpha largest probability of passing a broken claim, in (0, 1)
 * @param minRuns runs before which nothing passes, at least 2
 * @param p0 share of runs at or over the floor that does not suffice, in (0, 1)
 * @param p1 share of runs at or over the floor of a healthy claim, in (p0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TwoKeyRule(double alpha, int minRuns, double p0, double p1) {
  /**
   * Five per cent, five runs, the median run at the floor. A healthy claim with a margin of two
   * standard deviations needs 5.9 runs on average.
   */
  public static final TwoKeyRule STANDARD = new TwoKeyRule(0.05, 5, 0.5, 0.95);

  /**
   * For metrics with a long tail of bad runs: seven runs of ten at the floor do not suffice. Costs
   * about twice the runs of {@link #STANDARD}.
   */
  public static final TwoKeyRule CRITICAL = new TwoKeyRule(0.05, 5, 0.7, 0.95);

  /** Nine runs of ten at the floor do not suffice: at least thirty runs, all of them good. */
  public static final TwoKeyRule STRICT = new TwoKeyRule(0.05, 5, 0.9, 0.995);

  /** Checks the ranges. */
  public TwoKeyRule {
    Checks.probability("alpha", alpha);
    Checks.atLeast("minRuns", minRuns, 2);
    Checks.probability("p0", p0);
    Checks.probability("p1", p1);
    if (p1 <= p0) {
      throw new IllegalArgumentException("p1 is " + p1 + "; it must be over p0 = " + p0);
    }
  }

  /** The same rule with another alpha. */
  public TwoKeyRule withAlpha(double other) {
    return new TwoKeyRule(other, minRuns, p0, p1);
  }

  /**
   * Returns the share of runs at or over the floor that a healthy claim has at least, at most p1:
   * the second key must not fail a claim only because its margin is small or its metric coarse. A
   * normal value that is rounded to the levels of the metric is at or over the floor if it is half
   * a level over it, wherever the levels lie.
   *
   * @throws IllegalArgumentException if that is not more than p0, with the ways out
   */
  double healthyShare(double effect, double grain) {
    double share = Math.min(p1, SpecialFunctions.normalCdf(effect - grain / 2));
    if (share <= p0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a margin of %.3g standard deviations of the seed noise, on a metric whose levels are"
                  + " %.3g apart, puts only %.3g of the healthy runs at or over the floor, not more"
                  + " than p0 = %s; widen the margin or lower p0",
              effect,
              grain,
              share,
              p0));
    }
    return share;
  }

  /**
   * Returns the runs without which nothing passes, even if all of them are good.
   *
   * @param effect the smallest healthy margin in standard deviations
   * @param grain the resolution of the metric in standard deviations
   * @throws IllegalArgumentException if the second key could tell nothing
   */
  public int fewestRuns(double effect, double grain) {
    double gain = Math.log(healthyShare(effect, grain) / p0);
    return Math.max(minRuns, (int) Math.ceil(-Math.log(alpha) / gain - 1e-9));
  }

  /**
   * Returns a test by this rule, without runs, of a metric whose resolution is negligible beside
   * its noise.
   *
   * @param effect the smallest healthy margin in standard deviations, see {@link
   *     Calibration#effect}
   * @param beta largest probability of failing a healthy claim, in (0, 1); see {@link
   *     FalseBlockBudget}
   * @param resolution the smallest difference that the metric can show, over 0
   */
  public TwoKey test(double effect, double beta, double resolution) {
    return test(effect, 0, beta, resolution);
  }

  /**
   * Returns a test by this rule, without runs.
   *
   * @param effect the smallest healthy margin in standard deviations, see {@link
   *     Calibration#effect}
   * @param grain the resolution in standard deviations, at least 0: of a metric of few levels fewer
   *     healthy runs are at or over the floor
   * @param beta largest probability of failing a healthy claim, in (0, 1); see {@link
   *     FalseBlockBudget}
   * @param resolution the smallest difference that the metric can show, over 0
   */
  public TwoKey test(double effect, double grain, double beta, double resolution) {
    return TwoKey.of(this, effect, Checks.finite("grain", grain), beta, resolution);
  }
}
