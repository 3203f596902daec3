package org.tfmot.gate.statistics;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Cost of one claim, and the probability that it stops the release.
 *
 * @param claim the claim's id
 * @param cost expected cost until its decision, in any unit, at least 0
 * @param failure probability that it does not pass, in [0, 1]
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ClaimCost(String claim, double cost, double failure) {
  /** Checks the ranges. */
  public ClaimCost {
    if (!(cost >= 0 && cost < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "cost of " + claim + " is " + cost + "; it must be finite and at least 0");
    }
    if (!(failure >= 0 && failure <= 1)) {
      throw new IllegalArgumentException(
          "failure probability of " + claim + " is " + failure + "; it must lie in [0, 1]");
    }
  }

  /**
   * A claim with the failure probability that its history suggests: the posterior mean under
   * Jeffreys' prior, one half without any history.
   *
   * @param passed earlier verdicts that passed, at least 0
   * @param failed earlier verdicts that did not, at least 0
   */
  public static ClaimCost ofHistory(String claim, double cost, int passed, int failed) {
    Checks.atLeast("passed", passed, 0);
    Checks.atLeast("failed", failed, 0);
    return new ClaimCost(claim, cost, (failed + 0.5) / (passed + failed + 1.0));
  }

  /**
   * The order with the least expected cost if the first failure stops the gate: cost by failure
   * probability ascending, ties by id.
   */
  public static List<ClaimCost> cheapestFirst(Collection<ClaimCost> claims) {
    return claims.stream()
        .sorted(Comparator.comparingDouble(ClaimCost::ratio).thenComparing(ClaimCost::claim))
        .toList();
  }

  private double ratio() {
    if (cost == 0) {
      return 0;
    }
    return failure == 0 ? Double.POSITIVE_INFINITY : cost / failure;
  }
}
