package org.tfmot.techniques.pruning;

import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.TrainingHook;

/** Recomputes masks when the schedule says so, and keeps the weights masked after every step. */
record PruningHook(PruningSchedule schedule, String sparsity, String update, String apply)
    implements TrainingHook {

  @Override
  public void begin(Session session, long firstStep, long endStep) {
    for (long step = 0; step < endStep; step++) {
      if (schedule.updatesAt(step)) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "%s never updates a mask within %d steps: begin earlier or train longer"
            .formatted(schedule, endStep));
  }

  @Override
  public void beforeStep(Session session, long step) {
    if (schedule.updatesAt(step)) {
      try (TFloat32 value = TFloat32.scalarOf((float) schedule.sparsity(step))) {
        session.runner().feed(sparsity, value).addTarget(update).run().close();
      }
    }
  }

  @Override
  public void afterStep(Session session, long step) {
    session.runner().addTarget(apply).run().close();
  }
}
