package org.tfmot.api.optimizer;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Adam (Kingma and Ba, 2015) as Keras computes it, by TensorFlow's fused kernel: at step t
 *
 * <pre>{@code
 * m = beta1 * m + (1 - beta1) * g
 * v = beta2 * v + (1 - beta2) * g * g
 * w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
 * }</pre>
 *
 * <p>This is the paper's formula before section 2.1; its algorithm 1 adds epsilon to the corrected
 * {@code sqrt(v / (1 - beta2^t))} instead, which differs where gradients are as small as epsilon.
 *
 * @param beta1 in [0, 1)
 * @param beta2 in [0, 1)
 * @param epsilon positive
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record Adam(double beta1, double beta2, double epsilon) implements Optimizer {

  private static final String FIRST = "Adam/m";
  private static final String SECOND = "Adam/v";

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if a beta is not in [0, 1), or epsilon not positive
   */
  public Adam {
    Checks.share("beta_1", beta1);
    Checks.share("beta_2", beta2);
    Checks.positive("epsilon", epsilon);
  }

  /** Returns Adam with Keras' values: 0.9, 0.999 and 1e-7. */
  public Adam() {
    this(0.9, 0.999, 1e-7);
  }

  @Override
  public Op update(TrainedVariable variable) {
    Ops tf = variable.ops();
    List<Operand<TFloat32>> operands =
        List.of(
            variable.power(beta1),
            variable.power(beta2),
            variable.learningRate(),
            tf.constant((float) beta1),
            tf.constant((float) beta2),
            tf.constant((float) epsilon),
            variable.gradient());
    return variable.fused("ApplyAdam", List.of(FIRST, SECOND), operands, Map.of());
  }
}
