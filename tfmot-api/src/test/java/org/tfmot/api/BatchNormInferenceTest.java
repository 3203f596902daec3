package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.BatchNormModels.Built;
import org.tfmot.api.BatchNormModels.Update;
import org.tfmot.api.TestModels.Made;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

class BatchNormInferenceTest {

  private static final Shape ROWS = Shape.of(4, 2);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void toInference_averagesAsInputs_normalizesWithThem(Kind kind) {
    GraphModel inference = BatchNormModels.withFactor(kind).toInference();
    assertNormalizes(inference, BatchNormModels.MEAN, BatchNormModels.VARIANCE);
    assertFalse(inference.isTraining());
    assertEquals(List.of(), inference.updates());
    assertFalse(TestModels.ops(inference).stream().anyMatch(op -> op.startsWith("Assign")));
  }

  @ParameterizedTest
  @MethodSource("updates")
  void toInference_averagesUpdatedOutside_findsThem(Kind kind, Update update) {
    GraphModel training = BatchNormModels.withUpdates(kind, update);
    assertFalse(training.variable("moving_mean").trainable());
    assertNormalizes(training.toInference(), BatchNormModels.MEAN, BatchNormModels.VARIANCE);

    GraphModel trained = TestModels.trained(training, 4, BatchNormModels.BATCH);
    float[] mean = floats(trained, "moving_mean");
    float[] variance = floats(trained, "moving_variance");
    assertFalse(Arrays.equals(BatchNormModels.MEAN, mean), "updated");
    GraphModel asBuilt =
        trained.withValues(
            Map.of(
                "gamma", training.variable("gamma").value(),
                "beta", training.variable("beta").value()));
    assertNormalizes(asBuilt.toInference(), mean, variance);
  }

  static Stream<Arguments> updates() {
    List<Named<Update>> updates =
        List.of(
            Named.of("subtract the scaled difference", BatchNormInferenceTest::subtract),
            Named.of("assign the weighted mean", BatchNormInferenceTest::assign),
            Named.of("read again", BatchNormInferenceTest::readAgain));
    return Stream.of(Kind.values()).flatMap(k -> updates.stream().map(u -> Arguments.of(k, u)));
  }

  private static org.tensorflow.op.Op subtract(Ops tf, Made average, Operand<TFloat32> statistic) {
    Operand<TFloat32> difference = tf.math.sub(average.read(), statistic);
    return average.assignSub(tf, tf.math.mul(difference, tf.constant(0.1f)));
  }

  private static org.tensorflow.op.Op assign(Ops tf, Made average, Operand<TFloat32> statistic) {
    return average.assign(
        tf,
        tf.math.add(
            tf.math.mul(tf.constant(0.9f), average.read()),
            tf.math.mul(tf.constant(0.1f), tf.stopGradient(statistic))));
  }

  private static org.tensorflow.op.Op readAgain(Ops tf, Made average, Operand<TFloat32> statistic) {
    Operand<TFloat32> read = average.readAgain(tf.withControlDependencies(List.of(statistic)));
    return average.assignSub(
        tf, tf.math.div(tf.math.sub(read, tf.identity(statistic)), tf.constant(10f)));
  }

  @Test
  void toInference_noMovingAverage_namesTheNode() {
    GraphModel model =
        BatchNormModels.withUpdates(
            Kind.RESOURCE,
            (tf, average, statistic) -> average.assign(tf, tf.constant(new float[] {0, 0})));
    var error = assertThrows(IllegalArgumentException.class, model::toInference);
    assertTrue(error.getMessage().contains("\"norm\""), error.getMessage());
    assertTrue(error.getMessage().contains("no moving average"), error.getMessage());
  }

  @Test
  void toInference_severalVariablesUpdated_namesThem() {
    GraphModel model =
        BatchNormModels.model(
            Kind.RESOURCE,
            (tf, averages) -> {
              Operand<TFloat32> none = tf.constant(new float[0]);
              var norm = BatchNormModels.norm(tf, averages, none, none, 1);
              return new Built(
                  norm,
                  averages.mean().assign(tf, norm.batchMean()),
                  averages.variance().assign(tf, norm.batchMean()));
            });
    var error = assertThrows(IllegalArgumentException.class, model::toInference);
    assertTrue(
        error.getMessage().contains("several variables [moving_mean, moving_variance]"),
        error.getMessage());
  }

  @Test
  void toInference_inferenceModel_isItself() {
    GraphModel model = TestModels.dense(Kind.RESOURCE);
    assertSame(model, model.toInference());
  }

  private static void assertNormalizes(GraphModel inference, float[] mean, float[] variance) {
    assertArrayEquals(
        BatchNormModels.byHand(mean, variance),
        TestModels.run(inference, ROWS, BatchNormModels.BATCH),
        1e-5f);
    // One row gives the same: nothing is left of the batch.
    assertArrayEquals(
        Arrays.copyOf(BatchNormModels.byHand(mean, variance), 2),
        TestModels.run(inference, Shape.of(1, 2), Arrays.copyOf(BatchNormModels.BATCH, 2)),
        1e-5f);
  }

  private static float[] floats(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }
}
