package org.tfmot.techniques.pruning;

/** What both schedules demand of their numbers. */
final class ScheduleChecks {

  private ScheduleChecks() {}

  static void sparsity(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), not " + value);
    }
  }

  static void begin(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("the begin step must not be negative: " + step);
    }
  }

  static void frequency(long steps) {
    if (steps <= 0) {
      throw new IllegalArgumentException("the frequency must be positive, not " + steps);
    }
  }
}
