package org.tfmot.api;

import java.util.List;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/** Replaces variables by constants, under the names of the nodes that gave their values. */
final class Freezing {

  private Freezing() {}

  static GraphModel freeze(GraphModel model) {
    if (!model.updates().isEmpty()) {
      throw new IllegalArgumentException(
          "a model with updates cannot be frozen: call toInference() first");
    }
    // Operations for hooks act on variables, and are gone with them.
    Endpoints endpoints = model.endpoints().toBuilder().clearOperations().build();
    GraphModel kept =
        model.endpoints().operations().isEmpty()
            ? model
            : GraphModel.of(model.graphDef(), endpoints, model.variables().values());
    GraphEditor editor = new GraphEditor(kept.graphDef());
    for (Variable variable : kept.variables().values()) {
      freeze(editor, variable);
    }
    return GraphModel.of(editor.build(), endpoints, List.of());
  }

  private static void freeze(GraphEditor editor, Variable variable) {
    String constant = variable.name();
    if (variable.kind() == Variable.Kind.RESOURCE) {
      List<NodeDef> reads = VariableNodes.reads(editor, variable.name());
      constant = reads.isEmpty() ? constant : reads.get(0).getName();
      for (NodeDef read : reads) {
        editor.replace(
            NodeBuilder.op("Identity", read.getName())
                .inputs(constant)
                .attr("T", variable.dtype())
                .build());
      }
    }
    for (NodeDef user : editor.consumers(TensorRef.of(variable.name()))) {
      if (variable.kind() == Variable.Kind.RESOURCE
          || VariableNodes.assigned(editor, user) != null) {
        throw new IllegalArgumentException(
            "variable \"%s\" cannot be frozen: \"%s\" (%s) takes more than its value"
                .formatted(variable.name(), user.getName(), user.getOp()));
      }
    }
    editor.replace(NodeBuilder.constant(constant, variable.value()));
  }
}
