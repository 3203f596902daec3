package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/**
 * Estimate of a claim's metric from the evidence.
 *
 * @param value the estimate: a mean, or the share of runs that reached the target
 * @param low the lower end of its interval
 * @param high the upper end of its interval
 * @param runs how many runs it is from, at least 1
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Measured(double value, double low, double high, int runs) {

  /** Checks the order. */
  public Measured {
    if (!(low <= value && value <= high) || runs < 1) {
      throw new IllegalArgumentException(
          "%s in [%s, %s] of %d runs is no measurement".formatted(value, low, high, runs));
    }
  }
}
