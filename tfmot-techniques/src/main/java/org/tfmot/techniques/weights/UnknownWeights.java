package org.tfmot.techniques.weights;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds the layers that read a weight in a way that the techniques do not know, be it by their type
 * or by what is between: a report must not pass over them.
 */
final class UnknownWeights {

  /** Types of variable besides float that could hold weights; only float ones are trainable. */
  private static final Set<DataType> FLOATS =
      Set.of(DataType.DT_HALF, DataType.DT_BFLOAT16, DataType.DT_DOUBLE);

  private final ModelEditor model;
  private final Set<String> layers = new HashSet<>();

  UnknownWeights(ModelEditor model, List<NodeDef> layers) {
    this.model = model;
    layers.forEach(layer -> this.layers.add(layer.getName()));
  }

  /**
   * Returns a weight of two dimensions or more that flows into a layer without passing another one,
   * such as through a transposition; null if there is none.
   */
  @Nullable Variable readBy(NodeDef layer) {
    GraphEditor graph = model.graph();
    Set<String> seen = new HashSet<>();
    Deque<NodeDef> open = new ArrayDeque<>(List.of(layer));
    while (!open.isEmpty()) {
      NodeDef node = open.pop();
      Variable weight = weight(node);
      if (weight != null) {
        return weight;
      }
      for (String input : node.getInputList()) {
        TensorRef tensor = TensorRef.parse(input);
        if (!tensor.isControl() && !layers.contains(tensor.node()) && seen.add(tensor.node())) {
          open.push(graph.node(tensor.node()));
        }
      }
    }
    return null;
  }

  private @Nullable Variable weight(NodeDef node) {
    if (!node.getOp().equals("VariableV2") && !node.getOp().equals("VarHandleOp")) {
      return null;
    }
    Variable variable = model.variable(node.getName());
    boolean weight =
        variable.shape().numDimensions() >= 2
            && (variable.trainable() || FLOATS.contains(variable.dtype()));
    return weight ? variable : null;
  }
}
