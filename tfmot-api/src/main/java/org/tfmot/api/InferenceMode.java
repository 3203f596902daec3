package org.tfmot.api;

import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/** Tells a graph in training mode from one for inference, and turns it into one. */
final class InferenceMode {

  /** The attribute of a node whose users read another tensor in inference. */
  static final String OTHER_TENSOR = "_tfmot_inference";

  private InferenceMode() {}

  /**
   * Returns whether a graph shows that it is in training mode: by a batch norm, or by a dropout.
   */
  static boolean isTraining(GraphDef graph) {
    return graph.getNodeList().stream().anyMatch(BatchNormInference::isTraining)
        || DropoutRemoval.isIn(new GraphEditor(graph));
  }

  /** Returns whether a model has nothing that behaves differently in training and in inference. */
  static boolean isIndifferent(GraphModel model) {
    return model.graphDef().getNodeList().stream().noneMatch(BatchNormInference::isBatchNorm)
        && RandomOperations.in(model).isEmpty();
  }

  static GraphModel convert(GraphModel model) {
    Endpoints endpoints = model.endpoints();
    if (!endpoints.training()
        && endpoints.updates().isEmpty()
        && endpoints.operations().isEmpty()
        && !ObserverRemoval.isNeeded(model)
        && !DecidedBranches.areIn(model)) {
      return model;
    }
    ModelEditor editor = new ModelEditor(decided(model));
    BatchNormInference.convert(editor.graph());
    // The share that a dropout of TensorFlow 1 keeps is often the default of what is fed.
    ObserverRemoval.remove(editor.graph(), endpoints);
    DropoutRemoval.remove(editor);
    readOtherTensors(editor);
    editor.endpoints().inference();
    return editor.build();
  }

  /** The model without branches that it never takes, whose batch norms nobody has to convert. */
  private static GraphModel decided(GraphModel model) {
    if (!DecidedBranches.areIn(model)) {
      return model;
    }
    ModelEditor editor = new ModelEditor(model);
    DecidedBranches.take(editor.graph(), model.endpoints());
    return editor.build();
  }

  private static void readOtherTensors(ModelEditor editor) {
    for (NodeDef node : editor.graph().nodes()) {
      if (node.containsAttr(OTHER_TENSOR)) {
        TensorRef other = TensorRef.parse(node.getAttrOrThrow(OTHER_TENSOR).getS().toStringUtf8());
        if (editor.graph().find(other.node()) == null) {
          throw new IllegalArgumentException(
              "\"%s\" has \"%s\" in its place in inference, which is not in the graph any more"
                  .formatted(node.getName(), other));
        }
        editor.redirect(TensorRef.of(node.getName()), other, user -> true);
      }
    }
  }
}
