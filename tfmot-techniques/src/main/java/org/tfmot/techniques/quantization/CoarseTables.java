package org.tfmot.techniques.quantization;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.quantization.Calibration.Observation;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.KernelTable;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;

/**
 * Finds functions whose {@link KernelTable} of 16 bits is wrong by more than a step of 8 bits,
 * since its entries lie too far from each other for the values that it is read for. The simulation
 * computes the function itself.
 */
final class CoarseTables {

  private static final double MOST = 1.0 / 256;

  private final GraphEditor quantized;
  private final Map<TensorRef, Observation> observed;

  private CoarseTables(GraphEditor quantized, Map<TensorRef, Observation> observed) {
    this.quantized = quantized;
    this.observed = observed;
  }

  /**
   * Returns by how much of its largest result each such function is wrong.
   *
   * @param quantized a model with simulated quantization
   * @param observed the values of its tensors in samples
   */
  static Map<String, Double> find(
      QuantizationPlan plan, GraphEditor quantized, Map<TensorRef, Observation> observed) {
    CoarseTables tables = new CoarseTables(quantized, observed);
    Map<String, Double> errors = new LinkedHashMap<>();
    for (Entry entry : plan.applied()) {
      NodeDef node = quantized.find(entry.operation());
      double error = node == null ? 0 : tables.error(node);
      if (error > MOST) {
        errors.put(entry.operation(), error);
      }
    }
    return errors;
  }

  /** Returns a share in words. */
  static String percent(double error) {
    return error > 0.05 ? "more than 5 %" : String.format(Locale.ROOT, "%.1g %%", 100 * error);
  }

  private double error(NodeDef node) {
    TensorRef tensor = TensorRef.of(node.getName());
    NodeDef output = quantized.find(ActivationPoint.quantizer(tensor));
    NodeDef input = output == null ? null : Patterns.quantizer(quantized, node, 0);
    Observation seen = observed.get(tensor);
    if (output == null || input == null || seen == null || !isWide(input) || !isWide(output)) {
      return 0;
    }
    double step = FakeQuant.step(quantized, output);
    double most = Math.min(seen.range().max(), step * Short.MAX_VALUE);
    KernelTable table = KernelTable.of(node.getOp(), FakeQuant.step(quantized, input), step);
    if (table == null || most <= 0) {
      return 0;
    }
    double end = FakeQuant.step(quantized, input) * Short.MAX_VALUE;
    boolean root = node.getOp().equals("Rsqrt");
    double low = root ? 1 / (most * most) : -end;
    double high = root ? end : Math.min(end, Math.log(most));
    return table.error(low, high) * step / most;
  }

  private static boolean isWide(NodeDef quantizer) {
    return FakeQuant.bits(quantizer) > QuantizerSpec.BITS;
  }
}
