package org.tfmot.techniques.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Technique;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.LargeGraphs;

/** Prints how long techniques take on graphs of a size and of four times that size. */
public final class ApplyBenchmark {

  private static final int LAYERS = 280;
  private static final int FACTOR = 4;
  private static final int ROUNDS = 5;

  private ApplyBenchmark() {}

  /** Runs it. */
  public static void main(String[] args) {
    Map<String, Technique> techniques = new LinkedHashMap<>();
    techniques.put("pruning", pruning(SparsityPattern.perTensor()));
    techniques.put("pruning, global", pruning(SparsityPattern.global()));
    techniques.put("pruning, 2 zeros in every 4", pruning(SparsityPattern.zerosInEvery(2, 4)));
    techniques.put("clustering, 4", Clustering.builder().clusters(4).build());
    techniques.put("quantization-aware training", QuantizationAwareTraining.create());
    GraphModel small = LargeGraphs.layers(LAYERS);
    GraphModel large = LargeGraphs.layers(FACTOR * LAYERS);
    System.out.printf(
        Locale.ROOT,
        "%-30s %8d nodes %8d nodes   ratio%n",
        "median of " + ROUNDS + ", seconds",
        small.graphDef().getNodeCount(),
        large.graphDef().getNodeCount());
    techniques.forEach(
        (name, technique) -> {
          double less = median(technique, small);
          double more = median(technique, large);
          System.out.printf(
              Locale.ROOT, "%-30s %14.2f %14.2f   %5.1f%n", name, less, more, more / less);
        });
  }

  private static Technique pruning(SparsityPattern pattern) {
    return Pruning.builder().schedule(ConstantSparsity.of(0.5, 0)).pattern(pattern).build();
  }

  private static double median(Technique technique, GraphModel model) {
    technique.apply(model);
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      long start = System.nanoTime();
      technique.apply(model);
      seconds.add((System.nanoTime() - start) / 1e9);
    }
    return seconds.stream().sorted().toList().get(ROUNDS / 2);
  }
}
