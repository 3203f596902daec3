package org.tfmot.techniques.pruning;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;

/**
 * A trainable variable that can be pruned, and the nodes through which the graph reads it.
 *
 * @param variable the variable
 * @param reads its {@code ReadVariableOp}s, or for a {@code VariableV2} the {@code Identity} nodes
 *     behind it; never empty. Gradients are taken with respect to the first.
 */
record PrunableWeight(Variable variable, List<String> reads) {

  /** The weight behind a tensor, through what other techniques put there, or null. */
  static @Nullable PrunableWeight behind(ModelEditor model, String tensor) {
    GraphEditor graph = model.graph();
    NodeDef node = graph.producer(tensor);
    return switch (node.getOp()) {
      case "VariableV2" -> of(model, node);
      case "ReadVariableOp" -> {
        NodeDef handle = graph.input(node, 0);
        yield handle.getOp().equals("VarHandleOp") ? of(model, handle) : null;
      }
      case "Identity", "FakeQuantWithMinMaxVarsPerChannel", "FakeQuantWithMinMaxVars" ->
          behind(model, node.getInput(0));
      case "Mul" -> MaskNodes.isMasked(graph, node) ? behind(model, node.getInput(0)) : null;
      default -> null;
    };
  }

  private static @Nullable PrunableWeight of(ModelEditor model, NodeDef node) {
    Variable variable = model.variable(node.getName());
    if (!variable.trainable() || variable.dtype() != DataType.DT_FLOAT) {
      return null;
    }
    String reader = variable.kind() == Variable.Kind.RESOURCE ? "ReadVariableOp" : "Identity";
    List<String> reads =
        model.graph().consumers(node.getName()).stream()
            .filter(user -> user.getOp().equals(reader))
            .map(NodeDef::getName)
            .toList();
    return new PrunableWeight(variable, reads.isEmpty() ? List.of(node.getName()) : reads);
  }
}
