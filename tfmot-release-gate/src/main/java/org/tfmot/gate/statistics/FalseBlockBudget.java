package org.tfmot.gate.statistics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The probability that a healthy release is failed, shared out over its claims. A release needs
 * every claim, so alpha needs no correction for their number, but the chances to fail a healthy
 * claim add up: {@code beta_c = budget * w_c / sum(w)}.
 *
 * @param budget largest probability that any claim of a healthy release fails, in (0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record FalseBlockBudget(double budget) {
  /** Five per cent. */
  public static final FalseBlockBudget STANDARD = new FalseBlockBudget(0.05);

  /** Checks the range. */
  public FalseBlockBudget {
    Checks.probability("budget", budget);
  }

  /**
   * The beta of each of so many claims of equal weight.
   *
   * @param claims at least 1
   */
  public double share(int claims) {
    return budget / Checks.atLeast("number of claims", claims, 1);
  }

  /**
   * The beta of each claim, in the order of the weights.
   *
   * @param weights claim id to weight, each over 0, at least one
   */
  public Map<String, Double> shares(Map<String, Double> weights) {
    Checks.atLeast("number of claims", weights.size(), 1);
    double sum = 0;
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      sum += Checks.positive("weight of " + weight.getKey(), weight.getValue());
    }
    Map<String, Double> shares = new LinkedHashMap<>();
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      shares.put(weight.getKey(), budget * (weight.getValue() / sum));
    }
    return Collections.unmodifiableMap(shares);
  }
}
