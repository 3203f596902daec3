package org.tfmot.api.optimizer;

import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * RMSProp (Tieleman and Hinton, 2012) as Keras computes it, by TensorFlow's fused kernel:
 *
 * <pre>{@code
 * s = rho * s + (1 - rho) * g * g
 * a = momentum * a + rate * g / sqrt(s + epsilon)
 * w -= a
 * }</pre>
 *
 * <p>The centered form (Graves, 2013) divides by {@code sqrt(s - mean * mean + epsilon)} with
 * {@code mean = rho * mean + (1 - rho) * g}. All start at 0.
 *
 * @param rho in [0, 1)
 * @param momentum in [0, 1)
 * @param epsilon positive
 * @param centered whether the gradient's variance divides and not its mean square
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record RmsProp(double rho, double momentum, double epsilon, boolean centered)
    implements Optimizer {

  private static final String SQUARES = "RMSProp/rms";
  private static final String MOMENTUM = "RMSProp/momentum";
  private static final String MEAN = "RMSProp/mg";

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if rho or the momentum is not in [0, 1), or epsilon not
   *     positive
   */
  public RmsProp {
    Checks.share("rho", rho);
    Checks.share("momentum", momentum);
    Checks.positive("epsilon", epsilon);
  }

  /** Returns RMSProp with Keras' values: rho 0.9, no momentum, epsilon 1e-7, not centered. */
  public RmsProp() {
    this(0.9, 0, 1e-7, false);
  }

  @Override
  public Op update(TrainedVariable variable) {
    Ops tf = variable.ops();
    List<Operand<TFloat32>> operands =
        List.of(
            variable.learningRate(),
            tf.constant((float) rho),
            tf.constant((float) momentum),
            tf.constant((float) epsilon),
            variable.gradient());
    return centered
        ? variable.fused(
            "ApplyCenteredRMSProp", List.of(MEAN, SQUARES, MOMENTUM), operands, Map.of())
        : variable.fused("ApplyRMSProp", List.of(SQUARES, MOMENTUM), operands, Map.of());
  }
}
