package org.tfmot.techniques.pruning;

import java.util.OptionalDouble;
import java.util.function.LongToDoubleFunction;

/** A user's formula between two steps. */
record FunctionSchedule(LongToDoubleFunction formula, long begin, long end, long frequency)
    implements PruningSchedule {

  FunctionSchedule {
    ScheduleChecks.begin(begin);
    ScheduleChecks.end(begin, end);
    ScheduleChecks.frequency(frequency);
    double first = formula.applyAsDouble(begin);
    double last = formula.applyAsDouble(end);
    ScheduleChecks.sparsity("the sparsity at the begin step " + begin, first);
    ScheduleChecks.sparsity("the sparsity at the end step " + end, last);
    ScheduleChecks.rising(first, last);
  }

  @Override
  public boolean updatesAt(long step) {
    return ScheduleChecks.updates(step, begin, end, frequency);
  }

  @Override
  public double sparsity(long step) {
    return formula.applyAsDouble(step);
  }

  @Override
  public OptionalDouble finalSparsity() {
    return OptionalDouble.of(sparsity(end));
  }

  @Override
  public String toString() {
    return "PruningSchedule(to %s, steps %d to %d, every %d)"
        .formatted(sparsity(end), begin, end, frequency);
  }
}
