package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/** The loss became NaN or infinite. */
@API(status = API.Status.EXPERIMENTAL)
public final class TrainingDivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final long step;

  TrainingDivergedException(long step, float loss, double learningRate) {
    super(
        ("the loss is %s at step %d (learning rate %.3g): lower the learning rate or lengthen the"
                + " warm-up; the last checkpoint is from before")
            .formatted(loss, step, learningRate));
    this.step = step;
  }

  /** The step whose loss was not finite. */
  public long step() {
    return step;
  }
}
