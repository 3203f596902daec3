package org.tfmot.api;

import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;

/** Turns a graph in training mode into one for inference. */
final class InferenceMode {

  private InferenceMode() {}

  static GraphModel convert(GraphModel model) {
    if (!model.isTraining() && model.updates().isEmpty()) {
      return model;
    }
    GraphEditor editor = new GraphEditor(model.graphDef());
    for (NodeDef node : editor.nodes()) {
      if (node.getOp().startsWith("FusedBatchNorm")) {
        editor.replace(
            node.toBuilder()
                .putAttr("is_training", AttrValue.newBuilder().setB(false).build())
                .build());
      }
    }
    Endpoints endpoints = model.endpoints().toBuilder().inference().build();
    return GraphModel.of(editor.build(), endpoints, model.variables().values());
  }
}
