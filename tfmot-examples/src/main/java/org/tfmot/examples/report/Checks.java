package org.tfmot.examples.report;

/** Argument checks whose messages name the thing, its value and what is allowed. */
final class Checks {
  private Checks() {}

  /** A name or a short text: not blank, without control characters (they would break the table). */
  static String text(String what, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(what + " is empty; give a text");
    }
    value
        .chars()
        .filter(Character::isISOControl)
        .findFirst()
        .ifPresent(
            c -> {
              throw new IllegalArgumentException(
                  String.format("%s contains the control character U+%04X; remove it", what, c));
            });
    return value;
  }

  static double fraction(String what, double value) {
    if (!(value >= 0 && value <= 1)) { // also refuses NaN
      throw new IllegalArgumentException(what + " is " + value + "; it must be in [0, 1]");
    }
    return value;
  }

  static double finite(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(what + " is " + value + "; it must be finite");
    }
    return value;
  }

  static long positive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " is " + value + "; it must be above 0");
    }
    return value;
  }

  static double positive(String what, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(what + " is " + value + "; it must be finite and above 0");
    }
    return value;
  }
}
