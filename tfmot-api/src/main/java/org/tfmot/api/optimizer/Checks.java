package org.tfmot.api.optimizer;

/** Checks of an optimizer's numbers. */
final class Checks {

  private Checks() {}

  /** Requires a number in [0, 1), such as the share of a moving average that a step keeps. */
  static void share(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), not " + value);
    }
  }

  static void atLeastZero(String name, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
  }

  static void positive(String name, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }
}
