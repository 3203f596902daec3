package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.quantization.ranges.RowSamples;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Functions that the steps of their inputs are too coarse for are warned of, and no others. */
@EnabledOnOs(OS.LINUX)
class CoarseFunctionsTest {

  private static final int ROWS = 128;
  private static final int WIDTH = 16;
  private static final Shape SHAPE = Shape.of(ROWS, WIDTH);

  private interface Body {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  private record Case(String name, Body body, DoubleUnaryOperator values) {}

  /** Functions and the values that they take, of normal numbers. */
  private static List<Case> functions() {
    DoubleUnaryOperator plain = z -> z;
    DoubleUnaryOperator positive = z -> Math.abs(z) + 1e-6;
    DoubleUnaryOperator spread = z -> Math.exp(2 * z);
    return List.of(
        new Case("log_softmax", (tf, x) -> tf.nn.logSoftmax(x), plain),
        new Case("softmax", (tf, x) -> tf.nn.softmax(x), plain),
        new Case("exp(-x^2)", (tf, x) -> tf.math.exp(tf.math.neg(tf.math.square(x))), plain),
        new Case("sin", (tf, x) -> tf.math.sin(x), plain),
        new Case("cos", (tf, x) -> tf.math.cos(x), plain),
        new Case("exp(min)", (tf, x) -> tf.math.exp(tf.math.minimum(x, tf.constant(2f))), plain),
        new Case("log", (tf, x) -> tf.math.log(x), positive),
        new Case("log of spread values", (tf, x) -> tf.math.log(x), spread),
        new Case("rsqrt", (tf, x) -> tf.math.rsqrt(tf.math.add(x, tf.constant(1e-3f))), spread),
        new Case("sqrt", (tf, x) -> tf.math.sqrt(x), spread),
        new Case("tanh", (tf, x) -> tf.math.tanh(x), plain),
        new Case("sigmoid", (tf, x) -> tf.math.sigmoid(x), plain),
        new Case("erf", (tf, x) -> tf.math.erf(x), plain),
        new Case("softplus", (tf, x) -> tf.math.softplus(x), plain),
        new Case("elu", (tf, x) -> tf.nn.elu(x), plain),
        new Case("x^3", (tf, x) -> tf.math.pow(x, tf.constant(3f)), plain),
        new Case("floor", (tf, x) -> tf.math.floor(x), plain),
        new Case(
            "1 / (1 + x^2)",
            (tf, x) -> tf.math.reciprocal(tf.math.add(tf.math.square(x), tf.constant(1f))),
            plain));
  }

  static Stream<Arguments> sweep() {
    return functions().stream()
        .flatMap(
            each ->
                Stream.of(0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
                    .map(scale -> Arguments.of(each.name, scale, each)));
  }

  /** A result below 15 dB is warned of, none above 25 dB is. */
  @ParameterizedTest(name = "{0} x {1}")
  @MethodSource("sweep")
  @Tag("long")
  void warning_followsTheFilesSignalToNoise(String name, double scale, Case each) {
    float[] values = values(each, scale);
    assertWarnings(each, values, name + " x " + scale);
  }

  static Stream<Arguments> few() {
    return Stream.of(
        Arguments.of("log_softmax", 100.0),
        Arguments.of("exp(-x^2)", 1.0),
        Arguments.of("exp(-x^2)", 30.0),
        Arguments.of("sin", 1.0),
        Arguments.of("sin", 100.0),
        Arguments.of("log of spread values", 1.0));
  }

  @ParameterizedTest(name = "{0} x {1}")
  @MethodSource("few")
  void warning_followsTheFilesSignalToNoise_forSome(String name, double scale) {
    Case each = functions().stream().filter(it -> it.name.equals(name)).findFirst().orElseThrow();
    assertWarnings(each, values(each, scale), name);
  }

  private static float[] values(Case each, double scale) {
    Random random = new Random(11);
    float[] values = new float[ROWS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * each.values.applyAsDouble(random.nextGaussian()));
    }
    return values;
  }

  private static void assertWarnings(Case each, float[] values, String name) {
    GraphModel model = model(each.body);
    try (TFloat32 x = TFloat32.tensorOf(SHAPE, DataBuffers.of(values))) {
      Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("image", x)));
      List<String> left =
          calibrated.report().skipped().stream().map(OptimizationReport.Entry::operation).toList();
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int8().allowFloat(left).convert();
      float[] exact = IntegerModels.run(model, x);
      float[] actual;
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        actual = interpreter.run(values, ROWS);
      }
      double decibels = decibels(exact, actual);
      List<Warning> warnings = calibrated.report().warnings();
      String told =
          String.format(Locale.ROOT, "%s: %.1f dB, warnings %s", name, decibels, warnings);
      assertTrue(decibels >= 15 || !warnings.isEmpty(), told);
      assertTrue(decibels <= 25 || warnings.isEmpty(), told);
    }
  }

  /** Returns the ratio of the variance of exact values to the mean square of the differences. */
  private static double decibels(float[] exact, float[] actual) {
    double mean = 0;
    for (float value : exact) {
      mean += value / exact.length;
    }
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < exact.length; i++) {
      signal += (exact[i] - mean) * (exact[i] - mean);
      noise += ((double) actual[i] - exact[i]) * ((double) actual[i] - exact[i]);
    }
    return 10 * Math.log10(signal / noise);
  }

  private static GraphModel model(Body body) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
          return Endpoints.builder()
              .input("image", x)
              .output("logits", body.of(tf.withSubScope("f"), x))
              .inference()
              .build();
        });
  }

  @Test
  void warning_hasTheTensorsTheNumbersAndTheRemedy() {
    Case sine = functions().stream().filter(it -> it.name.equals("sin")).findFirst().orElseThrow();
    GraphModel model = model(sine.body);
    try (TFloat32 x = TFloat32.tensorOf(SHAPE, DataBuffers.of(values(sine, 100)))) {
      Map<String, Tensor> sample = Map.of("image", x);
      PostTrainingQuantization.Builder builder = PostTrainingQuantization.builder();
      List<Warning> warnings = coarse(builder.build().calibrate(model, List.of(sample)).report());
      assertEquals(List.of("f/Sin"), warnings.stream().map(Warning::tensor).toList());
      String detail = warnings.get(0).detail();
      assertTrue(
          detail.matches(
              "is a function of \"x\" that its step of 2.\\d+ is coarse for: rounding it makes the"
                  + " results wrong by 0.\\d+, \\d\\d % of their standard deviation of 0.7\\d+"),
          detail);
      assertEquals(
          "narrow the range of \"x\", or leave it in float (select, allowFloat) or calibrate with"
              + " activationBits(16)",
          warnings.get(0).remedy());
    }
  }

  /** Of a trained model only the ranges are known. */
  @Test
  void trainedRange_thatIsTooWide_isWarnedOf() {
    Case sine = functions().stream().filter(it -> it.name.equals("sin")).findFirst().orElseThrow();
    for (double scale : new double[] {1, 100}) {
      Optimized quantized =
          QuantizationAwareTraining.create().apply(model(sine.body).withTraining(true));
      try (TFloat32 x = TFloat32.tensorOf(SHAPE, DataBuffers.of(values(sine, scale)))) {
        quantized = IntegerModels.afterOneStep(quantized, Map.of("image", x));
      }
      List<Warning> warnings = coarse(quantized.trainedReports().get(0));
      assertEquals(scale == 1 ? 0 : 1, warnings.size(), warnings.toString());
    }
  }

  static Stream<Arguments> ordinary() {
    return CompoundCases.all().map(each -> Arguments.of(each.toString(), each));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ordinary")
  void ordinaryModel_isNotWarnedOf(String name, CompoundCases.CompoundCase each) {
    try (TType input = each.model().input()) {
      for (CalibrationMethod method :
          List.of(CalibrationMethod.minMax(), CalibrationMethod.percentile(0.999))) {
        OptimizationReport report =
            PostTrainingQuantization.builder()
                .calibration(method)
                .build()
                .calibrate(each.model().model(-1), List.of(Map.of("image", input)))
                .report();
        assertEquals(List.of(), coarse(report));
      }
    }
  }

  @Test
  void recurrentModels_areNotWarnedOf() {
    for (KerasCell cell : KerasCell.values()) {
      GraphModel model =
          new KerasRecurrent(
                  Style.KERAS_2,
                  5,
                  4,
                  0,
                  false,
                  List.of(new Layer(cell, 5, false, false, false)),
                  3)
              .load();
      float[] values = new float[32 * 5 * 4];
      Random random = new Random(5);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      try (TFloat32 x = TFloat32.tensorOf(Shape.of(32, 5, 4), DataBuffers.of(values))) {
        assertEquals(
            List.of(),
            coarse(
                PostTrainingQuantization.builder()
                    .build()
                    .calibrate(model, List.of(Map.of("image", x)))
                    .report()));
      }
    }
  }

  private static List<Warning> coarse(OptimizationReport report) {
    List<Warning> coarse = new ArrayList<>();
    for (Warning warning : report.warnings()) {
      boolean about =
          warning.detail().contains("is a function of")
              || warning.detail().contains("whatever its values are");
      if (about) {
        coarse.add(warning);
      }
    }
    return coarse;
  }

  @Test
  void rows_areSpreadOverAllSamples_andBounded() {
    RowSamples rows = new RowSamples();
    for (int i = 0; i < 10_000; i++) {
      rows.add(new float[] {i, -i, i + 0.5f, -i - 0.5f}, 2);
    }
    rows.add(new float[] {1, 2, 3}, 3);
    float[] values = rows.values();
    assertEquals(2, rows.width());
    assertTrue(values.length <= 4096 && values.length > 1024, values.length + " values");
    assertEquals(0, values[0]);
    assertTrue(values[values.length - 2] > 9_000);
    for (int i = 0; i < values.length; i += 2) {
      assertEquals(-values[i], values[i + 1], 0f);
    }
  }

  @Test
  void evenRows_fillTheRange() {
    RowSamples rows = RowSamples.evenly(new Range(-1, 3), 8);
    double sum = 0;
    float[] values = rows.values();
    for (float value : values) {
      assertTrue(value >= -1 && value <= 3);
      sum += value;
    }
    assertEquals(1, sum / values.length, 0.01);
    assertEquals(8, rows.width());
    assertEquals(0, new RowSamples().values().length);
  }
}
