package org.tfmot.api;

import java.util.List;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/** Replaces variables by constants. */
final class Freezing {

  private Freezing() {}

  static GraphModel freeze(GraphModel model) {
    if (!model.updates().isEmpty()) {
      throw new IllegalArgumentException(
          "a model with updates cannot be frozen: call toInference() first");
    }
    GraphEditor editor = new GraphEditor(model.graphDef());
    for (Variable variable : model.variables().values()) {
      String constant =
          editor.add(
              NodeBuilder.constant(
                  editor.uniqueName(variable.name() + "/frozen"), variable.value()));
      if (variable.kind() == Variable.Kind.REFERENCE) {
        editor.redirect(TensorRef.of(variable.name()), TensorRef.of(constant), user -> true);
      } else {
        for (NodeDef read : editor.consumers(variable.name())) {
          editor.redirect(TensorRef.of(read.getName()), TensorRef.of(constant), user -> true);
        }
      }
    }
    return GraphModel.of(editor.build(), model.endpoints(), List.of());
  }
}
