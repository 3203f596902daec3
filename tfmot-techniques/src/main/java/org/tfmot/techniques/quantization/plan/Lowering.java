package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.CompositeForms;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.quantization.plan.BatchNormFolding.Folded;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Puts what a plan quantizes in words for which the runtime has integer operations: batch norm is
 * folded or becomes a depthwise convolution, a division by a number a product, a square a product,
 * and a composite function takes the one form that the converter knows. What an operation computes
 * has the same name afterwards, and the same value but for float's rounding.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Lowering {

  private final ModelEditor model;
  private final DataFlow flow;
  private final Set<String> quantized;
  private final Set<String> reported = new HashSet<>();
  private final Map<String, TensorProto> values;
  private final List<NodeDef> norms = new ArrayList<>();
  private final List<NodeDef> divisions = new ArrayList<>();

  private Lowering(GraphModel folded, QuantizationPlan plan) {
    model = new ModelEditor(folded);
    flow = new DataFlow(model);
    quantized = plan.applied().stream().map(Entry::operation).collect(Collectors.toSet());
    reported.addAll(quantized);
    plan.skipped().forEach(entry -> reported.add(entry.operation()));
    List<String> tensors = new ArrayList<>();
    for (NodeDef node : flow.operations()) {
      if (!quantized.contains(node.getName())) {
        continue;
      }
      if (StandaloneBatchNorm.fits(flow, node)) {
        norms.add(node);
        tensors.addAll(node.getInputList().subList(1, 5));
      } else if (Patterns.isDivision(node) && flow.isNumber(node, 1)) {
        divisions.add(node);
        tensors.add(node.getInput(1));
      }
    }
    values = StaticTensors.evaluate(folded, tensors);
  }

  /**
   * Lowers a model in inference mode.
   *
   * @throws IllegalArgumentException if a batch norm normalizes with the batch's statistics
   */
  public static Folded lower(GraphModel inference, QuantizationPlan plan) {
    Folded folded = BatchNormFolding.fold(inference);
    Lowering lowering = new Lowering(folded.model(), plan);
    lowering.lower();
    return new Folded(lowering.model.build(), folded.scales());
  }

  private void lower() {
    Map<String, Composite> composites = flow.composites();
    for (NodeDef node : flow.operations()) {
      if (node.getOp().equals("Square") && quantized.contains(node.getName())) {
        replaceByProduct(node.getName(), node.getInput(0), node.getInput(0));
      }
    }
    norms.forEach(
        norm -> StandaloneBatchNorm.replace(model, norm, NormFactors.of(norm, this::floats)));
    composites.values().stream()
        .filter(this::isPlanned)
        .forEach(composite -> CompositeForms.write(model.graph(), composite));
    for (NodeDef division : divisions) {
      Composite composite = composites.get(division.getName());
      if (composite == null || !isPlanned(composite)) {
        divide(division);
      }
    }
  }

  /** Returns whether a plan quantizes a function as one operation, and not each in it. */
  private boolean isPlanned(Composite composite) {
    return quantized.contains(composite.end().getName())
        && composite.inner().stream().noneMatch(inner -> reported.contains(inner.getName()));
  }

  private void divide(NodeDef node) {
    float[] reciprocal = floats(node.getInput(1));
    reciprocal[0] = 1 / reciprocal[0];
    Shape shape = TensorProtos.shape(value(node.getInput(1)));
    String factor =
        model.addConstant(node.getName() + "/reciprocal", TensorProtos.floats(shape, reciprocal));
    replaceByProduct(node.getName(), node.getInput(0), factor);
  }

  private void replaceByProduct(String name, String left, String right) {
    model
        .graph()
        .replace(
            NodeBuilder.op("Mul", name).inputs(left, right).attr("T", DataType.DT_FLOAT).build());
  }

  private float[] floats(String tensor) {
    return TensorProtos.toFloats(value(tensor));
  }

  private TensorProto value(String tensor) {
    return Objects.requireNonNull(values.get(tensor));
  }
}
