package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * The two levels of evidence at which a sequential test stops. By Ville's inequality a likelihood
 * ratio started at 1 ever reaches {@code upper} with probability at most {@code 1/upper} if the
 * claim is broken, and ever reaches {@code lower} with probability at most {@code lower} if it is
 * healthy.
 *
 * @param lower evidence at or under which the claim fails, in [0, 1)
 * @param upper evidence at or over which the claim passes, over 1; may be infinite
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Boundaries(double lower, double upper) {
  /** Only certainty decides: for claims without chance. */
  static final Boundaries CERTAINTY = new Boundaries(0, Double.POSITIVE_INFINITY);

  /** Evidence such as 0.1^2 lies exactly on a boundary, but not in floating-point logarithms. */
  private static final double ROUNDING = 1e-12;

  /** Checks the ranges. */
  public Boundaries {
    if (!(lower >= 0 && lower < 1)) {
      throw new IllegalArgumentException("lower is " + lower + "; it must lie in [0, 1)");
    }
    if (!(upper > 1)) {
      throw new IllegalArgumentException("upper is " + upper + "; it must be over 1");
    }
  }

  /**
   * The boundaries of two error rates.
   *
   * @param alpha largest probability of passing a broken claim, in (0, 1)
   * @param beta largest probability of failing a healthy claim, in (0, 1)
   */
  public static Boundaries of(double alpha, double beta) {
    Checks.probability("alpha", alpha);
    Checks.probability("beta", beta);
    return new Boundaries(beta, 1 / alpha);
  }

  /**
   * The decision after one more run. FAIL is absorbing, so that a failed claim cannot be rerun
   * until green; a PASS outlives evidence that merely weakens, but not evidence of failure. Both
   * rules only lower the rate of false releases.
   */
  Decision next(Decision previous, double logEvidence, int runs, int minRuns) {
    if (previous == Decision.FAIL || logEvidence <= Math.log(lower) + ROUNDING) {
      return Decision.FAIL;
    }
    boolean enough = logEvidence >= Math.log(upper) - ROUNDING;
    return enough && runs >= minRuns ? Decision.PASS : previous;
  }
}
