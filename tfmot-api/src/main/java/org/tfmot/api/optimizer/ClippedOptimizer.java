package org.tfmot.api.optimizer;

import java.util.Collection;
import org.tensorflow.op.Op;
import org.tfmot.api.Variable;

/** An optimizer with clipped gradients. */
record ClippedOptimizer(Optimizer optimizer, GradientClipping clipping) implements Optimizer {

  @Override
  public Op update(TrainedVariable variable) {
    return optimizer.update(variable);
  }

  @Override
  public void requireFits(Collection<Variable> variables) {
    optimizer.requireFits(variables);
  }

  @Override
  public Optimizer clipped(GradientClipping other) {
    return new ClippedOptimizer(optimizer, other);
  }
}
