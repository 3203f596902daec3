package org.tfmot.techniques.clustering;

import java.util.Map;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.TrainingHook;

/**
 * Notices that training steps ran, and that their values are not those of the model that is
 * stripped: no variable differs from what it was before. Centroids are complete before training, so
 * nothing else would tell; they alone do not, for their layer may be frozen. It runs nothing.
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
            .allMatch(now -> now.value().equals(initial.getOrDefault(now.name(), now.value())))) {
      throw new IllegalStateException(
          "training steps ran, but no variable of this model differs from before them: take the"
              + " trained values in with optimized.withModel(live.snapshot()) before strip()");
    }
  }
}
