package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * How much evidence a claim about a mean needs to pass.
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
   * The share of runs at the floor that a healthy normal claim of this effect has, at most p1: the
   * second key must not fail a claim only because its margin is small.
   */
  double healthyShare(double effect) {
    double share = Math.min(p1, SpecialFunctions.normalCdf(effect));
    if (share <= p0) {
      throw new IllegalArgumentException(
          "a margin of "
              + effect
              + " standard deviations puts only "
              + share
              + " of the healthy runs over the floor, not more than p0 = "
              + p0
              + "; widen the margin or lower p0");
    }
    return share;
  }

  /**
   * A test by this rule, without runs.
   *
   * @param effect the smallest healthy margin in standard deviations, see {@link
   *     Calibration#effect}
   * @param beta largest probability of failing a healthy claim, in (0, 1); see {@link
   *     FalseBlockBudget}
   * @param resolution the smallest difference that the metric can show, over 0
   */
  public TwoKey test(double effect, double beta, double resolution) {
    return TwoKey.of(this, effect, beta, resolution);
  }
}
