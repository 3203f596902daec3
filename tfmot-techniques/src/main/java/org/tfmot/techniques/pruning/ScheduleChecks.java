package org.tfmot.techniques.pruning;

/** Validates the numbers of schedules, and computes the update steps of those with an end. */
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

  static void end(long begin, long end) {
    if (end < begin) {
      throw new IllegalArgumentException(
          "the end step %d is before the begin step %d".formatted(end, begin));
    }
  }

  static void rising(double initial, double last) {
    if (initial > last) {
      throw new IllegalArgumentException(
          "the initial sparsity %s is above the final sparsity %s: pruned weights do not come back"
              .formatted(initial, last));
    }
  }

  /** Returns whether a schedule that never misses its last step updates at this one. */
  static boolean updates(long step, long begin, long end, long frequency) {
    return step >= begin && step <= end && ((step - begin) % frequency == 0 || step == end);
  }
}
