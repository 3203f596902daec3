package org.tfmot.api;

import org.apiguardian.api.API;
import org.tensorflow.Session;

/**
 * What has to run beside training. A training loop calls {@link #begin} once, then {@link
 * #beforeStep} and {@link #afterStep} around every step. All state lives in the model's variables,
 * so a restored checkpoint goes on where it was.
 */
@API(status = API.Status.EXPERIMENTAL)
public interface TrainingHook {

  /**
   * Called before the first step of a run.
   *
   * @param firstStep the number of the first step, 0 unless training is resumed
   * @param endStep the number of the step after the last
   * @throws IllegalArgumentException if the hook could never act within the whole run from step 0
   */
  default void begin(Session session, long firstStep, long endStep) {}

  /** Called before step {@code step} is computed; steps count from 0. */
  default void beforeStep(Session session, long step) {}

  /** Called after step {@code step} was computed and the variables updated. */
  default void afterStep(Session session, long step) {}
}
