package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/** Direction in which a metric is better. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum Direction {
  /** Such as an accuracy. */
  HIGHER_IS_BETTER(1),
  /** Such as a size or a loss. */
  LOWER_IS_BETTER(-1);

  private final int sign;

  Direction(int sign) {
    this.sign = sign;
  }

  /** The value turned so that higher is better. */
  public double oriented(double value) {
    return sign * value;
  }
}
