package org.tfmot.api;

import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.Session;

/**
 * Runs beside training. A training loop calls {@link #begin} once, then {@link #beforeStep} and
 * {@link #afterStep} around every step. All state lives in the model's variables, so a restored
 * checkpoint continues where it was.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface TrainingHook {

  /**
   * Returns the names of those of the model's {@link Endpoints#operations} that this hook runs. A
   * trainer can thus refuse a model whose operations no hook runs. A hook that only watches has
   * none.
   */
  default List<String> operations() {
    return List.of();
  }

  /**
   * Called before the first step of a run.
   *
   * @param firstStep the number of the first step, 0 unless training is resumed
   * @param endStep the number of the step after the last of the whole training; if this run is a
   *     part of it that others continue, not the number at which it stops
   * @throws IllegalArgumentException if the hook could not do its work within the whole training
   *     from step 0
   */
  default void begin(Session session, long firstStep, long endStep) {}

  /** Called before step {@code step} is computed; steps count from 0. */
  default void beforeStep(Session session, long step) {}

  /** Called after step {@code step} was computed and the variables updated. */
  default void afterStep(Session session, long step) {}

  /**
   * Called when a trained model is stripped.
   *
   * @throws IllegalStateException if the model lacks what this hook does, because the training loop
   *     never called it
   */
  default void requireDone(GraphModel trained) {}
}
