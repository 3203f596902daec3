package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.weights.WeightGraph;

/** The training graph as an {@link ImportanceScore} sees it: one weight that is pruned. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class ScoreGraph {

  /** Below the weight's name. */
  private static final String MOVEMENT = "pruning_score";

  private final WeightGraph weight;
  private @Nullable String movement;
  private boolean closed;

  ScoreGraph(WeightGraph weight) {
    this.weight = weight;
  }

  /**
   * Returns the weight. Its tensor is the variable, of which pruned elements are 0; a variable of
   * the scores' own is added by {@link WeightGraph#variable}.
   */
  public WeightGraph weight() {
    return weight;
  }

  /**
   * Returns the sum of what the optimizer would have added to the mask, {@code -sum(rate * w *
   * dL/dw)}, as a tensor of the weight's shape. Adds a trainable variable that starts at 0 and has
   * the gradient of the mask; a second call returns the same.
   *
   * @throws IllegalStateException if the score was added already
   */
  public String movement() {
    if (closed) {
      throw new IllegalStateException("movement() is to be called while the score is added");
    }
    if (movement == null) {
      // A vector: optimizers that decay matrices do not take it for a weight.
      int size = Math.toIntExact(weight.shape().size());
      TensorProto zeros = TensorProtos.floats(Shape.of(size), new float[size]);
      movement =
          new Scores(weight.model(), weight.name(MOVEMENT))
              .reshape(weight.variable(MOVEMENT, zeros, true), weight.shape());
    }
    return movement;
  }

  /** Returns the tensor of {@link #movement}; null if the score does not use it. */
  @Nullable String close() {
    closed = true;
    return movement;
  }
}
