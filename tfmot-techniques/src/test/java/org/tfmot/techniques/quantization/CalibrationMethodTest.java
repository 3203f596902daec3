package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.ranges.Histogram;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Ranges from samples, against sorts and searches over the raw values. */
class CalibrationMethodTest {

  private static final int SAMPLES = 8;
  private static final int SIZE = 5000;
  private static final GraphModel IDENTITY =
      TestLayers.model(
              Kind.RESOURCE, Shape.of(-1, 1), (layers, x) -> layers.at("y", "y").identity(x))
          .toInference();

  /** Mostly small values, and now and then a large one. */
  private static List<float[]> longTailed(boolean nonNegative) {
    Random random = new Random(17);
    List<float[]> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      float[] values = new float[SIZE];
      for (int j = 0; j < SIZE; j++) {
        double value = random.nextGaussian() * (random.nextInt(1000) == 0 ? 30 : 1);
        values[j] = (float) (nonNegative ? Math.max(0, value) : value);
      }
      samples.add(values);
    }
    return samples;
  }

  private static Range range(CalibrationMethod method, List<float[]> samples) {
    List<Map<String, TFloat32>> feeds = new ArrayList<>();
    for (float[] values : samples) {
      feeds.add(
          Map.of("image", TFloat32.tensorOf(Shape.of(values.length, 1), DataBuffers.of(values))));
    }
    try {
      return Calibration.run(IDENTITY, List.of(TensorRef.of("image")), method, feeds)
          .getOrDefault(TensorRef.of("image"), Range.ZERO);
    } finally {
      feeds.forEach(feed -> feed.values().forEach(TFloat32::close));
    }
  }

  private static float[] all(List<float[]> samples) {
    float[] all = new float[samples.size() * SIZE];
    for (int i = 0; i < samples.size(); i++) {
      System.arraycopy(samples.get(i), 0, all, i * SIZE, SIZE);
    }
    return all;
  }

  /** The mean squared error of 8-bit rounding. */
  private static double error(float[] values, Range range) {
    double scale = (range.max() - range.min()) / 255.0;
    double zeroPoint = Math.rint(-range.min() / scale);
    double sum = 0;
    for (float value : values) {
      double level = Math.max(0, Math.min(255, Math.rint(value / scale) + zeroPoint));
      double difference = value - (level - zeroPoint) * scale;
      sum += difference * difference;
    }
    return sum / values.length;
  }

  static List<CalibrationMethod> methods() {
    return List.of(
        CalibrationMethod.minMax(),
        CalibrationMethod.movingAverage(0.9),
        CalibrationMethod.percentile(0.999),
        CalibrationMethod.entropy(),
        CalibrationMethod.meanSquaredError());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void range_hasZero_andIsNotWiderThanWhatWasSeen(CalibrationMethod method) {
    for (boolean nonNegative : new boolean[] {true, false}) {
      List<float[]> samples = longTailed(nonNegative);
      Range seen = Range.of(all(samples));
      Range range = range(method, samples);
      assertTrue(range.min() <= 0 && range.max() > 0, range.toString());
      assertTrue(range.min() >= seen.min() && range.max() <= seen.max(), range + " of " + seen);
      assertTrue(!nonNegative || range.min() == 0, range.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void zerosAlone_haveTheRangeOfZero(CalibrationMethod method) {
    assertEquals(Range.ZERO, range(method, List.of(new float[SIZE], new float[SIZE])));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void zerosBeforeOtherValues_doNotMatterToHistograms(CalibrationMethod method) {
    Range range = range(method, List.of(new float[SIZE], longTailed(true).get(0)));
    assertTrue(range.max() > 0, range.toString());
  }

  @Test
  void movingAverage_followsItsFormula() {
    Range range =
        range(
            CalibrationMethod.movingAverage(0.9),
            List.of(new float[] {-1, 2}, new float[] {-3, 4}, new float[] {5, 6}));
    // -1, then -1 - 0.2, then towards 0.
    assertEquals(-1.2 * 0.9, range.min(), 1e-6);
    assertEquals(2.2 + 0.1 * (6 - 2.2), range.max(), 1e-6);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.9, 0.99, 0.999, 0.9999, 1})
  void percentile_isThatOfASort(double share) {
    List<float[]> samples = longTailed(false);
    float[] sorted = all(samples);
    Arrays.sort(sorted);
    int cut = (int) Math.floor(sorted.length * (1 - share));
    float bin = 2 * Math.max(-sorted[0], sorted[sorted.length - 1]) * 2 / Histogram.BINS;
    Range range = range(CalibrationMethod.percentile(share), samples);
    assertEquals(sorted[cut], range.min(), bin);
    assertEquals(sorted[sorted.length - 1 - cut], range.max(), bin);
  }

  @Test
  void meanSquaredError_isNoWorseThanAGridOfRanges() {
    for (boolean nonNegative : new boolean[] {true, false}) {
      List<float[]> samples = longTailed(nonNegative);
      float[] values = all(samples);
      Range seen = Range.of(values);
      Range range = range(CalibrationMethod.meanSquaredError(), samples);
      double best = Double.POSITIVE_INFINITY;
      for (int i = 1; i <= 40; i++) {
        Range candidate = new Range(seen.min() * i / 40, seen.max() * i / 40);
        best = Math.min(best, error(values, candidate));
      }
      assertTrue(error(values, range) <= best * 1.02, error(values, range) + " against " + best);
      assertTrue(error(values, range) < error(values, seen), "no better than min-max");
    }
  }

  @Test
  void entropy_cutsOffALongTail_andKeepsAnEvenDistribution() {
    Range seen = Range.of(all(longTailed(true)));
    Range tail = range(CalibrationMethod.entropy(), longTailed(true));
    assertTrue(tail.max() < seen.max() / 2, tail + " of " + seen);
    assertTrue(tail.max() > 2, tail + " cuts into the bulk");
    float[] even = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      even[i] = (float) i / SIZE;
    }
    assertEquals(1, range(CalibrationMethod.entropy(), List.of(even)).max(), 0.02);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void samplesCutOtherwise_giveTheSameRange_unlessTheOrderCounts(CalibrationMethod method) {
    if (method.toString().startsWith("moving")) {
      return;
    }
    List<float[]> samples = longTailed(false);
    Range range = range(method, samples);
    Range joined = range(method, List.of(all(samples)));
    // The bins of the first sample's width, doubled, are not those of all samples' width.
    // The bins of the first sample's width, doubled, are not those of all samples' width; and the
    // divergence hardly changes over a wide stretch of the tail.
    float share = method.toString().equals("entropy") ? 0.4f : 0.05f;
    assertEquals(joined.max(), range.max(), share * joined.max());
    assertEquals(joined.min(), range.min(), share * -joined.min());
  }

  @Test
  void histogram_thatWidens_losesNoValue() {
    Histogram histogram = new Histogram();
    histogram.see(-1, 1);
    int[] counts = new int[Histogram.BINS];
    counts[0] = 3;
    counts[Histogram.BINS - 1] = 4;
    counts[Histogram.BINS / 2] = 5;
    histogram.add(counts);
    histogram.see(0, 7);
    assertEquals(8, histogram.limit());
    assertEquals(12, histogram.total());
    long total = 0;
    double sum = 0;
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      total += histogram.count(bin);
      sum += histogram.count(bin) * histogram.center(bin);
    }
    assertEquals(12, total);
    assertEquals(1, sum, 12 * histogram.width());
  }

  @Test
  void calibrate_withAnyMethod_answersWithAQuantizedModel() {
    for (CalibrationMethod method : methods()) {
      GraphModel model =
          PostTrainingQuantization.builder()
              .calibration(method)
              .build()
              .calibrate(
                  TestLayers.residual(Kind.RESOURCE),
                  List.of(
                      Map.of(
                          "image",
                          TFloat32.tensorOf(
                              Shape.of(2, 8, 8, 3), DataBuffers.of(new float[2 * 8 * 8 * 3])))))
              .model();
      assertTrue(
          model.graphDef().getNodeList().stream()
              .anyMatch(node -> node.getName().equals("logits/BiasAdd/fake_quant")),
          method.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0, -1, 1.01, Double.NaN})
  void percentile_outOfRange_isRefused(double share) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> CalibrationMethod.percentile(share))
            .getMessage();
    assertTrue(message.contains("(0.5, 1], not " + share), message);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void decay_outOfRange_isRefused(double decay) {
    assertThrows(IllegalArgumentException.class, () -> CalibrationMethod.movingAverage(decay));
  }
}
