package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * Bound on the share of runs that collapse, from runs that did not. A mean over few seeds cannot
 * know of a seed that it did not see: if one in ten collapses, 59 of 100 samples of five show none.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class CollapseBound {
  private static final double RISK = 0.05;

  private CollapseBound() {}

  /**
   * Returns the largest share of collapsing seeds under which so many runs without a collapse are
   * seen with probability 5 %: {@code 1 - 0.05^(1/n)}, the exact 95 % bound.
   *
   * @param runs without a collapse, at least 1
   */
  public static double upper(int runs) {
    return -Math.expm1(Math.log(RISK) / Checks.atLeast("number of runs", runs, 1));
  }
}
