package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Operations that integers would compute wrongly for the values of the samples. */
@EnabledOnOs(OS.LINUX)
class FloatOperationsTest {

  private static final int ROWS = 16;
  private static final int SIZE = 4;
  private static final Shape SHAPE = Shape.of(ROWS, SIZE);

  /** A row has a variance of 2^(2 row - 20) times 5 / 4. */
  private static final float[] UNEQUAL =
      Values.of(ROWS * SIZE, i -> Math.pow(2, i / SIZE - 10) * (i % SIZE - 1.2));

  private static final float[] POWERS =
      Values.of(ROWS * SIZE, i -> Math.pow(2, -i / 4.0) * (i % 2 == 0 ? 1 : -1));

  private static Operand<TFloat32> layerNorm(TestLayers l, Operand<TFloat32> x) {
    Operand<TFloat32> mean = mean(l, x);
    Operand<TFloat32> variance = mean(l, l.tf().math.squaredDifference(x, mean));
    Operand<TFloat32> root = l.tf().math.rsqrt(l.tf().math.add(variance, l.tf().constant(1e-12f)));
    return l.tf().math.mul(l.tf().math.sub(x, mean), root);
  }

  private static Operand<TFloat32> mean(TestLayers l, Operand<TFloat32> x) {
    return l.tf().math.mean(x, l.tf().array(-1), Mean.keepDims(true));
  }

  private static Operand<TFloat32> logPower(TestLayers l, Operand<TFloat32> x) {
    Operand<TFloat32> power = l.tf().math.square(l.tf().math.mul(x, l.tf().constant(1f)));
    return l.tf().math.log(l.tf().math.add(power, l.tf().constant(1e-9f)));
  }

  @Test
  void reciprocalRootOfUnequalVariances_isInFloatWithTheseVariances() {
    Calibrated calibrated = calibrated(16, FloatOperationsTest::layerNorm, UNEQUAL);
    assertTrue(
        skipped(calibrated).containsAll(List.of("Rsqrt", "SquaredDifference")),
        calibrated.report().skipped().toString());
    assertEquals(List.of(), calibrated.report().warnings());
    float[] file = run(calibrated, UNEQUAL);
    for (int row = 8; row < ROWS; row++) {
      for (int i = 0; i < SIZE; i++) {
        double expected = (i - 1.5) / Math.sqrt(1.25);
        assertEquals(expected, file[row * SIZE + i], 0.01, "row " + row);
      }
    }
  }

  @Test
  void reciprocalRootOfEqualVariances_isOfIntegers() {
    float[] equal = Values.of(ROWS * SIZE, i -> i % SIZE - 1.5);
    Calibrated calibrated = calibrated(16, FloatOperationsTest::layerNorm, equal);
    assertEquals(Set.of(), skipped(calibrated));
  }

  @Test
  void logarithmOfSmallPowers_readsFloat() {
    Calibrated calibrated = calibrated(16, FloatOperationsTest::logPower, POWERS);
    assertTrue(
        skipped(calibrated).containsAll(List.of("Log", "Add", "Square")),
        calibrated.report().skipped().toString());
    float[] file = run(calibrated, POWERS);
    for (int i = 0; i < 32; i++) {
      double expected = Math.log((double) POWERS[i] * POWERS[i] + 1e-9);
      assertEquals(expected, file[i], 0.02, "value " + i);
    }
    for (float value : file) {
      assertTrue(Float.isFinite(value), value + "");
    }
  }

  @Test
  void logarithmOfSmallPowersIn8Bits_isWarnedAbout() {
    Calibrated calibrated = calibrated(8, FloatOperationsTest::logPower, POWERS);
    assertTrue(
        calibrated.report().warnings().stream()
            .anyMatch(warning -> warning.toString().contains("nothing of inputs of \"Log\"")),
        calibrated.report().warnings().toString());
  }

  /** The runtime has no product of stacks of matrices of 16 and of 8 bits. */
  @Test
  void productWithAStackOfWeights_isInFloat() {
    float[] ones = Values.of(ROWS * SIZE, i -> 1);
    Calibrated calibrated =
        calibrated(
            16,
            (l, x) -> {
              Operand<TFloat32> stack =
                  l.tf().constant(Shape.of(ROWS, SIZE, 2), DataBuffers.of(Values.of(128, i -> i)));
              Operand<TFloat32> rows = l.tf().reshape(l.relu("r", x), l.tf().array(ROWS, 1, SIZE));
              return l.tf().linalg.einsum(List.of(rows, stack), "bij,bjk->bik");
            },
            ones);
    assertEquals(Set.of("Einsum"), skipped(calibrated));
    float[] file = run(calibrated, ones);
    for (int i = 0; i < file.length; i++) {
      int first = i / 2 * 8 + i % 2;
      assertEquals(4 * first + 12, file[i], 0.1, "value " + i);
    }
  }

  /** Their number is not known, as a mean times a number would need it. */
  @Test
  void sumOverExamples_isInFloat() {
    Calibrated calibrated =
        calibrated(16, (l, x) -> l.tf().sum(l.relu("r", x), l.tf().array(0, 1)), POWERS);
    assertEquals(Set.of("Sum"), skipped(calibrated));
  }

  @Test
  void sumOverExamples_countedFromTheLastDimension_isInFloat() {
    Calibrated calibrated =
        calibrated(16, (l, x) -> l.tf().sum(l.relu("r", x), l.tf().array(-2)), POWERS);
    assertEquals(Set.of("Sum"), skipped(calibrated));
    Calibrated other =
        calibrated(16, (l, x) -> l.tf().sum(l.relu("r", x), l.tf().array(-1)), POWERS);
    assertEquals(Set.of(), skipped(other));
  }

  /** The kernel multiplies differences of scores in 32 bits. */
  @Test
  void softmaxOfScoresFarFrom0_isInFloat() {
    float[] scores = Values.of(ROWS * SIZE, i -> i * 7919 % 64 * 1000);
    Calibrated calibrated =
        calibrated(
            16,
            (l, x) ->
                l.tf()
                    .nn
                    .softmax(l.tf().math.mul(x, l.tf().constant(new float[] {2, 1.5f, 2, 1.5f}))),
            scores);
    assertEquals(Set.of("Softmax"), skipped(calibrated));
    String why = calibrated.report().skipped().get(0).detail();
    assertTrue(why.contains("above 65534 the runtime's kernel of 16 bits overflows"), why);
    float[] file = run(calibrated, scores);
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int i = 0; i < SIZE; i++) {
        sum += file[row * SIZE + i];
      }
      assertEquals(1, sum, 1e-3);
    }
  }

  /** Of 16 bits the runtime takes a weight as the second operand only. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void weightBeforeWhatItIsMultipliedWith_isALayer(int bits) {
    float[] ones = Values.of(ROWS * SIZE, i -> 1 + i % SIZE);
    Calibrated calibrated =
        calibrated(
            bits,
            (l, x) -> {
              Operand<TFloat32> weight =
                  l.tf().constant(Shape.of(SIZE, 2), DataBuffers.of(Values.of(8, i -> i)));
              Operand<TFloat32> rows = l.tf().reshape(l.relu("r", x), l.tf().array(-1, 1, SIZE));
              return l.tf().linalg.einsum(List.of(weight, rows), "cd,abc->abd");
            },
            ones);
    assertEquals(Set.of(), skipped(calibrated));
    TfLiteConverter converter = TfLiteConverter.of(calibrated.model());
    TfLiteModel file = (bits == 8 ? converter.int8() : converter.int16x8()).convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] result = interpreter.run(ones, ROWS);
      for (int i = 0; i < result.length; i++) {
        // 1 * 0 + 2 * 2 + 3 * 4 + 4 * 6, and as many more as there are factors.
        assertEquals(i % 2 == 0 ? 40 : 50, result[i], bits == 8 ? 0.4 : 0.2, "value " + i);
      }
    }
  }

  /** A root of 0 is 0 on any grid; it is not the smallest value that steps have to tell apart. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16})
  void zeros_areNoSmallOperandsOfASquareRoot(int bits) {
    float[] values = {0, 0.25f, 1, 4};
    float[] inputs = new float[(int) SHAPE.size()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = values[i % values.length];
    }
    Calibrated calibrated =
        calibrated(
            bits, (l, x) -> l.tf().math.sqrt(l.tf().math.mul(x, l.tf().constant(2f))), inputs);
    assertEquals(
        List.of(),
        calibrated.report().warnings().stream()
            .filter(warning -> warning.detail().contains("leaves nothing"))
            .toList());
  }

  private static Set<String> skipped(Calibrated calibrated) {
    return calibrated.report().skipped().stream().map(Entry::type).collect(Collectors.toSet());
  }

  private static Calibrated calibrated(int bits, Body body, float[] values) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, SHAPE, body);
    try (TFloat32 input = TFloat32.tensorOf(SHAPE, DataBuffers.of(values))) {
      return PostTrainingQuantization.builder()
          .activationBits(bits)
          .build()
          .calibrate(model, List.of(Map.of("image", input)));
    }
  }

  private static float[] run(Calibrated calibrated, float[] values) {
    List<String> names = calibrated.report().skipped().stream().map(Entry::operation).toList();
    TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).int16x8().allowFloat(names);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(converter.convert())) {
      return interpreter.run(values, ROWS);
    }
  }
}
