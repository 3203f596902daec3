package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.ranges.Deviation;

/** Ranges that hurt are said, with numbers; others are not. */
class RangeWarningsTest {

  private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);

  private static OptimizationReport report(
      Shape shape, float[] values, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    return report(8, shape, values, body);
  }

  private static OptimizationReport report(
      int bits,
      Shape shape,
      float[] values,
      BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
              return Endpoints.builder().input("x", x).output("y", body.apply(tf, x)).build();
            });
    try (TFloat32 sample = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      return PostTrainingQuantization.builder()
          .activationBits(bits)
          .build()
          .calibrate(model, List.of(Map.of("x", sample)))
          .report();
    }
  }

  /** The runtime demands the range from -1 to 1 of a tangent, in 256 or 65,536 steps. */
  @Test
  void smallValuesInARangeThatIsDemanded() {
    Map<Integer, Float> coarse = Map.of(8, 0.01f, 16, 1e-3f);
    coarse.forEach(
        (bits, factor) -> {
          List<Warning> warnings = about("y", tangent(bits, factor));
          assertEquals(1, warnings.size());
          assertTrue(warnings.get(0).detail().contains("the runtime demands"));
          assertEquals(List.of(), about("y", tangent(bits, 20 * factor)));
        });
  }

  private static OptimizationReport tangent(int bits, float factor) {
    return report(
        bits,
        Shape.of(8, 8),
        steps(64),
        (tf, x) -> tf.withName("y").math.tanh(tf.math.mul(x, tf.constant(factor))));
  }

  /** Warnings about one tensor. */
  private static List<Warning> about(String tensor, OptimizationReport report) {
    return report.warnings().stream().filter(w -> w.tensor().equals(tensor)).toList();
  }

  private static float[] steps(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = -1 + 2f * i / (count - 1);
    }
    return values;
  }

  private static OptimizationReport joined(float factor) {
    return report(
        Shape.of(4, 2),
        steps(8),
        (tf, x) -> {
          Operand<TFloat32> boxes =
              tf.withName("boxes").math.mul(x, tf.constant(new float[] {factor, factor}));
          Operand<TFloat32> scores =
              tf.withName("scores").math.mul(x, tf.constant(new float[] {.5f, 1}));
          return tf.withName("joined").concat(List.of(boxes, scores), tf.constant(1));
        });
  }

  /** Training warns of the same, once it is done; deviations it does not know. */
  @Test
  void trainedRanges_areWarnedOf_besideStrip() {
    Shape shape = Shape.of(1, 2, 2, 4);
    GraphModel model =
        GraphModel.build(
                tf -> {
                  Operand<TFloat32> x =
                      tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
                  Operand<TFloat32> factors = tf.constant(new float[] {300, 300, 300, 200});
                  Operand<TFloat32> boxes = tf.withName("boxes").math.mul(x, factors);
                  Operand<TFloat32> scores =
                      tf.withName("scores").math.mul(x, tf.constant(new float[] {.5f, 1, 1, 1}));
                  Operand<TFloat32> filter =
                      tf.constant(Shape.of(1, 1, 8, 1), DataBuffers.of(100f, 1, 2, 1, 1, 2, 1, 1));
                  return Endpoints.builder()
                      .input("x", x)
                      .output(
                          "logits",
                          tf.withName("depthwise")
                              .nn
                              .depthwiseConv2dNative(
                                  tf.withName("joined")
                                      .concat(List.of(boxes, scores), tf.constant(3)),
                                  filter,
                                  ONES,
                                  "SAME"))
                      .build();
                })
            .withTraining(true);
    Optimized quantized = QuantizationAwareTraining.create().apply(model);
    try (TFloat32 x = TFloat32.tensorOf(shape, DataBuffers.of(steps(16)))) {
      quantized = IntegerModels.afterOneStep(quantized, Map.of("x", x));
    }
    OptimizationReport report = quantized.trainedReports().get(0);
    assertEquals(List.of(), quantized.reports().get(0).warnings());
    assertEquals(1, about("joined", report).size(), report.toString());
    String detail = about("joined", report).get(0).detail();
    assertTrue(detail.matches("gives \"scores\" .*\\[-0.8\\d+, .* \"boxes\" .*\\[-29.*"), detail);
    assertEquals(1, about("depthwise", report).size(), report.toString());
    assertTrue(about("depthwise", report).get(0).remedy().startsWith("normalize its outputs"));
    assertTrue(report.toString().contains("train with activations of 16 bits"));
  }

  /**
   * A term that 16 bits keep is said to want them, by the technique at hand; those that are, not.
   */
  @Test
  void remediesAreOfTheTechnique_andNotWhatTheModelHas() {
    Shape shape = Shape.of(4, 2);
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
              Operand<TFloat32> small = tf.withName("small").math.mul(x, tf.constant(0.1f));
              Operand<TFloat32> large = tf.withName("large").math.mul(x, tf.constant(30f));
              Operand<TFloat32> tiny = tf.withName("tiny").math.mul(x, tf.constant(1e-5f));
              Operand<TFloat32> sum = tf.withName("sum").math.add(small, large);
              return Endpoints.builder()
                  .input("x", x)
                  .output("logits", tf.withName("all").math.add(sum, tiny))
                  .output(
                      "joined", tf.withName("joined").concat(List.of(tiny, large), tf.constant(1)))
                  .build();
            });
    try (TFloat32 x = TFloat32.tensorOf(shape, DataBuffers.of(steps(8)))) {
      Map<String, Tensor> sample = Map.of("x", x);
      Optimized trained =
          IntegerModels.afterOneStep(
              QuantizationAwareTraining.create().apply(model.withTraining(true)), sample);
      String training = trained.trainedReports().get(0).toString();
      assertTrue(training.contains("or train with activations of 16 bits"), training);
      assertTrue(!training.contains("calibrate"), training);
      for (int bits : new int[] {8, 16}) {
        OptimizationReport report =
            PostTrainingQuantization.builder()
                .activationBits(bits)
                .build()
                .calibrate(model, List.of(sample))
                .report();
        assertTrue(report.warnings().size() >= 2, report.toString());
        assertEquals(bits == 8, report.toString().contains("activationBits(16)"));
      }
    }
  }

  @Test
  void rangeThatASelectionJoins_isTheReason() {
    OptimizationReport report =
        report(
            Shape.of(4, 2),
            steps(8),
            (tf, x) -> {
              Operand<TFloat32> narrow =
                  tf.withName("narrow").math.mul(x, tf.constant(new float[] {0.25f, 0.2f}));
              Operand<TFloat32> positive = tf.nn.relu(x);
              return tf.math.add(
                  tf.withName("choice")
                      .select(tf.math.greater(x, tf.constant(0f)), positive, narrow),
                  tf.math.mul(narrow, tf.constant(new float[] {3, 2})));
            });
    assertEquals(1, about("narrow", report).size(), report.toString());
    String detail = about("narrow", report).get(0).detail();
    assertTrue(
        detail.matches(
            "has values in \\[-0.2500, 0.2000], and shares the range \\[-0.2\\d+, 1.0\\d+] with the"
                + " others of \"choice\", which has one for all of them"),
        detail);
  }

  @Test
  void boxesBesideScores() {
    List<Warning> warnings = about("joined", joined(300));
    assertEquals(1, warnings.size());
    assertEquals(
        "gives \"scores\" with values in [-0.7143, 1.000] the range of \"boxes\" with values in"
            + " [-300.0, 300.0]",
        warnings.get(0).detail());
    assertTrue(joined(300).toString().contains("! joined: gives \"scores\""));
    assertEquals(List.of(), about("joined", joined(6.5f)));
  }

  @Test
  void valuesBesideALargeConstantThatTheyShareARangeWith() {
    OptimizationReport padded =
        report(
            Shape.of(4, 2),
            steps(8),
            (tf, x) ->
                tf.withName("padded")
                    .pad(x, tf.constant(new int[][] {{0, 0}, {1, 1}}), tf.constant(500f)));
    assertEquals(
        "gives \"x\" with values in [-1.000, 1.000] the range of \"padded\" with values in"
            + " [-1.000, 500.0]",
        about("padded", padded).get(0).detail());
    OptimizationReport larger =
        report(
            Shape.of(4, 2),
            steps(8),
            (tf, x) -> tf.withName("larger").math.maximum(x, tf.constant(new float[] {-9, 300})));
    assertTrue(
        about("larger", larger).get(0).detail().startsWith("gives \"x\""), larger.toString());
  }

  @Test
  void stepBesideTheDeviation() {
    // 1013 and 1014 in turn: the deviation is 1/2, the step 1014 / 255 is 4.
    float[] values = {1013, 1014, 1013, 1014, 1014, 1013, 1014, 1013};
    List<Warning> warnings =
        about(
            "x",
            report(
                Shape.of(4, 2),
                values,
                (tf, x) -> tf.math.mul(x, tf.constant(new float[] {2, 3}))));
    assertEquals(1, warnings.size());
    assertEquals(
        "has a step of 3.976 in [0.000, 1014], more than a quarter of its standard deviation of"
            + " 0.5000",
        warnings.get(0).detail());
    assertEquals(
        List.of(),
        report(Shape.of(4, 2), steps(8), (tf, x) -> tf.math.mul(x, tf.constant(new float[] {2, 3})))
            .warnings());
  }

  private static OptimizationReport depthwise(float... channels) {
    return report(
        Shape.of(1, 2, 2, 4),
        steps(16),
        (tf, x) ->
            tf.withName("depthwise")
                .nn
                .depthwiseConv2dNative(
                    x, tf.constant(Shape.of(1, 1, 4, 1), DataBuffers.of(channels)), ONES, "SAME"));
  }

  @Test
  void depthwiseChannelsOfUnequalScale() {
    List<Warning> warnings = about("depthwise", depthwise(100, 1, 2, 1));
    assertEquals(1, warnings.size(), warnings.toString());
    assertTrue(
        warnings.get(0).detail().startsWith("has a channel with weights up to 100.0 and half"),
        warnings.toString());
    assertEquals(List.of(), about("depthwise", depthwise(4, 1, 2, 3)));
  }

  @Test
  void reluThatNeverFires() {
    OptimizationReport report =
        report(
            Shape.of(4, 2),
            steps(8),
            (tf, x) ->
                tf.math.mul(
                    tf.withName("dead").nn.relu(tf.math.sub(x, tf.constant(new float[] {9, 9}))),
                    tf.constant(new float[] {2, 3})));
    assertTrue(about("dead", report).get(0).detail().startsWith("is 0 on all samples"));
  }

  @Test
  void differenceOfNearlyEqualTensors() {
    float[] values = {1000, 999.99f, 999.98f, 1000, 0, 0, 1, 1};
    OptimizationReport report =
        report(
            Shape.of(4, 2),
            values,
            (tf, x) ->
                tf.withName("difference")
                    .math
                    .sub(x, tf.math.mean(x, tf.array(1), Mean.keepDims(true))));
    assertTrue(
        about("difference", report).get(0).detail().contains("too few for the steps"),
        report.toString());
  }

  @Test
  void deviation_equalsThatOfAllValues() {
    Deviation deviation = new Deviation();
    deviation.add(2, 1, 1); // 0, 2
    deviation.add(0, 5, 7);
    deviation.add(4, 10, 0); // 10, 10, 10, 10
    // Mean 7, squares 49 + 25 + 4 * 9.
    assertEquals(Math.sqrt(110 / 6.0), deviation.value(), 1e-12);
    assertEquals(0, new Deviation().value());
  }
}
