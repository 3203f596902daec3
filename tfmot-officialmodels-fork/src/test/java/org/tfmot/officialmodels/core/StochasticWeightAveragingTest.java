package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

class StochasticWeightAveragingTest {

  private static final String KERNEL = "logits/kernel";
  private static final String MOVING_MEAN = "conv/batch_norm/moving_mean";
  private static final String MOVING_VARIANCE = "conv/batch_norm/moving_variance";

  private final TinyTask task = new TinyTask();

  @Test
  void average_weights_areTheMeanOfTheModels() {
    GraphModel a = withKernel(1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    GraphModel b = withKernel(2, 3, 0, -3, 4, 5, 6, 7, 8, 9, 10, 11, 0.5f);
    GraphModel average = StochasticWeightAveraging.average(task, List.of(a, b), 7, 1);
    assertArrayEquals(
        new float[] {2, 1, 0, 4, 5, 6, 7, 8, 9, 10, 11, 6.25f}, values(average, KERNEL));
    assertTrue(average.isTraining());
    GraphModel three = StochasticWeightAveraging.average(task, List.of(a, b, b), 7, 1);
    assertEquals((1f + 3 + 3) / 3, values(three, KERNEL)[0], 1e-6f);
  }

  /**
   * With decay 0.9 a moving average that starts at its mean m and sees the same statistic s in n
   * batches ends at {@code s + 0.9^n (m - s)}; one and two batches give s.
   */
  @Test
  void average_movingAverages_areThoseOfTheDataAndNotOfTheModels() {
    GraphModel a = withMoving(50, 100);
    GraphModel b = withMoving(70, 300);
    TinyTask sameBatch =
        new TinyTask() {
          @Override
          public BatchSource trainingData(long seed) {
            return step -> batch(5);
          }
        };
    GraphModel once = StochasticWeightAveraging.average(sameBatch, List.of(a, b), 7, 1);
    GraphModel long50 = StochasticWeightAveraging.average(sameBatch, List.of(a, b), 7, 50);
    for (String name : List.of(MOVING_MEAN, MOVING_VARIANCE)) {
      double start = name.equals(MOVING_MEAN) ? 60 : 200;
      for (int i = 0; i < 4; i++) {
        double statistic = (values(once, name)[i] - 0.9 * start) / 0.1;
        double expected = statistic + Math.pow(0.9, 50) * (start - statistic);
        assertTrue(Math.abs(statistic) < 20, name + " " + statistic);
        assertEquals(expected, values(long50, name)[i], 2e-3, name);
      }
    }
    // The weights are not trained while the data are seen.
    assertArrayEquals(values(once, KERNEL), values(long50, KERNEL));
  }

  @Test
  void average_modelsThatDiffer_areRefusedByTheNameOfTheVariable() {
    GraphModel four = task.buildModel(1);
    assertRefused("\"conv/kernel\" is of shape", List.of(four, new TinyTask(6).buildModel(1)));
    GraphModel without =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("image")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
              return Endpoints.builder()
                  .input("image", x)
                  .output("logits", tf.math.neg(x))
                  .training(true)
                  .build();
            });
    assertRefused("\"conv/kernel\" is in one model", List.of(four, without));
    assertRefused("\"conv/kernel\" is in one model", List.of(without, four));
  }

  @Test
  void average_tooFewModelsOrBatchesOrInferenceMode_isRefused() {
    GraphModel model = task.buildModel(1);
    assertRefused("needs two models, not 1", List.of(model));
    assertRefused("inference mode", List.of(model, model.toInference()));
    assertThrows(
        IllegalArgumentException.class,
        () -> StochasticWeightAveraging.average(task, List.of(model, model), 7, 0));
  }

  @Test
  void average_ofOneModelTwice_hasItsWeights() {
    GraphModel model = task.buildModel(3);
    GraphModel average = StochasticWeightAveraging.average(task, List.of(model, model), 7, 1);
    try (LiveModel live = model.open()) {
      for (Variable variable : live.trainableVariables()) {
        assertEquals(variable, average.variable(variable.name()));
      }
    }
  }

  private void assertRefused(String message, List<GraphModel> models) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> StochasticWeightAveraging.average(task, models, 7, 1));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private GraphModel withKernel(long seed, float... values) {
    return task.buildModel(seed)
        .withValues(Map.of(KERNEL, TensorProtos.floats(Shape.of(4, 3), values)));
  }

  private GraphModel withMoving(float mean, float variance) {
    return task.buildModel(1)
        .withValues(
            Map.of(
                MOVING_MEAN, TensorProtos.floats(Shape.of(4), mean, mean, mean, mean),
                MOVING_VARIANCE,
                    TensorProtos.floats(Shape.of(4), variance, variance, variance, variance)));
  }

  private static float[] values(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }
}
