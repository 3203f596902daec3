package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * The tensors of a graph to quantize.
 *
 * @param weights what does not depend on the model's inputs
 * @param activations what does
 * @param producers the quantized operation behind an activation that comes out of one
 * @param poles operations of what is quantized that have a pole where their input is 0
 * @param tables operations that 8 bits compute by a table of 256 values
 * @param applied the operations that are quantized
 * @param skipped the operations that stay in float, and why
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record QuantizationPlan(
    List<WeightPoint> weights,
    List<ActivationPoint> activations,
    Map<TensorRef, String> producers,
    List<String> poles,
    Set<String> tables,
    List<OptimizationReport.Entry> applied,
    List<OptimizationReport.Entry> skipped) {

  public QuantizationPlan {
    weights = List.copyOf(weights);
    activations = List.copyOf(activations);
    producers = Map.copyOf(producers);
    poles = List.copyOf(poles);
    tables = Set.copyOf(tables);
    applied = List.copyOf(applied);
    skipped = List.copyOf(skipped);
  }

  /** The weights of operations that a graph has: some are there in inference only, or no more. */
  public List<WeightPoint> weightsIn(GraphEditor graph) {
    return weights.stream().filter(point -> graph.find(point.operation()) != null).toList();
  }

  /** The operation that an activation belongs to: the one before what is fused, or its own node. */
  public String producer(TensorRef tensor) {
    return producers.getOrDefault(tensor, tensor.node());
  }

  /** The plan in which some activations are not quantized with what they are merged into. */
  public QuantizationPlan unmerged(Collection<TensorRef> tensors) {
    List<ActivationPoint> own = new ArrayList<>();
    List<ActivationPoint> others = new ArrayList<>();
    for (ActivationPoint point : activations) {
      if (point.merged() && tensors.contains(point.tensor())) {
        own.add(ActivationPoint.of(point.tensor(), point.nonNegative()));
      } else {
        others.add(point);
      }
    }
    own.addAll(others);
    return withActivations(own);
  }

  /** The plan without some activations, and without those that have their ranges. */
  public QuantizationPlan without(Collection<TensorRef> tensors) {
    List<ActivationPoint> kept =
        activations.stream().filter(point -> !tensors.contains(point.rangeOf())).toList();
    return withActivations(kept);
  }

  /** Returns the plan with other activations. */
  public QuantizationPlan withActivations(List<ActivationPoint> others) {
    return new QuantizationPlan(weights, others, producers, poles, tables, applied, skipped);
  }
}
