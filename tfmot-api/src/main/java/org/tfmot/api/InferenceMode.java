package org.tfmot.api;

import org.tensorflow.proto.GraphDef;
import org.tfmot.api.graph.GraphEditor;

/** Tells a graph in training mode from one for inference, and turns it into one. */
final class InferenceMode {

  private InferenceMode() {}

  /** Whether a graph shows that it is in training mode: by a batch norm, or by a dropout. */
  static boolean isTraining(GraphDef graph) {
    return graph.getNodeList().stream().anyMatch(BatchNormInference::isTraining)
        || DropoutRemoval.isIn(new GraphEditor(graph));
  }

  /** Whether a model has nothing that behaves differently in training and in inference. */
  static boolean isIndifferent(GraphModel model) {
    return model.graphDef().getNodeList().stream().noneMatch(BatchNormInference::isBatchNorm)
        && RandomOperations.in(model).isEmpty();
  }

  static GraphModel convert(GraphModel model) {
    Endpoints endpoints = model.endpoints();
    if (!endpoints.training()
        && endpoints.updates().isEmpty()
        && endpoints.operations().isEmpty()) {
      return model;
    }
    ModelEditor editor = new ModelEditor(model);
    BatchNormInference.convert(editor.graph());
    DropoutRemoval.remove(editor);
    editor.endpoints().inference();
    return editor.build();
  }
}
