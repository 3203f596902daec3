package org.tfmot.api.optimizer;

import org.tensorflow.op.Op;

/** An optimizer with clipped gradients. */
record ClippedOptimizer(Optimizer optimizer, GradientClipping clipping) implements Optimizer {

  @Override
  public Op update(TrainedVariable variable) {
    return optimizer.update(variable);
  }

  @Override
  public Optimizer clipped(GradientClipping other) {
    return new ClippedOptimizer(optimizer, other);
  }
}
