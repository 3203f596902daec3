package org.tfmot.gate.attestation;

import org.apiguardian.api.API;

/**
 * A confidence interval.
 *
 * @param low its lower end, finite
 * @param high its upper end, finite
 * @param confidence its coverage, in (0, 1)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Interval(double low, double high, double confidence) {

  /**
   * @throws IllegalArgumentException if that is no interval
   */
  public Interval {
    if (!(low <= high)
        || Double.isInfinite(low)
        || Double.isInfinite(high)
        || !(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "[%s, %s] at %s is no interval".formatted(low, high, confidence));
    }
  }
}
