package org.tfmot.examples.resnetcifar;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** How the techniques are applied to the ResNet, and how their results become files. */
final class VariantModels {

  private static final int PRUNING_FREQUENCY = 25;

  private VariantModels() {}

  /** The model to train so that 75 % of its weights become zero. */
  static Optimized pruned(GraphModel model, Recipe recipe) {
    PolynomialDecay schedule =
        PolynomialDecay.builder()
            .to(Plan.SPARSITY)
            .steps(0, pruningEnd(recipe))
            .frequency(PRUNING_FREQUENCY)
            .build();
    return Pruning.builder()
        .schedule(schedule)
        .select(LayerSelector.layers().except(Plan.DENSE_LAYERS.toArray(String[]::new)))
        .build()
        .apply(model);
  }

  /** What {@link #pruned} does beside the graph. */
  static String pruningSettings(Recipe recipe) {
    return "to %s by step %d, every %d"
        .formatted(Plan.SPARSITY, pruningEnd(recipe), PRUNING_FREQUENCY);
  }

  /** The integer file; only what quantization says it leaves in float may be in float. */
  static TfLiteModel integer(GraphModel simulated, List<OptimizationReport> reports) {
    OptimizationReport quantization = reports.get(reports.size() - 1);
    Set<String> inFloat = new TreeSet<>();
    quantization.skipped().forEach(e -> inFloat.add(e.operation()));
    return TfLiteConverter.of(simulated).int8().allowFloat(inFloat).convert();
  }

  private static long pruningEnd(Recipe recipe) {
    return Math.round(recipe.steps() * Plan.PRUNING_SHARE);
  }
}
