package org.tfmot.techniques.pruning;

import java.util.OptionalDouble;
import org.apiguardian.api.API;

/**
 * When masks are recomputed, and to which sparsity: pure functions of the step, counted from 0.
 *
 * <p>An update comes before its step. The one at step N in a run of N steps is the last thing that
 * the run does, after step N - 1: so both functions are asked for steps 0 to N, inclusive, in a run
 * of N steps. Masks only grow: where a schedule's sparsity falls, they stay as they are.
 */
@API(status = API.Status.EXPERIMENTAL)
public interface PruningSchedule {

  /** Whether the masks are recomputed before this step. */
  boolean updatesAt(long step);

  /**
   * The fraction of weights that are zero after an update at this step, in [0, 1). A run in which
   * it is anything else at an update is refused before the first step.
   */
  double sparsity(long step);

  /**
   * The sparsity after the last update, if the schedule knows it. Masks that have it already are
   * finished: such a model may be trained on in a run that is too short for any further update.
   */
  default OptionalDouble finalSparsity() {
    return OptionalDouble.empty();
  }
}
