package org.tfmot.examples.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.examples.report.TrainingCurve.Point;
import org.tfmot.examples.report.VariantResult.Latency;

class ReportValuesTest {
  private static final Latency MICROS = new Latency(10, 9, 12);

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -0.01, 1.01, 91.25, Double.POSITIVE_INFINITY})
  void variant_top1OutsideTheUnitInterval_namesVariantAndValue(double top1) {
    assertRefused("top1 of variant qat-int8 is " + top1, () -> variant(top1, 0.5, null, "a"));
  }

  @Test
  void variant_otherFractionsOutOfRange_areNamed() {
    assertRefused("zeroFraction of variant", () -> variant(0.5, Double.NaN, null, "a"));
    assertRefused("agreement of variant", () -> variant(0.5, 0.5, 99.1, "a"));
  }

  @Test
  void variant_absoluteFile_isRefused() {
    String absolute = Path.of("a").toAbsolutePath().toString();
    assertRefused("relative to the folder of the report", () -> variant(0.5, 0, null, absolute));
  }

  @Test
  void variant_nothingMeasured_isRefused() {
    Path file = Path.of("a");
    assertRefused(
        "testImages of variant v",
        () -> new VariantResult("v", 0, 0, 1, 1, 0, MICROS, null, null, file, "r"));
    assertRefused(
        "tfliteBytes of variant v",
        () -> new VariantResult("v", 0, 1, 0, 1, 0, MICROS, null, null, file, "r"));
    assertRefused(
        "gzipBytes of variant v",
        () -> new VariantResult("v", 0, 1, 1, -1, 0, MICROS, null, null, file, "r"));
  }

  @Test
  void variant_nameThatBreaksTheTable_isRefused() {
    assertRefused("control character U+000A", () -> Samples.variant("a\nb", 0.5, 1, 1, 1));
    assertRefused("control character U+001B", () -> Samples.variant("\u001b[2J", 0.5, 1, 1, 1));
    assertRefused("name of a variant is empty", () -> Samples.variant(" ", 0.5, 1, 1, 1));
  }

  @Test
  void latency_notOrderedOrNotPositive_isRefused() {
    assertRefused("out of order", () -> new Latency(10, 11, 12));
    assertRefused("out of order", () -> new Latency(10, 9, 9.5));
    assertRefused("median latency", () -> new Latency(Double.NaN, 9, 12));
    assertRefused("p10 latency", () -> new Latency(10, 0, 12));
  }

  @Test
  void curve_badPoints_areRefusedWithTheirStep() {
    Point good = new Point(1, 0.5);
    assertRefused("curve c has no loss", () -> new TrainingCurve("c", List.of(), List.of(good)));
    assertRefused(
        "loss of c at step 2 is NaN",
        () -> new TrainingCurve("c", List.of(good, new Point(2, Double.NaN)), List.of()));
    assertRefused(
        "top1 of c at step 7 is 91.0",
        () -> new TrainingCurve("c", List.of(good), List.of(new Point(7, 91))));
    assertRefused(
        "1 follows 1", () -> new TrainingCurve("c", List.of(good, new Point(1, 0.4)), List.of()));
  }

  @Test
  void curveAverage_keepsTheMeanAndTheLastStep() {
    List<Point> points =
        List.of(
            new Point(1, 1), new Point(2, 3), new Point(3, 5), new Point(4, 7), new Point(5, 2));
    assertEquals(
        List.of(new Point(2, 2), new Point(4, 6), new Point(5, 2)), CurveChart.averaged(points, 3));
    assertEquals(points, CurveChart.averaged(points, 5));
  }

  @Test
  void layer_knownValues_areCounted() {
    LayerSummary layer =
        LayerSummary.of("float", "k", List.of(2, 3), new float[] {-2, 0, -0.0f, 0.01f, 2, 2});
    assertEquals(2.0 / 6, layer.sparsity());
    assertEquals(4, layer.distinctValues());
    assertEquals(42, layer.binEdges().size());
    assertEquals(-2, layer.binEdges().get(0));
    assertEquals(2, layer.binEdges().get(41));
    assertEquals(1, layer.counts().get(0));
    assertEquals(1, layer.counts().get(20), "the middle bin is centred at zero");
    assertEquals(2, layer.counts().get(40), "the maximum is in the last bin");
    assertEquals(4, layer.counts().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void layer_allZeros_hasAnEmptyHistogram() {
    LayerSummary layer = LayerSummary.of("float", "k", List.of(3), new float[3]);
    assertEquals(1, layer.sparsity());
    assertEquals(1, layer.distinctValues());
    assertEquals(0, layer.counts().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void layer_badValues_areRefused() {
    assertRefused(
        "k has shape [2, 2] but 3 values",
        () -> LayerSummary.of("float", "k", List.of(2, 2), new float[3]));
    assertRefused(
        "value 1 of k in float is NaN",
        () -> LayerSummary.of("float", "k", List.of(2), new float[] {1, Float.NaN}));
    assertRefused(
        "2 edges and 2 counts",
        () -> new LayerSummary("v", "k", List.of(1), 0, 1, List.of(0., 1.), List.of(1L, 1L)));
    assertRefused(
        "must increase",
        () -> new LayerSummary("v", "k", List.of(1), 0, 1, List.of(1., 1.), List.of(1L)));
    assertRefused(
        "negative: -1",
        () -> new LayerSummary("v", "k", List.of(1), 0, 1, List.of(0., 1.), List.of(-1L)));
  }

  @Test
  void shortNames_dropOnlyWhatAllShare() {
    assertEquals(
        Map.of("net/a/kernel", "a", "net/b/c/kernel", "b/c"),
        LayerCharts.shortNames(List.of("net/a/kernel", "net/b/c/kernel")));
    assertEquals(Map.of("net/a", "a"), LayerCharts.shortNames(List.of("net/a")));
    assertEquals(Map.of("a", "a", "a/a", "a/a"), LayerCharts.shortNames(List.of("a", "a/a")));
  }

  @Test
  void axis_holdsItsValuesBetweenRoundTicks() {
    Axis kilobytes = Axis.holding(0, 1089, 5);
    assertEquals(
        List.of("0", "200", "400", "600", "800", "1,000", "1,200"),
        kilobytes.ticks().stream().map(kilobytes::label).toList());
    Axis axis = Axis.holding(0.1, 0.3, 2);
    assertEquals(List.of("0.1", "0.2", "0.3"), axis.ticks().stream().map(axis::label).toList());
    for (double value : new double[] {0, 5, -3, 1e-9, 1e9}) {
      Axis one = Axis.holding(value, value, 4);
      assertTrue(one.min() < value && value < one.max(), one.toString());
    }
  }

  @Test
  void current_describesThisProcess() {
    RunEnvironment here = RunEnvironment.current("2.18.0", "2.18.0", "native (AVX2)");
    assertEquals(Runtime.getRuntime().availableProcessors(), here.cores());
    assertTrue(here.jdk().startsWith(System.getProperty("java.version")));
    assertFalse(here.cpu().isBlank());
  }

  @Test
  void cpu_isReadFromTheFirstModelName(@TempDir Path folder) throws IOException {
    Path info = folder.resolve("cpuinfo");
    Files.writeString(info, "processor: 0\nmodel name\t: Some  CPU @ 2\nmodel name\t: Other\n");
    assertEquals("Some CPU @ 2", RunEnvironment.cpu(info));
    Files.writeString(info, "model name\t:\n");
    String architecture = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assertEquals(architecture, RunEnvironment.cpu(info));
    assertEquals(architecture, RunEnvironment.cpu(folder.resolve("missing")));
  }

  private static VariantResult variant(
      double top1, double zeros, @Nullable Double agreement, String file) {
    return new VariantResult(
        "qat-int8", top1, 10, 1, 1, zeros, MICROS, null, agreement, Path.of(file), "recipe");
  }

  private static void assertRefused(String message, Executable call) {
    String actual = String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    assertTrue(actual.contains(message), actual);
  }
}
