package org.tfmot.api.optimizer;

import java.util.Collection;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.RegularExpressions;

/**
 * LAMB (You et al., 2020), for large batches, as Official Models computes it: at step t
 *
 * <pre>{@code
 * m = beta1 * m + (1 - beta1) * g
 * v = beta2 * v + (1 - beta2) * g * g
 * u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + decay * w
 * w -= rate * |w| / |u| * u
 * }</pre>
 *
 * <p>The factor {@code |w| / |u|} is 1 if one of the two norms is 0, and for variables that are
 * excluded from it.
 *
 * @param beta1 in [0, 1)
 * @param beta2 in [0, 1)
 * @param epsilon positive
 * @param decay which weights decay and how much
 * @param excludeFromLayerAdaptation patterns, as those of {@link WeightDecay}, of variables whose
 *     change is not scaled by the norms; if there are none, those that the decay excludes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record Lamb(
    double beta1,
    double beta2,
    double epsilon,
    WeightDecay decay,
    List<String> excludeFromLayerAdaptation)
    implements Optimizer {

  private static final String FIRST = "LAMB/m";
  private static final String SECOND = "LAMB/v";

  /**
   * Refuses values out of range.
   *
   * @throws IllegalArgumentException if a beta is not in [0, 1), epsilon not positive, or a pattern
   *     not a regular expression
   */
  public Lamb {
    Arguments.require(decay, "decay");
    Arguments.require(excludeFromLayerAdaptation, "excludeFromLayerAdaptation");
    Checks.share("beta_1", beta1);
    Checks.share("beta_2", beta2);
    Checks.positive("epsilon", epsilon);
    excludeFromLayerAdaptation = List.copyOf(excludeFromLayerAdaptation);
    excludeFromLayerAdaptation.forEach(RegularExpressions::compile);
  }

  /** Returns LAMB with Official Models' values: 0.9, 0.999 and 1e-6. */
  public Lamb(WeightDecay decay) {
    this(0.9, 0.999, 1e-6, decay, List.of());
  }

  @Override
  public Op update(TrainedVariable variable) {
    Ops tf = variable.ops();
    Operand<TFloat32> g = variable.gradient();
    Operand<TFloat32> m = average(tf, variable.slotValue(FIRST), g, beta1);
    Operand<TFloat32> v = average(tf, variable.slotValue(SECOND), tf.math.square(g), beta2);
    Operand<TFloat32> direction =
        tf.math.div(
            corrected(tf, m, variable.power(beta1)),
            tf.math.add(
                tf.math.sqrt(corrected(tf, v, variable.power(beta2))),
                tf.constant((float) epsilon)));
    String name = variable.variable().name();
    if (decay.appliesTo(name)) {
      direction =
          tf.math.add(direction, tf.math.mul(tf.constant((float) decay.rate()), variable.value()));
    }
    Operand<TFloat32> rate = variable.learningRate();
    if (adapts(name)) {
      rate = tf.math.mul(rate, ratio(tf, variable.value(), direction));
    }
    return tf.withControlDependencies(
            List.of(
                variable.assignSlot(FIRST, m),
                variable.assignSlot(SECOND, v),
                variable.subtract(tf.math.mul(rate, direction))))
        .noOp();
  }

  @Override
  public void requireFits(Collection<Variable> variables) {
    decay.requireFits(variables);
    WeightDecay.verifyExclusion(
        "be adapted by the norms except where a name has",
        excludeFromLayerAdaptation,
        variables.stream().map(Variable::name).toList());
  }

  private boolean adapts(String name) {
    List<String> excluded =
        excludeFromLayerAdaptation.isEmpty() ? decay.exclude() : excludeFromLayerAdaptation;
    return !WeightDecay.matches(excluded, name);
  }

  private static Operand<TFloat32> average(
      Ops tf, Operand<TFloat32> old, Operand<TFloat32> now, double share) {
    return tf.math.add(
        tf.math.mul(old, tf.constant((float) share)),
        tf.math.mul(now, tf.constant((float) (1 - share))));
  }

  private static Operand<TFloat32> corrected(
      Ops tf, Operand<TFloat32> average, Operand<TFloat32> power) {
    return tf.math.div(average, tf.math.sub(tf.constant(1f), power));
  }

  private static Operand<TFloat32> ratio(
      Ops tf, Operand<TFloat32> weight, Operand<TFloat32> direction) {
    Operand<TFloat32> one = tf.constant(1f);
    Operand<TFloat32> weightNorm = tf.math.sqrt(GradientClipping.squares(tf, weight));
    Operand<TFloat32> directionNorm = tf.math.sqrt(GradientClipping.squares(tf, direction));
    Operand<TFloat32> zero = tf.constant(0f);
    return tf.select(
        tf.math.logicalAnd(tf.math.greater(weightNorm, zero), tf.math.greater(directionNorm, zero)),
        tf.math.div(weightNorm, directionNorm),
        one);
  }
}
