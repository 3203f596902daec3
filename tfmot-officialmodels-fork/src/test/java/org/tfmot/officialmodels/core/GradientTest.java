package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.SgdMomentum;

/** A step without momentum and with rate 1 moves a weight by the derivative of the loss. */
class GradientTest {

  private static final long BATCH = 11;
  private static final float DELTA = 1e-2f;

  @Test
  void step_movesEveryKindOfWeightByTheNumericalDerivative() {
    TinyTask task = new TinyTask();
    GraphModel model = task.buildModel(3);
    double largest = 0;
    try (LiveModel live = model.open(Threads.ONE)) {
      TrainingSession training = new TrainingSession(live, task, new SgdMomentum(0, false, 0));
      for (Variable variable : live.trainableVariables()) {
        int size = TensorProtos.toFloats(variable.value()).length;
        for (int i = 0; i < size; i += Math.max(1, size / 4)) {
          reset(live, model);
          step(training, 1);
          double moved =
              TensorProtos.toFloats(variable.value())[i]
                  - TensorProtos.toFloats(live.value(variable.name()))[i];
          double up = lossWith(training, live, model, variable, i, DELTA);
          double down = lossWith(training, live, model, variable, i, -DELTA);
          double numerical = (up - down) / (2 * DELTA);
          assertEquals(numerical, moved, 2e-3, variable.name() + " " + i);
          largest = Math.max(largest, Math.abs(numerical));
        }
      }
    }
    assertTrue(largest > 0.05, "all derivatives are too small to compare: " + largest);
  }

  private static double lossWith(
      TrainingSession training,
      LiveModel live,
      GraphModel model,
      Variable variable,
      int index,
      float delta) {
    reset(live, model);
    float[] values = TensorProtos.toFloats(variable.value());
    values[index] += delta;
    live.assign(variable.name(), TensorProtos.floats(variable.shape(), values));
    return step(training, 0);
  }

  private static void reset(LiveModel live, GraphModel model) {
    model.variables().forEach((name, variable) -> live.assign(name, variable.value()));
  }

  private static float step(TrainingSession training, double rate) {
    try (Batch batch = TinyTask.batch(BATCH)) {
      return training.step(batch, rate);
    }
  }
}
