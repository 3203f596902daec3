package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;

/**
 * Scores weights by their importance: at each update those with the lowest scores are pruned first.
 * A score adds operations to the training graph:
 *
 * <pre>{@code
 * // Weights relative to the largest one of their output channel.
 * ImportanceScore relative = graph -> {
 *   WeightGraph weight = graph.weight();
 *   String magnitude = weight.add("Abs", "score/magnitude", weight.tensor());
 *   String largest =
 *       weight.reduce("Max", "score/largest", magnitude, weight.outputDimensions());
 *   return weight.add("DivNoNan", "score/relative", magnitude, largest);
 * };
 * Pruning.builder().importance(relative)
 * }</pre>
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface ImportanceScore {

  /**
   * Adds the scores of one weight. Called once for each weight when the technique is applied.
   *
   * @param graph where nodes and variables go
   * @return a tensor of the weight's shape with a score for each element, above -1e30. An update
   *     fails if a score is NaN or infinite. Scores of pruned elements do not count: those stay
   *     pruned
   */
  String add(ScoreGraph graph);

  /** Returns {@code |w|}: the smallest weights go first (Zhu and Gupta, 2017). The default. */
  static ImportanceScore magnitude() {
    return KnownScore.MAGNITUDE;
  }

  /**
   * Returns the movement of weights (Sanh, Wolf and Rush, 2020, "Movement Pruning"), {@code
   * -sum(rate * w * dL/dw)} over all training steps: weights that training moves towards 0 go
   * first, however large they are. Made for fine-tuning a trained model on another task.
   *
   * <p>The scores are a trainable variable, {@code WEIGHT/pruning_score}, that starts at 0 and has
   * the gradient of the mask, {@code w * dL/dw}. The optimizer of the training makes the sum, so
   * that with Adam it is a sum of Adam's steps, as in the paper. Exclude {@code pruning_score} from
   * weight decay by name ({@link org.tfmot.api.optimizer.WeightDecay}). The first update that
   * prunes has to come after training steps. Unlike in the paper, what is pruned stays pruned.
   */
  static ImportanceScore movement() {
    return KnownScore.MOVEMENT;
  }

  /**
   * Returns the sensitivity of the loss to removing weights, to first order, {@code |sum(rate * w *
   * dL/dw)|} over all training steps (after Molchanov et al., 2017): weights that the loss does not
   * depend on go first. Computed as {@link #movement} is.
   */
  static ImportanceScore sensitivity() {
    return KnownScore.SENSITIVITY;
  }
}
