package org.tfmot.techniques.quantization.plan;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.functions.ParametricRelu;
import org.tfmot.techniques.functions.ScalarFunction;
import org.tfmot.techniques.functions.ScalarFunctions;

/**
 * Groups of operations that are quantized as one, by the names of their ends: only what flows in
 * and out of a group has a range.
 *
 * @param composites functions that the runtime has as one operation
 * @param relus ReLUs with a slope for each channel
 * @param functions what else is computed of one tensor element by element, which becomes a table
 */
record OperationGroups(
    Map<String, Composite> composites,
    Map<String, ParametricRelu> relus,
    Map<String, ScalarFunction> functions) {

  static final OperationGroups NONE = new OperationGroups(Map.of(), Map.of(), Map.of());

  /**
   * Finds the groups of a graph; an operation is in one at most.
   *
   * @param selector what is not selected is in no table
   */
  static OperationGroups find(GraphEditor graph, DataFlow flow, LayerSelector selector) {
    Set<String> taken = new HashSet<>();
    Map<String, Composite> composites = flow.composites();
    composites.forEach(
        (end, composite) -> {
          taken.add(end);
          composite.inner().forEach(inner -> taken.add(inner.getName()));
        });
    Surroundings surroundings = new Surroundings(flow, selector, taken);
    Map<String, ParametricRelu> relus = new LinkedHashMap<>();
    for (NodeDef node : flow.operations()) {
      ParametricRelu relu = ParametricRelu.at(graph, node, surroundings);
      if (relu != null && Patterns.isFloat(node)) {
        relus.put(relu.end(), relu);
        taken.add(relu.end());
        taken.addAll(relu.inner());
      }
    }
    return new OperationGroups(
        composites, relus, ScalarFunctions.find(graph, flow.operations(), surroundings));
  }

  /**
   * Says of which operations functions of one tensor may consist.
   *
   * @param taken the operations of other groups
   */
  private record Surroundings(DataFlow flow, LayerSelector selector, Set<String> taken)
      implements ScalarFunctions.Surroundings {

    @Override
    public boolean mayContain(NodeDef node) {
      return flow.isOperation(node.getName())
          && !flow.isConditional(node)
          && selector.selects(node.getName(), node.getOp())
          && !taken.contains(node.getName());
    }

    @Override
    public boolean isNumber(NodeDef node, int input) {
      return flow.isScalar(node, input);
    }

    @Override
    public boolean isConstant(NodeDef node, int input) {
      return !flow.isDynamic(node, input);
    }

    @Override
    public boolean isUsedOutside(TensorRef tensor, Set<String> nodes) {
      return flow.isUsedOutside(tensor, nodes);
    }
  }
}
