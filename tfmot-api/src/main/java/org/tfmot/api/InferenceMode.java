package org.tfmot.api;

/** Turns a graph in training mode into one for inference. */
final class InferenceMode {

  private InferenceMode() {}

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
