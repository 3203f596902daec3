package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** Ranges of weights that are trained, step by step, beside the same in plain Java. */
class WeightRangeStepsTest {

  private static final double DECAY = 0.75;
  private static final int STEPS = 4;
  private static final int CHANNELS = 5;
  private static final String QUANTIZER = "c/Conv2D/input1/fake_quant";

  @TempDir Path folder;

  /** A quantizer, and what it does with one end of a range in plain Java. */
  enum Kind {
    STANDARD(Quantizer.standard()) {
      @Override
      double next(double old, double batch, boolean first) {
        return batch;
      }
    },
    LAST_VALUE(Quantizer.lastValue()) {
      @Override
      double next(double old, double batch, boolean first) {
        return batch;
      }
    },
    MOVING_AVERAGE(Quantizer.movingAverage(DECAY)) {
      @Override
      double next(double old, double batch, boolean first) {
        return first ? batch : DECAY * old + (1 - DECAY) * batch;
      }
    },
    ALL_VALUES(Quantizer.allValues()) {
      @Override
      double next(double old, double batch, boolean first) {
        return first ? batch : Math.max(old, batch);
      }
    },
    FIXED(Quantizer.fixed(-0.5, 0.5)) {
      @Override
      double next(double old, double batch, boolean first) {
        return 0.5;
      }
    },
    /** Nine tenths of the weight's own range. */
    OWN(
        Quantizer.of(
            graph -> {
              String factor = graph.constant("factor", 0.9f);
              return TrainedRange.of(
                  graph.add("Mul", "own_low", graph.batchMin(), factor),
                  graph.add("Mul", "own_high", graph.batchMax(), factor));
            })) {
      @Override
      double next(double old, double batch, boolean first) {
        return 0.9 * batch;
      }
    };

    private final Quantizer quantizer;

    Kind(Quantizer quantizer) {
      this.quantizer = quantizer;
    }

    /** The upper end after a step; the lower one is opposite. */
    abstract double next(double old, double batch, boolean first);
  }

  static Stream<Arguments> kindsInEveryWidth() {
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                IntStream.of(2, 3, 4, 5, 6, 7, 8, 12, 16)
                    .boxed()
                    .flatMap(
                        bits ->
                            Stream.of(
                                Arguments.of(kind, bits, true), Arguments.of(kind, bits, false))));
  }

  @ParameterizedTest(name = "{0}, {1} bits, per channel {2}")
  @MethodSource("kindsInEveryWidth")
  void quantizedWeight_hasTheRangeOfPlainJava(Kind kind, int bits, boolean perChannel) {
    FakeQuantFormula formula = new FakeQuantFormula(bits, true);
    try (TestTraining training = new TestTraining(apply(kind, bits, perChannel), 4)) {
      double[] range = new double[CHANNELS];
      float[] before = training.value("c/kernel");
      for (int step = 0; step < STEPS; step++) {
        float[] kernel = training.value("c/kernel");
        // A step computes with the weights from before it.
        double[] batch = largest(kernel, perChannel);
        for (int c = 0; c < CHANNELS; c++) {
          range[c] = kind.next(range[c], batch[c], step == 0);
        }
        assertQuantized(formula, range, kernel, fetch(training, step));
        training.step(step);
      }
      assertTrue(Values.distance(before, training.value("c/kernel")) > 0.01, "not trained");
      assertExported(kind, perChannel, range, training);
    }
  }

  /** The export has what the variables have, or the range of the last weights. */
  private static void assertExported(
      Kind kind, boolean perChannel, double[] range, TestTraining training) {
    GraphModel stripped = training.trained().strip();
    double[] last = largest(training.value("c/kernel"), perChannel);
    boolean kept = kind == Kind.MOVING_AVERAGE || kind == Kind.ALL_VALUES;
    double[] expected = last.clone();
    for (int c = 0; c < CHANNELS; c++) {
      expected[c] = kept ? range[c] : kind.next(0, last[c], true);
    }
    float[] max = QuantizedGraphs.constant(stripped, QUANTIZER, 2);
    float[] min = QuantizedGraphs.constant(stripped, QUANTIZER, 1);
    assertEquals(perChannel ? CHANNELS : 1, max.length);
    for (int c = 0; c < max.length; c++) {
      assertEquals(expected[c], max[c], 1e-5, "channel " + c);
      assertEquals(-expected[c], min[c], 1e-5, "channel " + c);
    }
  }

  @ParameterizedTest(name = "{0}, per channel {2}")
  @MethodSource("kindsIn6Bits")
  void restoredInTheMiddle_goesOnToEqualValues(Kind kind, int bits, boolean perChannel) {
    Path prefix = folder.resolve("ckpt");
    Map<String, Variable> half;
    Map<String, Variable> straight;
    try (TestTraining training = new TestTraining(apply(kind, bits, perChannel), 4)) {
      IntStream.range(0, 3).forEach(training::step);
      training.live().save(prefix);
      half = training.live().snapshot().variables();
      IntStream.range(3, 6).forEach(training::step);
      straight = training.live().snapshot().variables();
    }
    assertNotEquals(half, straight);
    try (TestTraining training = new TestTraining(apply(kind, bits, perChannel), 4)) {
      training.live().restore(prefix);
      assertEquals(half, training.live().snapshot().variables());
      IntStream.range(3, 6).forEach(training::step);
      assertEquals(straight, training.live().snapshot().variables());
    }
  }

  static Stream<Arguments> kindsIn6Bits() {
    return Stream.of(Kind.values())
        .flatMap(kind -> Stream.of(Arguments.of(kind, 6, true), Arguments.of(kind, 6, false)));
  }

  @ParameterizedTest
  @MethodSource("depthwiseKinds")
  void depthwiseWeight_hasARangeForEachOutput(Kind kind) {
    Shape shape = Shape.of(2, 2, 3, 2);
    float[] kernel = Values.of(24, i -> (1 + i % 6) * Math.sin(i + 1));
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .layer(
                LayerSelector.named("d"),
                LayerQuantization.ofWeights(kind.quantizer.bits(5).perChannel(true)))
            .build()
            .apply(
                TestLayers.model(
                    TestLayers.Kind.RESOURCE,
                    Shape.of(-1, 4, 4, 3),
                    (layers, x) ->
                        layers
                            .at("d", "depthwise")
                            .nn
                            .depthwiseConv2dNative(
                                x,
                                layers.weight("d", "kernel", shape, kernel),
                                List.of(1L, 1L, 1L, 1L),
                                "SAME")));
    try (TestTraining training = new TestTraining(optimized, 4)) {
      float[] quantized = fetch(training, "d/depthwise/input1/fake_quant", 0);
      double[] range = new double[6];
      for (int i = 0; i < 24; i++) {
        range[i % 6] = Math.max(range[i % 6], Math.abs(kernel[i]));
      }
      for (int c = 0; c < 6; c++) {
        range[c] = kind.next(0, range[c], true);
      }
      assertQuantized(new FakeQuantFormula(5, true), range, kernel, quantized);
    }
  }

  static List<Kind> depthwiseKinds() {
    return List.of(Kind.values());
  }

  private static void assertQuantized(
      FakeQuantFormula formula, double[] range, float[] kernel, float[] quantized) {
    int channels = range.length;
    int same = 0;
    for (int i = 0; i < kernel.length; i++) {
      float max = (float) range[i % channels];
      float step = formula.step(-max, max);
      double difference = Math.abs(formula.apply(-max, max, kernel[i]) - quantized[i]);
      assertTrue(difference < 1.01 * step, kernel[i] + " became " + quantized[i]);
      same += difference < 0.02 * step + 1e-6 ? 1 : 0;
    }
    // In 16 bits, a few lie between two others within float's rounding.
    assertTrue(same >= 0.97 * kernel.length, same + " of " + kernel.length);
  }

  /** The largest magnitude of each channel, or for each that of all. */
  private static double[] largest(float[] kernel, boolean perChannel) {
    double[] largest = new double[CHANNELS];
    for (int i = 0; i < kernel.length; i++) {
      largest[i % CHANNELS] = Math.max(largest[i % CHANNELS], Math.abs(kernel[i]));
    }
    if (!perChannel) {
      Arrays.fill(largest, Arrays.stream(largest).max().orElseThrow());
    }
    return largest;
  }

  private static float[] fetch(TestTraining training, long step) {
    return fetch(training, QUANTIZER, step);
  }

  /** The weight as the next step quantizes it; nothing is updated. */
  private static float[] fetch(TestTraining training, String tensor, long step) {
    try (TFloat32 image = training.image(step);
        Result result =
            training
                .live()
                .session()
                .runner()
                .feed(training.live().input("image"), image)
                .fetch(tensor)
                .run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static Optimized apply(Kind kind, int bits, boolean perChannel) {
    GraphModel model =
        TestLayers.model(
            TestLayers.Kind.RESOURCE,
            Shape.of(-1, 4, 4, 3),
            (layers, x) -> layers.relu("c", layers.conv("c", x, CHANNELS, 3)));
    Quantizer weights = kind.quantizer.bits(bits).perChannel(perChannel);
    return QuantizationAwareTraining.builder()
        .layer(LayerSelector.named("c"), LayerQuantization.ofWeights(weights))
        .build()
        .apply(model);
  }

  /** Ranges are vectors of channels or scalars. */
  @ParameterizedTest(name = "{0}, per channel {2}")
  @MethodSource("kindsIn6Bits")
  void variables_haveTheShapeOfTheRange(Kind kind, int bits, boolean perChannel) {
    Map<String, Variable> variables = apply(kind, bits, perChannel).model().variables();
    List<Variable> own =
        variables.values().stream().filter(v -> v.name().startsWith(QUANTIZER)).toList();
    boolean kept = kind == Kind.MOVING_AVERAGE || kind == Kind.ALL_VALUES;
    assertEquals(kept ? 2 : 0, own.size());
    for (Variable variable : own) {
      assertArrayEquals(
          perChannel ? new long[] {CHANNELS} : new long[0], variable.shape().asArray());
    }
  }
}
