package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * Spends the alpha of a claim over the tries of a release. Changed files have new seeds, so that a
 * claim which is broken could be tried until it passes by luck; later tries therefore need more
 * evidence.
 *
 * <p>The k-th try has {@code alpha_k = w_k * alpha / (1 + alpha)} with {@code w_1 = 13/15} and
 * {@code w_k = 2 / (15 k (k - 1))}; the weights add up to 1. A try that passes does not advance k:
 * a broken claim passes at level k in a row with probability at most {@code alpha_k / (1 - alpha_k)
 * <= w_k * alpha}, so that all tries together release it with probability at most alpha. The first
 * weight is so large that a healthy claim pays next to nothing: five good runs of five still pass.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class AlphaSpending {

  /** The share of alpha that later tries have together. */
  private static final double LATER = 2.0 / 15;

  private AlphaSpending() {}

  /**
   * Returns the alpha of a try.
   *
   * @param alpha of all tries together, in (0, 1)
   * @param number of the try, from 1: one more than the tries before it that did not pass
   */
  public static double of(double alpha, int number) {
    Checks.probability("alpha", alpha);
    double k = Checks.atLeast("number", number, 1);
    double weight = number == 1 ? 1 - LATER : LATER / (k * (k - 1));
    return weight * alpha / (1 + alpha);
  }
}
