package org.tfmot.techniques.quantization;

import java.util.List;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.graph.GraphEditor;

/**
 * Which tensors of a graph to quantize.
 *
 * @param weights what does not depend on the model's inputs
 * @param activations what does
 * @param applied the operations that are quantized
 * @param skipped the operations that stay in float, and why
 */
record QuantizationPlan(
    List<WeightPoint> weights,
    List<ActivationPoint> activations,
    List<OptimizationReport.Entry> applied,
    List<OptimizationReport.Entry> skipped) {

  QuantizationPlan {
    weights = List.copyOf(weights);
    activations = List.copyOf(activations);
    applied = List.copyOf(applied);
    skipped = List.copyOf(skipped);
  }

  /** The weights of operations that a graph has: some are there in inference only, or no more. */
  List<WeightPoint> weightsIn(GraphEditor graph) {
    return weights.stream().filter(point -> graph.find(point.operation()) != null).toList();
  }
}
