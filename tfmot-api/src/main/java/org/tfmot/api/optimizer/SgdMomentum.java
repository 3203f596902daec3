package org.tfmot.api.optimizer;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Stochastic gradient descent with momentum: {@code a = momentum * a + g; w -= rate * a}, or with
 * Nesterov's look-ahead {@code w -= rate * (g + momentum * a)}. The gradient includes {@code
 * weightDecay * w} for weights of rank two and more; biases and batch norm do not decay.
 *
 * @param momentum in [0, 1)
 * @param nesterov whether to look ahead
 * @param weightDecay at least 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record SgdMomentum(double momentum, boolean nesterov, double weightDecay)
    implements Optimizer {

  private static final String MOMENTUM = "Momentum";

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if the momentum is not in [0, 1), or the weight decay negative
   *     or not finite
   */
  public SgdMomentum {
    Checks.share("momentum", momentum);
    Checks.atLeastZero("weight decay", weightDecay);
  }

  /** Returns the name of a variable's momentum in checkpoints. */
  public static String slot(String variable) {
    return variable + "/" + MOMENTUM;
  }

  @Override
  public Op update(TrainedVariable variable) {
    Ops tf = variable.ops();
    Operand<TFloat32> gradient = variable.gradient();
    if (weightDecay > 0 && variable.variable().shape().numDimensions() >= 2) {
      gradient =
          tf.math.add(gradient, tf.math.mul(tf.constant((float) weightDecay), variable.value()));
    }
    return variable.fused(
        "ApplyMomentum",
        List.of(MOMENTUM),
        List.of(variable.learningRate(), gradient, tf.constant((float) momentum)),
        Map.of("use_nesterov", nesterov));
  }
}
