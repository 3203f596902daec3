package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** What joins or copies values is of integers of 16 bits, too. */
class Int16MovementsTest {

  private static final Set<String> NAMES =
      Set.of(
          "ConcatV2",
          "ConcatV2, a constant",
          "Pack",
          "MirrorPad",
          "ReverseV2",
          "Min",
          "GatherNd",
          "PadV2 with a value");

  static Stream<OperationCase> cases() {
    return Stream.concat(MovementCases.all(), ChoiceCases.all())
        .filter(each -> NAMES.contains(each.name()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void operation_isOfIntegers_andEqualsTheSimulation(OperationCase each) {
    assertEquals(NAMES.size(), cases().count());
    GraphModel model = TestLayers.model(Kind.RESOURCE, each.shape(), each.body());
    try (TFloat32 input = TestTraining.random(each.shape(), 1)) {
      Calibrated calibrated = calibrate(model, input);
      assertEquals(List.of(), calibrated.report().skipped());
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
      List<String> operators = file.operators().stream().map(TfLiteOperator::name).toList();
      assertTrue(operators.contains(each.lite()), operators.toString());
      assertEquals(List.of(), file.floatOperators());
      float[] expected = IntegerModels.run(calibrated.model(), input);
      float[] actual;
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        actual = interpreter.run(Values.of(input), (int) each.shape().get(0));
      }
      double steps =
          Values.distance(expected, actual)
              / (IntegerModels.outputStep(calibrated.model()) * 255 / 65534);
      assertTrue(steps <= 3, steps + " steps");
    }
  }

  /** One joins what another one joined, copied and turned. */
  @Test
  void chains_areOfIntegers() {
    Shape shape = OperationCase.IMAGES;
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var half = tf.math.mul(x, tf.constant(.5f));
              var joined = tf.concat(List.of(x, half), tf.constant(3));
              var turned = tf.reverse(joined, tf.array(1));
              var twice = tf.concat(List.of(turned, joined), tf.constant(3));
              return tf.math.mul(twice, tf.constant(2f));
            });
    assertIntegers(model, shape);
  }

  /** The converter quantizes behind a reshape or a transpose what was quantized before it. */
  @Test
  void movedResults_areOfIntegers() {
    Shape shape = OperationCase.IMAGES;
    int[] sizes = {-1, (int) (shape.get(1) * shape.get(2)), 2 * (int) shape.get(3)};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var half = tf.math.mul(x, tf.constant(-.5f));
              var stacked = tf.stack(List.of(x, half), Stack.axis(4L));
              var rows = tf.reshape(stacked, tf.constant(sizes));
              var turned = tf.linalg.transpose(rows, tf.array(0, 2, 1));
              return tf.math.mul(turned, tf.constant(2f));
            });
    assertIntegers(model, shape);
  }

  /** A known shape is not a value that is computed. */
  @Test
  void resultsOfEnsuredShape_areJoinedInIntegers() {
    Shape shape = OperationCase.IMAGES;
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var half = tf.math.mul(x, tf.constant(-.5f));
              var known = tf.ensureShape(half, Shape.of(-1).append(shape.tail()));
              return tf.nn.relu(tf.concat(List.of(x, known), tf.constant(3)));
            });
    assertIntegers(model, shape);
  }

  /** The converter has a 16-bit sum of tensors of one shape only. */
  @ParameterizedTest
  @ValueSource(longs = {1, 4})
  void sumsOfTwoShapes_areOfIntegers(long batch) {
    Shape shape = Shape.of(batch, 6, 6);
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var mean = tf.math.mean(x, tf.constant(new int[] {1}), Mean.keepDims(true));
              var row = tf.math.mean(x, tf.constant(new int[] {2}), Mean.keepDims(true));
              return tf.nn.relu(tf.math.add(tf.math.tanh(row), tf.math.add(x, mean)));
            });
    assertIntegers(model, shape);
  }

  /** With one example the converter adds a dense layer's rows as they were before the reshape. */
  @ParameterizedTest
  @ValueSource(longs = {1, 4})
  void residualsOfSequences_areOfIntegers(long batch) {
    Shape shape = Shape.of(batch, 6, 8);
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var rows = tf.reshape(x, tf.array(-1, 8));
              var dense = layers.biasAdd("dense", layers.matMul("dense", rows, 8));
              return tf.math.add(x, tf.reshape(dense, tf.array(-1, 6, 8)));
            });
    assertIntegers(model, shape);
  }

  private static void assertIntegers(GraphModel model, Shape shape) {
    try (TFloat32 input = TestTraining.random(shape, 1)) {
      Calibrated calibrated = calibrate(model, input);
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
      assertEquals(List.of(), file.floatOperators());
      float[] expected = IntegerModels.run(calibrated.model(), input);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] actual = interpreter.run(Values.of(input), (int) shape.get(0));
        assertTrue(Values.distance(expected, actual) < 1e-3);
      }
    }
  }

  @Test
  void selection_isOfIntegers_whateverMakesItsCondition() {
    Shape shape = OperationCase.VECTORS;
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) -> {
              var tf = layers.tf();
              var seen = tf.constant(new boolean[] {true, true, false, true, false, true});
              var chosen = tf.select(seen, tf.math.mul(x, tf.constant(.5f)), tf.constant(-1e9f));
              return tf.nn.softmax(chosen);
            });
    try (TFloat32 input = TestTraining.random(shape, 1)) {
      Calibrated calibrated = calibrate(model, input);
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
      assertEquals(List.of(), file.floatOperators());
      float[] exact = IntegerModels.run(model.toInference(), input);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] actual = interpreter.run(Values.of(input), (int) shape.get(0));
        assertTrue(Values.distance(exact, actual) < 1e-3);
      }
    }
  }

  private static Calibrated calibrate(GraphModel model, TFloat32 input) {
    return PostTrainingQuantization.builder()
        .activationBits(16)
        .build()
        .calibrate(model, List.of(Map.of("image", input)));
  }
}
