package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** x where it compares so with another input, else 0. */
class ComparisonsTest {

  private static final List<String> TYPES =
      List.of("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual");

  private static Operand<TBool> compare(
      Ops tf, String type, Operand<TFloat32> x, Operand<TFloat32> y) {
    Ops at = tf.withName("compare");
    return switch (type) {
      case "Greater" -> at.math.greater(x, y);
      case "GreaterEqual" -> at.math.greaterEqual(x, y);
      case "Less" -> at.math.less(x, y);
      case "LessEqual" -> at.math.lessEqual(x, y);
      case "Equal" -> at.math.equal(x, y);
      default -> at.math.notEqual(x, y);
    };
  }

  private static boolean holds(String type, float x, float y) {
    return switch (type) {
      case "Greater" -> x > y;
      case "GreaterEqual" -> x >= y;
      case "Less" -> x < y;
      case "LessEqual" -> x <= y;
      case "Equal" -> x == y;
      default -> x != y;
    };
  }

  private static GraphModel model(String type) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
          Operand<TFloat32> limit =
              tf.withName("limit").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
          Operand<TFloat32> nothing = tf.math.mul(x, tf.constant(0f));
          Operand<TBool> chosen = compare(tf, type, x, limit);
          return Endpoints.builder()
              .input("x", x)
              .input("limit", limit)
              .output("y", tf.select(chosen, x, nothing))
              .build();
        });
  }

  private static float[] limits(float limit) {
    return new float[] {limit, limit, limit, limit};
  }

  private static Calibrated calibrate(GraphModel model, int bits, float[] values, float limit) {
    return calibrate(model, bits, values, limits(limit));
  }

  private static Calibrated calibrate(GraphModel model, int bits, float[] values, float[] limit) {
    try (TFloat32 sample = TFloat32.tensorOf(Shape.of(1, 4), DataBuffers.of(values));
        TFloat32 limits = TFloat32.tensorOf(Shape.of(1, 4), DataBuffers.of(limit))) {
      return PostTrainingQuantization.builder()
          .activationBits(bits)
          .build()
          .calibrate(model, List.of(Map.of("x", sample, "limit", limits)));
    }
  }

  private static float[] expected(String type, float threshold, float[] values) {
    float[] expected = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      expected[i] = holds(type, values[i], threshold) ? values[i] : 0;
    }
    return expected;
  }

  private static void assertRuns(TfLiteModel file, float[] values, float limit, float[] expected) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      Map<String, float[]> results =
          interpreter.run(Map.of("x", values, "limit", limits(limit)), 1);
      assertArrayEquals(expected, results.get("y"), values[3] / 100);
    }
  }

  static Stream<Arguments> cases() {
    // The end of the range; at 255 the scale is exactly 1.
    return Stream.of(1e-4f, .1f, 1f, 100f, 255f, 300f, 2550f, 1e6f, 1e9f)
        .flatMap(end -> TYPES.stream().map(type -> Arguments.of(type, end)));
  }

  @ParameterizedTest(name = "{0} up to {1}")
  @MethodSource("cases")
  void int8_isRight(String type, float end) {
    // The end is an integer of either range.
    boolean exact = type.equals("Equal") || type.equals("NotEqual");
    float threshold = exact ? end : end / 2;
    float[] values = {0, end / 4, end * .75f, end};
    Calibrated calibrated = calibrate(model(type), 8, values, threshold);
    TfLiteModel file = TfLiteConverter.of(calibrated.model()).int8().convert();
    assertTrue(file.floatOperators().isEmpty(), file.floatOperators().toString());
    String operator = type.equals("NotEqual") ? "Less" : type;
    assertTrue(
        file.operators().stream()
            .anyMatch(op -> op.name().replace("_", "").equalsIgnoreCase(operator)),
        file.operators().toString());
    assertRuns(file, values, threshold, expected(type, threshold, values));
  }

  /** The smaller operand lies within a step of the larger one, so that its sign decides. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"})
  void operandsOfUnequalRanges_compareByTheSignOfTheSmaller(String type) {
    for (float ratio : new float[] {1e3f, 1e9f}) {
      float end = 1e-3f;
      float[] values = {-end * ratio, 0, end * ratio / 4, end * ratio};
      for (float limit : new float[] {-end, 0, end / 4}) {
        Calibrated calibrated = calibrate(model(type), 8, values, new float[] {-end, 0, end, end});
        TfLiteModel file = TfLiteConverter.of(calibrated.model()).int8().convert();
        assertTrue(file.floatOperators().isEmpty(), file.floatOperators().toString());
        assertRuns(file, values, limit, expected(type, limit, values));
      }
    }
  }

  @Test
  void int16_comparesInFloat_whereItIsAllowed() {
    for (float end : new float[] {1, 1000}) {
      float[] values = {0, end / 4, end * .75f, end};
      Calibrated calibrated = calibrate(model("Greater"), 16, values, end / 2);
      List<String> skipped = calibrated.report().skipped().stream().map(Entry::operation).toList();
      assertTrue(skipped.contains("compare"), calibrated.report().toString());
      TfLiteConversionException e =
          assertThrows(
              TfLiteConversionException.class,
              () -> TfLiteConverter.of(calibrated.model()).int16x8().convert());
      assertTrue(e.getMessage().contains("GREATER \"compare"), e.getMessage());
      assertFalse(e.getMessage().contains("experimental"), e.getMessage());
      TfLiteModel file =
          TfLiteConverter.of(calibrated.model()).int16x8().allowFloat(skipped).convert();
      assertRuns(file, values, end / 2, expected("Greater", end / 2, values));
    }
  }
}
