package org.tfmot.examples.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.tfmot.examples.report.TrainingCurve.Point;
import org.tfmot.examples.report.VariantResult.Latency;

/** A made-up comparison of plausible size, for tests of the report only. */
final class Samples {
  static final List<String> NAMES =
      List.of("float", "ptq-dynamic", "ptq-int8", "qat-int8", "pruned-75", "pruned-75-qat-int8");

  private static final List<LayerSummary> LAYERS = layers();

  private Samples() {}

  static RunEnvironment environment() {
    return new RunEnvironment(
        "Example CPU 3000", 2, "17.0.15 (Example)", "2.18.0", "2.18.0", "native (AVX2)");
  }

  static VariantResult variant(String name, double top1, long bytes, long gzip, double micros) {
    Latency one = new Latency(micros, 0.97 * micros, 1.11 * micros);
    return new VariantResult(
        name, top1, 10_000, bytes, gzip, 0.001, one, null, null, Path.of(name + ".tflite"), "-");
  }

  static ComparisonReport.Builder small() {
    return ComparisonReport.builder("ResNet-20 on CIFAR-10")
        .environment(environment())
        .variant(variant("float", 0.9125, 1_083_400, 1_002_300, 2000))
        .variant(variant("qat-int8", 0.9083, 301_200, 240_100, 620));
  }

  /** Six variants with curves, layers and a skipped operation. */
  static ComparisonReport.Builder full() {
    double[] top1 = {0.9148, 0.9145, 0.9112, 0.9131, 0.9069, 0.9041};
    long[] bytes = {1_089_412, 301_552, 312_904, 313_016, 1_089_412, 313_016};
    long[] gzip = {1_006_210, 238_190, 248_800, 247_600, 361_700, 118_300};
    double[] zeros = {0, 0.012, 0.013, 0.012, 0.746, 0.751};
    double[] micros = {2480, 1490, 702, 698, 2466, 705};
    ComparisonReport.Builder builder =
        ComparisonReport.builder("ResNet-20 on CIFAR-10: float against optimized")
            .environment(environment());
    for (int v = 0; v < NAMES.size(); v++) {
      boolean int8 = NAMES.get(v).endsWith("int8");
      builder.variant(
          new VariantResult(
              NAMES.get(v),
              top1[v],
              10_000,
              bytes[v],
              gzip[v],
              zeros[v],
              new Latency(micros[v], 0.98 * micros[v], 1.09 * micros[v]),
              new Latency(0.6 * micros[v], 0.58 * micros[v], 0.71 * micros[v]),
              int8 ? 0.9941 : null,
              Path.of("models", NAMES.get(v) + ".tflite"),
              v < 3 ? "shipped checkpoint, no training" : "300 steps, lr 0.01, batch 128"));
    }
    builder.curve(curve("float", 64_000, 391, 2.1, 0.09, 0.35, 0.913));
    for (String name : List.of("qat-int8", "pruned-75", "pruned-75-qat-int8")) {
      builder.curve(curve(name, 300, 1, 0.14, 0.06, 0.88, 0.909));
    }
    LAYERS.forEach(builder::layer);
    builder.skipped(
        new SkippedOp("qat-int8", "resnet20/head/Softmax", "Softmax", "no quantized pattern"));
    return builder;
  }

  private static TrainingCurve curve(
      String name, int last, int every, double from, double to, double low, double high) {
    Random random = new Random(name.hashCode());
    List<Point> loss = new ArrayList<>();
    List<Point> top1 = new ArrayList<>();
    for (int step = every; step <= last; step += every) {
      double decay = Math.exp(-4.0 * step / last);
      loss.add(new Point(step, (to + (from - to) * decay) * (1 + 0.12 * random.nextGaussian())));
      if (step / every % Math.max(1, last / every / 12) == 0) {
        top1.add(new Point(step, high - (high - low) * decay + 0.002 * random.nextGaussian()));
      }
    }
    return new TrainingCurve(name, loss, top1);
  }

  private static List<LayerSummary> layers() {
    List<LayerSummary> layers = new ArrayList<>();
    int[] widths = {16, 32, 64};
    for (int v = 0; v < NAMES.size(); v++) {
      String name = NAMES.get(v);
      Random random = new Random(7);
      layers.add(layer(name, "resnet20/stem/conv/kernel", random, 3, 3, 3, 16));
      for (int stage = 0; stage < 3; stage++) {
        for (int conv = 0; conv < 6; conv++) {
          int in = conv == 0 && stage > 0 ? widths[stage - 1] : widths[stage];
          String tensor =
              "resnet20/stage" + (stage + 1) + "/block" + conv / 2 + "/conv" + conv % 2 + "/kernel";
          layers.add(layer(name, tensor, random, 3, 3, in, widths[stage]));
        }
      }
      layers.add(layer(name, "resnet20/head/dense/kernel", random, 64, 10));
    }
    return layers;
  }

  private static LayerSummary layer(
      String variant, String tensor, Random random, Integer... shape) {
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    double deviation = Math.sqrt(2.0 * shape[shape.length - 1] / values.length);
    float limit = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
      limit = Math.max(limit, Math.abs(values[i]));
    }
    boolean prune = variant.startsWith("pruned") && !tensor.contains("dense");
    for (int i = 0; i < values.length; i++) {
      if (prune && Math.abs(values[i]) < 1.15 * deviation) {
        values[i] = 0;
      }
      if (variant.contains("int8") || variant.contains("dynamic")) {
        values[i] = Math.round(values[i] / limit * 127) * limit / 127;
      }
    }
    return LayerSummary.of(variant, tensor, List.of(shape), values);
  }
}
