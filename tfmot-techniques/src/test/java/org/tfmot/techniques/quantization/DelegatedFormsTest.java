package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** What XNNPACK takes only in another form has that form in the file, and the same values. */
class DelegatedFormsTest {

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("means")
  void meanOverTheLastDimension_isAProduct(Shape shape, Way way) {
    TfLiteModel file =
        assertAgree(
            way,
            shape,
            random(shape, 1, 0),
            (layers, x) ->
                layers.at("a", "mean").math.mean(x, layers.tf().array(-1), Mean.keepDims(true)),
            1);
    assertEquals(List.of(), undelegated(file));
    assertEquals(List.of(), file.weights(), "a mean has no weights");
    assertFalse(names(file).contains("MEAN"));
  }

  static Stream<Arguments> means() {
    return Stream.of(Shape.of(16, 5), Shape.of(2, 7, 384), Shape.of(2, 3, 4, 9))
        .flatMap(shape -> Stream.of(Way.values()).map(way -> Arguments.of(shape, way)));
  }

  @ParameterizedTest(name = "{0}, axis {1}, kept {2}, {3}")
  @MethodSource("middles")
  void meanOverAMiddleDimension_isThatOfAnImage(Shape shape, int axis, boolean keeps, Way way) {
    TfLiteModel file =
        assertAgree(
            way,
            shape,
            random(shape, 1, 0),
            (layers, x) ->
                layers.at("a", "mean").math.mean(x, layers.tf().array(axis), Mean.keepDims(keeps)),
            1);
    assertEquals(List.of(), undelegated(file));
    assertTrue(names(file).contains("MEAN"));
  }

  static Stream<Arguments> middles() {
    return Stream.of(
            Arguments.of(Shape.of(2, 7, 5), 1),
            Arguments.of(Shape.of(2, 64, 3), -2),
            Arguments.of(Shape.of(2, 3, 4, 5), 1),
            Arguments.of(Shape.of(2, 3, 4, 5), 2))
        .map(Arguments::get)
        .flatMap(
            given ->
                Stream.of(true, false)
                    .flatMap(
                        keeps ->
                            Stream.of(Way.values())
                                .map(way -> Arguments.of(given[0], given[1], keeps, way))));
  }

  /** Fused and quantized once, in the simulation as in the file. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void activationBehindAReshape_isFused(Way way) {
    Shape vectors = Shape.of(16, 12);
    assertFused(
        way,
        vectors,
        0,
        (layers, x) -> {
          x = layers.biasAdd("d", layers.matMul("d", x, 6));
          return layers.tf().nn.relu(layers.tf().reshape(x, layers.tf().array(-1, 2, 3)));
        });
    Shape images = Shape.of(2, 8, 8, 3);
    assertFused(
        way,
        images,
        0,
        (layers, x) -> {
          x = layers.biasAdd("c", layers.conv("c", x, 4, 3));
          return layers.tf().nn.relu6(layers.tf().expandDims(x, layers.tf().constant(1)));
        });
    assertFused(
        way,
        vectors,
        2, // A step of tanh is one of the sum.
        (layers, x) -> {
          x = layers.tf().math.add(x, layers.tf().math.tanh(x));
          return layers.tf().nn.relu(layers.tf().reshape(x, layers.tf().array(-1, 4, 3)));
        });
  }

  private static void assertFused(Way way, Shape shape, int steps, Body body) {
    TfLiteModel file = assertAgree(way, shape, random(shape, 1, 0), body, steps);
    assertEquals(List.of(), undelegated(file));
    assertFalse(names(file).contains("RELU"), names(file).toString());
    assertFalse(names(file).contains("RELU6"), names(file).toString());
  }

  @Test
  void meanOverHeightAndWidth_staysAMean() {
    Shape shape = Shape.of(2, 6, 6, 3);
    TfLiteModel file =
        assertAgree(
            Way.POST_TRAINING,
            shape,
            random(shape, 1, 0),
            (layers, x) -> layers.at("a", "mean").math.mean(x, layers.tf().array(1, 2)),
            1);
    assertTrue(names(file).contains("MEAN"));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 1, 1e3, 1e9})
  void squaredDifference_isASquare_ofAnyRange(double size) {
    Shape shape = Shape.of(2, 6, 5);
    TfLiteModel file =
        assertAgree(
            Way.POST_TRAINING,
            shape,
            random(shape, (float) size, 0),
            (layers, x) ->
                layers
                    .at("a", "squares")
                    .math
                    .squaredDifference(x, layers.tf().constant((float) (size / 3))),
            // One step of the difference is four of the square at the end of its range.
            4);
    assertEquals(List.of(), undelegated(file));
    assertFalse(names(file).contains("SQUARED_DIFFERENCE"));
  }

  @Test
  void squaredDifference_besideTheDifference_readsIt() {
    Shape shape = Shape.of(2, 6, 5);
    Body body =
        (layers, x) -> {
          Operand<TFloat32> mean =
              layers.at("a", "mean").math.mean(x, layers.tf().array(-1), Mean.keepDims(true));
          Operand<TFloat32> difference = layers.at("a", "difference").math.sub(x, mean);
          Operand<TFloat32> still = layers.at("a", "still").stopGradient(mean);
          Operand<TFloat32> squares = layers.at("a", "squares").math.squaredDifference(x, still);
          return layers.at("a", "product").math.mul(difference, squares);
        };
    TfLiteModel file = assertAgree(Way.AWARE, shape, random(shape, 1, 3), body, 2);
    assertEquals(1, names(file).stream().filter("SUB"::equals).count());
  }

  @ParameterizedTest(name = "{0} keys, {1}")
  @MethodSource("rows")
  void softmaxOfAnAttention_isInParts_andRight(int keys, Way way) {
    Shape shape = Shape.of(2, 3, keys);
    // Long rows need larger scores for shares that are more than a few steps.
    float size = keys < 200 ? 9 : 40;
    float[] scores = random(shape, size, 0);
    TfLiteModel file = assertAgree(way, shape, scores, shares(keys), 2);
    assertFalse(names(file).contains("SOFTMAX"));
    assertTrue(names(file).containsAll(List.of("REDUCE_MAX", "EXP", "LOG")));
    assertEquals(1, file.weights().size(), "what adds up is no weight");
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] shares = interpreter.run(scores, 2);
      for (int row = 0; row < 6; row++) {
        assertShares(scores, shares, row * keys, keys, size / 255);
      }
    }
  }

  private static void assertShares(
      float[] scores, float[] shares, int start, int keys, double step) {
    double sum = 0;
    for (int i = start; i < start + keys; i++) {
      sum += Math.exp(scores[i]);
    }
    for (int i = start; i < start + keys; i++) {
      double exact = Math.exp(scores[i]) / sum;
      // Half a step of 1/256 and of the scores, and the rounding of the sum and of its logarithm.
      assertEquals(exact, shares[i], 1 / 256.0 + (step / 2 + 0.03) * exact);
    }
  }

  static Stream<Arguments> rows() {
    return Stream.of(32, 125, 126, 625)
        .flatMap(keys -> Stream.of(Way.values()).map(way -> Arguments.of(keys, way)));
  }

  @ParameterizedTest
  @ValueSource(ints = {31, 626})
  void softmaxOfOtherRows_isTheRuntimes(int keys) {
    Shape shape = Shape.of(2, 3, keys);
    TfLiteModel file = assertAgree(Way.AWARE, shape, random(shape, 9, 0), shares(keys), 2);
    assertTrue(names(file).contains("SOFTMAX"));
  }

  @Test
  void softmaxOfAClassifier_isTheRuntimes() {
    Shape shape = Shape.of(4, 40);
    TfLiteModel file =
        assertAgree(
            Way.POST_TRAINING,
            shape,
            random(shape, 8, 0),
            (layers, x) -> layers.at("a", "softmax").nn.softmax(x),
            1);
    assertTrue(names(file).contains("SOFTMAX"));
  }

  /** The shares of an attention, as they are: the values are the unit matrix. */
  private static Body shares(int keys) {
    float[] unit = new float[keys * keys];
    for (int i = 0; i < keys; i++) {
      unit[i * keys + i] = 1;
    }
    return (layers, x) -> {
      Operand<TFloat32> shares = layers.at("a", "softmax").nn.softmax(x);
      Operand<TFloat32> values = layers.tf().constant(Shape.of(keys, keys), DataBuffers.of(unit));
      return layers.at("a", "mixed").train.batchMatMul(shares, values, TFloat32.class);
    };
  }

  private static TfLiteModel assertAgree(
      Way way, Shape shape, float[] values, Body body, int steps) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, shape, body);
    try (TFloat32 image = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      return IntegerModels.assertAgree(way.apply(model, image), image, values, steps, 0.1);
    }
  }

  private static float[] random(Shape shape, float size, float center) {
    Random random = new Random(5);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = center + size * (random.nextFloat() - 0.3f);
    }
    return values;
  }

  private static List<String> names(TfLiteModel file) {
    return file.operators().stream().map(TfLiteOperator::name).toList();
  }

  private static List<String> undelegated(TfLiteModel file) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.undelegatedOperators();
    }
  }
}
