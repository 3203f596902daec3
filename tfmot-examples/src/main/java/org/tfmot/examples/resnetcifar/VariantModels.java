package org.tfmot.examples.resnetcifar;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Applies techniques to the ResNet and converts the results. */
final class VariantModels {

  private static final int PRUNING_FREQUENCY = 25;

  private VariantModels() {}

  /** Applies the last step of a variant to what it is made from. */
  static Optimized apply(Variant variant, Optimized base, Recipe recipe) {
    return switch (variant.how()) {
      case PRUNED -> pruning(variant, recipe).apply(base);
      case CLUSTERED -> Clustering.builder().clusters(clusters(variant)).build().apply(base);
      case QUANTIZED -> QuantizationAwareTraining.create().apply(base);
      default -> throw new IllegalArgumentException(variant + " is not trained");
    };
  }

  private static Pruning pruning(Variant variant, Recipe recipe) {
    PolynomialDecay schedule =
        PolynomialDecay.builder()
            .to(sparsity(variant))
            .steps(0, pruningEnd(recipe))
            .frequency(PRUNING_FREQUENCY)
            .build();
    return Pruning.builder()
        .schedule(schedule)
        .pattern(pattern(variant))
        .select(LayerSelector.layers().except(Plan.DENSE_LAYERS.toArray(String[]::new)))
        .build();
  }

  /** Describes the settings of {@link #apply} that the graph does not show. */
  static String settings(Variant variant, Recipe recipe) {
    return variant.how() == Variant.How.PRUNED
        ? "%s to %s by step %d, every %d"
            .formatted(pattern(variant), sparsity(variant), pruningEnd(recipe), PRUNING_FREQUENCY)
        : "";
  }

  private static SparsityPattern pattern(Variant variant) {
    return switch (variant) {
      case PRUNED_2_BY_4 -> SparsityPattern.mByN(2, 4);
      // Layers differ in what they can do without, the more so the fewer weights are left.
      case PRUNED_75 -> SparsityPattern.global();
      default -> SparsityPattern.perTensor();
    };
  }

  private static double sparsity(Variant variant) {
    return switch (variant) {
      case PRUNED_50 -> Plan.HALF;
      case PRUNED_2_BY_4 -> 0.5;
      case PRUNED_75 -> Plan.SPARSITY;
      default -> throw new IllegalArgumentException(variant + " is not pruned");
    };
  }

  /** The number of different weights. */
  static int clusters(Variant variant) {
    return switch (variant) {
      case CLUSTERED_16, PRUNED_50_CLUSTERED_16, PRUNED_75_CLUSTERED_16 -> 16;
      case CLUSTERED_32 -> 32;
      default -> throw new IllegalArgumentException(variant + " is not clustered");
    };
  }

  /** The integer file; only what quantization says it leaves in float may be in float. */
  static TfLiteModel integer(GraphModel simulated, List<OptimizationReport> reports) {
    return converter(simulated, reports).int8().convert();
  }

  /** The integer file of a variant, which says how many bits activations have. */
  static TfLiteModel integer(
      Variant variant, GraphModel simulated, List<OptimizationReport> reports) {
    return variant.activationBits() == 16
        ? converter(simulated, reports).int16x8().convert()
        : integer(simulated, reports);
  }

  private static TfLiteConverter converter(GraphModel simulated, List<OptimizationReport> reports) {
    OptimizationReport quantization = reports.get(reports.size() - 1);
    Set<String> inFloat = new TreeSet<>();
    quantization.skipped().forEach(e -> inFloat.add(e.operation()));
    return TfLiteConverter.of(simulated).allowFloat(inFloat);
  }

  private static long pruningEnd(Recipe recipe) {
    return Math.round(recipe.steps() * Plan.PRUNING_SHARE);
  }
}
