package org.tfmot.examples.sparse;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.tfmot.api.GraphModel;
import org.tfmot.api.NativeLogs;
import org.tfmot.api.Technique;
import org.tfmot.examples.report.VariantResult.Latency;
import org.tfmot.examples.resnetcifar.Latencies;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.officialmodels.vision.Normalization;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Measures inference with sparse weights: a network of separable convolutions, pruned by the
 * latency policy, and ResNet-20, pruned everywhere; each as a dense and as a sparse file, all timed
 * in turns. Weights are random: only size and time are of interest.
 */
@Command(
    name = "sparse-inference-benchmark",
    mixinStandardHelpOptions = true,
    description = "Compares sparse with dense inference through XNNPACK, on one thread.")
public final class SparseInferenceBenchmark implements Callable<Integer> {

  private static final double[] SPARSITIES = {0.5, 0.75, 0.9};

  @Option(
      names = "--side",
      description =
          "of the separable network's images, a multiple of 16; default: ${DEFAULT-VALUE}")
  private int side = 112;

  @Option(names = "--runs", description = "of each file; default: ${DEFAULT-VALUE}")
  private int runs = 350;

  @Option(
      names = "--without-avx",
      description = "as on an x86 processor without AVX, where XNNPACK computes sparsely")
  private boolean withoutAvx;

  /** Runs the benchmark. */
  public static void main(String[] args) {
    NativeLogs.quiet();
    System.exit(new CommandLine(new SparseInferenceBenchmark()).execute(args));
  }

  @Override
  public Integer call() {
    if (side < 16 || side % 16 != 0 || runs < 1) {
      throw new ParameterException(
          new CommandLine(this),
          "a side that is a multiple of 16 and at least 1 run are needed, not %d and %d"
              .formatted(side, runs));
    }
    if (withoutAvx) {
      WithoutAvx.pretend();
    }
    List<Pair> pairs = new ArrayList<>();
    GraphModel separable = SeparableNet.model(side);
    GraphModel residual =
        CifarResNet.build(20, 10, new Normalization(new float[3], new float[] {1, 1, 1}), 1)
            .toInference();
    for (double sparsity : SPARSITIES) {
      pairs.add(
          Pair.of(
              "separable", sparsity, separable, Pruning.builder().forLatency().oneShot(sparsity)));
    }
    for (double sparsity : SPARSITIES) {

      pairs.add(Pair.of("ResNet-20", sparsity, residual, Pruning.builder().oneShot(sparsity)));
    }
    print(pairs);
    return 0;
  }

  private void print(List<Pair> pairs) {
    Map<String, TfLiteModel> files = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      files.put(pair.name() + " dense", pair.dense());
      files.put(pair.name() + " sparse", pair.sparse());
    }
    Map<String, Latency> latencies = new Latencies(runs).measure(files, 1);
    System.out.println(
        "| model | zeros | dense kB | sparse kB | ratio | gzipped | gzipped sparse | dense us"
            + " | sparse us | ratio | largest difference |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
    for (Pair pair : pairs) {
      double dense = latency(latencies, pair.name() + " dense");
      double sparse = latency(latencies, pair.name() + " sparse");
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f %% | %.1f | %.1f | %.3f | %.1f | %.1f | %.1f | %.1f | %.2f | %.1e |%n",
          pair.name(),
          100 * pair.dense().zeroFraction(),
          pair.dense().size() / 1e3,
          pair.sparse().size() / 1e3,
          (double) pair.sparse().size() / pair.dense().size(),
          pair.dense().gzipSize() / 1e3,
          pair.sparse().gzipSize() / 1e3,
          dense,
          sparse,
          sparse / dense,
          difference(pair));
    }
  }

  private static double latency(Map<String, Latency> latencies, String name) {
    Latency latency = latencies.get(name);
    if (latency == null) {
      throw new IllegalStateException(name + " was not timed");
    }
    return latency.medianMicros();
  }

  /** Returns the difference of the two files' outputs, for images of random pixels in [0, 1). */
  private static double difference(Pair pair) {
    int input = pair.dense().inputs().values().iterator().next();
    long pixels = pair.dense().tensors().get(input).elementCount();
    float[] image = new float[Math.toIntExact(pixels)];
    Random random = new Random(1);
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat();
    }
    double largest = 0;
    try (TfLiteInterpreter dense = TfLiteInterpreter.open(pair.dense());
        TfLiteInterpreter sparse = TfLiteInterpreter.open(pair.sparse())) {
      float[] expected = dense.run(image, 1);
      float[] actual = sparse.run(image, 1);
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i] - actual[i]));
      }
    }
    return largest;
  }

  /**
   * One pruned model as two files.
   *
   * @param name of model and sparsity
   * @param dense all weights with their zeros
   * @param sparse weights without them
   */
  private record Pair(String name, TfLiteModel dense, TfLiteModel sparse) {

    static Pair of(String model, double sparsity, GraphModel graph, Technique pruning) {
      GraphModel pruned = pruning.apply(graph).model();
      return new Pair(
          "%s, %.0f %%".formatted(model, 100 * sparsity),
          TfLiteConverter.of(pruned).convert(),
          TfLiteConverter.of(pruned).sparse().convert());
    }
  }
}
