package org.tfmot.techniques.clustering;

import java.util.Map;
import org.tensorflow.Session;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.TrainingHook;

/**
 * Notices that training steps ran, and that their values are not those of the model that is
 * stripped. Centroids are complete before training, so nothing else would tell. It runs nothing.
 */
final class UntakenTraining implements TrainingHook {

  private final Map<String, TensorProto> initial;
  private boolean stepped;

  /**
   * Watches a training.
   *
   * @param initial the centroids' initial values by variable
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
        && initial.entrySet().stream()
            .allMatch(each -> trained.variable(each.getKey()).value().equals(each.getValue()))) {
      throw new IllegalStateException(
          "training steps ran, but this model has the centroids of weight clustering from before"
              + " them: take the trained values in with optimized.withModel(live.snapshot()) before"
              + " strip()");
    }
  }
}
