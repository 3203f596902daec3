package org.tfmot.gate.statistics;

/** Argument checks whose messages name the argument, its value and its range. */
final class Checks {
  private Checks() {}

  static double finite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + ", not a finite number; a diverged run counts with the worst value of its metric");
    }
    return value;
  }

  static double positive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be positive and finite");
    }
    return value;
  }

  /** In the open interval (0, 1). */
  static double probability(String name, double value) {
    if (!(value > 0 && value < 1)) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must lie between 0 and 1, both excluded");
    }
    return value;
  }

  static int atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be at least " + least);
    }
    return value;
  }
}
