package org.tfmot.api.optimizer;

import java.util.Collection;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.Arguments;

/**
 * {@link Adam} with decoupled weight decay (Loshchilov and Hutter, 2019) as Official Models' {@code
 * adamw}: a step first takes {@code rate * decay * w} from a weight, then makes Adam's change,
 * which does not see the decay.
 *
 * <pre>{@code
 * new AdamW(WeightDecay.of(0.01, "bias", "batch_norm")).clipped(GradientClipping.byGlobalNorm(1))
 * }</pre>
 *
 * @param adam the change by the gradient
 * @param decay which weights decay and how much
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record AdamW(Adam adam, WeightDecay decay) implements Optimizer {

  /** Requires both parts. */
  public AdamW {
    Arguments.require(adam, "adam");
    Arguments.require(decay, "decay");
  }

  /** Returns AdamW with Keras' values for Adam: 0.9, 0.999 and 1e-7. */
  public AdamW(WeightDecay decay) {
    this(new Adam(), decay);
  }

  @Override
  public void requireFits(Collection<Variable> variables) {
    decay.requireFits(variables);
  }

  @Override
  public Op update(TrainedVariable variable) {
    if (!decay.appliesTo(variable.variable().name())) {
      return adam.update(variable);
    }
    Ops tf = variable.ops();
    Op decayed =
        variable.subtract(
            tf.math.mul(
                tf.math.mul(variable.learningRate(), variable.value()),
                tf.constant((float) decay.rate())));
    return adam.update(variable.after(List.of(decayed)));
  }
}
