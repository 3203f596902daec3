package org.tfmot.techniques.weights;

import java.util.Map;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.TrainingHook;

/**
 * Notices that training steps ran, and that their values were not taken into the model that is
 * stripped: it holds the very values from before them. An effective weight without a schedule is
 * complete before training, so nothing else would tell. Equal values do not, for a layer may be
 * frozen. It runs nothing.
 */
final class UntakenTraining implements TrainingHook {

  private final Map<String, TensorProto> initial;
  private boolean stepped;

  /**
   * Watches a training.
   *
   * @param initial the initial values of all variables
   */
  UntakenTraining(Map<String, TensorProto> initial) {
    this.initial = Map.copyOf(initial);
  }

  @Override
  public void afterStep(Session session, long step) {
    stepped = true;
  }

  @Override
  public void requireDone(GraphModel trained) {
    if (stepped
        && trained.variables().values().stream()
            .allMatch(now -> isSame(now.value(), initial.getOrDefault(now.name(), now.value())))) {
      throw new IllegalStateException(
          "training steps ran, but this model has the values from before them: take the trained"
              + " ones in with optimized.withModel(live.snapshot()) before strip()");
    }
  }

  /** A snapshot has copies, also of values that training left as they were. */
  private static boolean isSame(Object one, Object other) {
    return one == other;
  }
}
