package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** Operations of 16 bits that the converter or the runtime has in another form only. */
@EnabledOnOs(OS.LINUX)
class Int16FormsTest {

  private static final Shape IMAGE = Shape.of(8, 8, 4);

  /** Whatever moves values of an image, to at least two dimensions. */
  private static Map<String, Body> moves() {
    Map<String, Body> moves = new LinkedHashMap<>();
    moves.put("MaxPool", (l, x) -> l.maxPool("pool", x));
    moves.put("Max", (l, x) -> l.tf().max(x, l.tf().array(1, 2)));
    moves.put("Min", (l, x) -> l.tf().reduceMin(x, l.tf().array(1, 2)));
    moves.put("Pad", (l, x) -> l.tf().pad(x, border(l), l.tf().constant(0f)));
    moves.put("MirrorPad", (l, x) -> l.tf().mirrorPad(x, border(l), "SYMMETRIC"));
    moves.put("Reshape", (l, x) -> l.tf().reshape(x, l.tf().array(-1, 32, 8)));
    moves.put("ExpandDims", (l, x) -> l.tf().expandDims(x, l.tf().constant(1)));
    moves.put("Transpose", (l, x) -> l.tf().linalg.transpose(x, l.tf().array(0, 3, 1, 2)));
    moves.put("ReverseV2", (l, x) -> l.tf().reverse(x, l.tf().array(2)));
    moves.put("EnsureShape", (l, x) -> l.tf().ensureShape(x, Shape.of(-1).append(IMAGE)));
    moves.put("Split", (l, x) -> l.tf().split(l.tf().constant(3), x, 2L).output().get(1));
    moves.put(
        "ResizeNearestNeighbor",
        (l, x) -> l.tf().image.resizeNearestNeighbor(x, l.tf().array(16, 16)));
    moves.put(
        "Squeeze",
        (l, x) ->
            l.tf()
                .squeeze(
                    l.tf().slice(x, l.tf().array(0, 0, 3, 0), l.tf().array(-1, 8, 1, 4)),
                    Squeeze.axis(List.of(2L))));
    moves.put(
        "SplitV",
        (l, x) -> l.tf().splitV(x, l.tf().array(1, 3), l.tf().constant(3), 2L).output().get(1));
    moves.put(
        "Unpack", (l, x) -> l.tf().<TFloat32>unstack(x, 8L, Unstack.axis(1L)).output().get(5));
    moves.put("GatherV2", (l, x) -> l.tf().gather(x, l.tf().array(2, 0), l.tf().constant(3)));
    moves.put(
        "GatherNd",
        (l, x) -> l.tf().gatherNd(x, l.tf().constant(new int[][][] {{{0, 1}, {0, 3}, {0, 5}}})));
    moves.put(
        "SpaceToBatchND",
        (l, x) -> l.tf().spaceToBatchNd(x, l.tf().array(2, 2), l.tf().constant(new int[2][2])));
    moves.put(
        "BatchToSpaceND",
        (l, x) ->
            l.tf()
                .batchToSpaceNd(
                    l.relu(
                        "r",
                        l.tf()
                            .spaceToBatchNd(x, l.tf().array(2, 2), l.tf().constant(new int[2][2]))),
                    l.tf().array(2, 2),
                    l.tf().constant(new int[2][2])));
    return moves;
  }

  private static Operand<TInt32> border(TestLayers l) {
    return l.tf().constant(new int[][] {{0, 0}, {1, 1}, {1, 1}, {0, 0}});
  }

  static Stream<Arguments> movesAndBatches() {
    return moves().keySet().stream()
        .flatMap(name -> Stream.of(Arguments.of(name, 1), Arguments.of(name, 4)));
  }

  /** The converter has no 16-bit concatenation: it is found by the quantizers of its operands. */
  @ParameterizedTest(name = "{0}, batch {1}")
  @MethodSource("movesAndBatches")
  void movedValues_areJoinedInIntegers(String name, int batch) {
    Body move = moves().get(name);
    assertIntegers(
        IMAGE,
        batch,
        3,
        (l, x) -> {
          Operand<TFloat32> moved = move.build(l, x);
          Operand<TFloat32> half = l.tf().math.mul(moved, l.tf().constant(.5f));
          return l.tf().concat(List.of(half, moved), l.tf().constant(1));
        });
  }

  @ParameterizedTest(name = "{0}, batch {1}")
  @MethodSource("movesAndBatches")
  void movedValues_areOutputs(String name, int batch) {
    Body move = moves().get(name);
    assertIntegers(
        IMAGE, batch, 2, (l, x) -> move.build(l, l.tf().math.mul(x, l.tf().constant(.3f))));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void partsOfASplit_areShuffled(int batch) {
    assertIntegers(
        IMAGE,
        batch,
        3,
        (l, x) -> {
          List<Operand<TFloat32>> parts =
              new ArrayList<>(l.tf().split(l.tf().constant(3), x, 2L).output());
          Collections.reverse(parts);
          parts.add(l.relu("r", l.conv("c", parts.get(0), 4, 3)));
          Operand<TFloat32> joined = l.tf().concat(parts, l.tf().constant(3));
          Operand<TFloat32> groups = l.tf().reshape(joined, l.tf().array(-1, 8, 8, 2, 4));
          return l.tf().nn.relu(l.tf().linalg.transpose(groups, l.tf().array(0, 1, 2, 4, 3)));
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void sums_areMeansTimesTheirCount(int batch) {
    List<String> operators =
        assertIntegers(
            IMAGE, batch, 2, (l, x) -> l.tf().sum(x, l.tf().array(1, 2), Sum.keepDims(true)));
    assertEquals(List.of("QUANTIZE", "MEAN", "MUL", "DEQUANTIZE"), operators);
    assertIntegers(
        Shape.of(6),
        batch,
        3,
        (l, x) -> l.tf().math.sub(x, l.tf().sum(x, l.tf().array(-1), Sum.keepDims(true))));
    assertIntegers(
        IMAGE, batch, 2, (l, x) -> l.tf().sum(x, l.tf().array(1L, 2L), Sum.keepDims(true)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void broadcasts_areProductsWithOnes(int batch) {
    List<String> operators =
        assertIntegers(
            Shape.of(1, 5), batch, 0, (l, x) -> l.tf().broadcastTo(x, l.tf().array(batch, 3, 5)));
    assertEquals(List.of("QUANTIZE", "MUL", "DEQUANTIZE"), operators);
  }

  /** The runtime's kernel takes four. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void softmaxOfFiveDimensions_isThatOfAMatrix(int batch) {
    assertIntegers(Shape.of(2, 3, 2, 5), batch, 8, (l, x) -> l.tf().nn.softmax(x));
  }

  /**
   * A table of 512 lines: with {@code h} from entry to entry a line is beside the curve by h^2 / 8
   * of it. Where the entry behind the largest input was cut off, it was wrong by h / 2.
   */
  @Test
  void exponentials_areWithinTheLinesOfATable() {
    for (float end = -0.9f; end < 3; end += 0.37f) {
      float last = end;
      float[] values = Values.of(300, i -> last - 4 * i / 299.0);
      double spacing = Math.max(Math.abs(end), 4 - end) / 256;
      GraphModel model =
          TestLayers.model(Kind.RESOURCE, Shape.of(-1, 300), (l, x) -> l.tf().math.exp(x));
      try (TFloat32 input = TFloat32.tensorOf(Shape.of(1, 300), DataBuffers.of(values))) {
        Calibrated calibrated = calibrate(model, input);
        assertEquals(List.of(), calibrated.report().skipped());
        TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
        try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
          float[] actual = interpreter.run(values, 1);
          double bound = Math.exp(end) * (spacing * spacing / 8 + 3 / 32767.0 + spacing / 256);
          for (int i = 0; i < values.length; i++) {
            assertEquals(Math.exp(values[i]), actual[i], bound, values[i] + " of " + end);
          }
        }
      }
    }
  }

  /**
   * Far below its largest result an exponential is 0. The entries of its table are far from each
   * other if its input's range reaches there, and slopes wrap round: 1 became -1.
   */
  @ParameterizedTest
  @ValueSource(floats = {1, 10, 300, 3000})
  void exponentialsOfWideInputs_areRight(float scale) {
    assertExponential(scale, (l, x) -> l.tf().math.minimum(x, l.tf().constant(3f)));
    assertExponential(scale, (l, x) -> l.tf().math.neg(l.tf().nn.relu(x)));
    assertExponential(scale, (l, x) -> l.tf().math.neg(l.tf().math.abs(x)));
    assertExponential(
        scale,
        (l, x) ->
            l.tf().math.sub(x, l.tf().reduceMax(x, l.tf().array(-1), ReduceMax.keepDims(true))));
  }

  private static void assertExponential(float scale, Body exponent) {
    Shape shape = Shape.of(8, 16);
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, shape, (l, x) -> l.tf().math.exp(exponent.build(l, x)));
    float[] values = Values.of(128, i -> scale * 3 * Math.sin(1 + 1.7 * i + 0.01 * i * i));
    values[17] = 0;
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      Calibrated calibrated = calibrate(model, input);
      // What is 1000 times wider than the exponential needs has too coarse steps for its table.
      List<String> left =
          calibrated.report().skipped().stream().map(entry -> entry.operation()).toList();
      assertTrue(scale > 1000 || left.isEmpty(), left.toString());
      TfLiteModel file =
          TfLiteConverter.of(calibrated.model()).int16x8().allowFloat(left).convert();
      float[] expected = IntegerModels.run(model, input);
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, value);
      }
      // An input is half a step of its range beside the true one, a line 1/256 beside the curve.
      double bound = largest * (Math.expm1(2 * 3 * scale / 32767) + 1 / 256.0);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        assertArrayEquals(expected, interpreter.run(values, 8), (float) bound);
      }
    }
  }

  /** Quantized inputs of far more than 2^31 steps would wrap round. */
  @Test
  void sigmoidsOfVeryLargeInputs_areAtTheirEnds() {
    Shape shape = Shape.of(1, 6);
    float[] values = {-3e6f, -20, 0, 20, 1e6f, 3e6f};
    GraphModel model = TestLayers.model(Kind.RESOURCE, shape, (l, x) -> l.tf().math.sigmoid(x));
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      Calibrated calibrated = calibrate(model, input);
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] actual = interpreter.run(values, 1);
        assertArrayEquals(new float[] {0, 0, .5f, 1, 1, 1}, actual, 2e-4f);
      }
    }
  }

  private static List<String> assertIntegers(Shape example, int batch, int steps, Body body) {
    Shape shape = Shape.of(batch).append(example);
    GraphModel model = TestLayers.model(Kind.RESOURCE, shape, body);
    try (TFloat32 input = TestTraining.random(shape, 1)) {
      Calibrated calibrated = calibrate(model, input);
      assertEquals(List.of(), calibrated.report().skipped());
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int16x8().convert();
      assertEquals(List.of(), file.floatOperators());
      float[] expected = IntegerModels.run(calibrated.model(), input);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] actual = interpreter.run(Values.of(input), batch);
        double step = IntegerModels.outputStep(calibrated.model()) * 255 / 65534;
        assertTrue(
            Values.distance(expected, actual) <= (steps + 0.01) * step,
            Values.distance(expected, actual) / step + " steps");
      }
      return file.operators().stream().map(TfLiteOperator::name).toList();
    }
  }

  private static Calibrated calibrate(GraphModel model, TFloat32 input) {
    return PostTrainingQuantization.builder()
        .activationBits(16)
        .build()
        .calibrate(model, List.of(Map.of("image", input)));
  }
}
