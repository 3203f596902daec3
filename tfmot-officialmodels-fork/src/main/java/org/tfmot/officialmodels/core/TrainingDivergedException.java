package org.tfmot.officialmodels.core;

import java.util.Locale;
import org.apiguardian.api.API;

/** The loss became NaN, infinite or larger than allowed, or a variable did. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TrainingDivergedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private static final String ADVICE =
      ": lower the learning rate or lengthen the warm-up; checkpoints hold finite values only";

  private final long step;

  private TrainingDivergedException(long step, String message) {
    super(message + ADVICE);
    this.step = step;
  }

  static TrainingDivergedException loss(long step, float loss, double learningRate) {
    return new TrainingDivergedException(
        step,
        String.format(
            Locale.ROOT,
            "the loss is %s at step %d (learning rate %.3g)",
            loss,
            step,
            learningRate));
  }

  static TrainingDivergedException lossBound(
      long step, float loss, double bound, double learningRate) {
    return new TrainingDivergedException(
        step,
        String.format(
            Locale.ROOT,
            "the loss is %s at step %d (learning rate %.3g), above loss_upper_bound %s",
            loss,
            step,
            learningRate,
            bound));
  }

  static TrainingDivergedException variable(long step, String name) {
    return new TrainingDivergedException(
        step,
        String.format(Locale.ROOT, "variable \"%s\" is not finite after step %d", name, step));
  }

  /** The step whose loss was out of bounds, or that made a variable so. */
  public long step() {
    return step;
  }
}
