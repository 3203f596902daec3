package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Names the inputs whose shapes a graph leaves open when its conversion fails. */
final class OpenInputs {

  private OpenInputs() {}

  /**
   * Returns the failure with the inputs behind it whose rank is unknown, or which have other open
   * sizes than the batch; the failure itself if there are none.
   */
  static TfLiteConversionException explain(
      TfLiteConversionException failure, GraphDef graphDef, Map<String, String> inputs) {
    GraphEditor graph = new GraphEditor(graphDef);
    List<String> open = new ArrayList<>();
    inputs.forEach(
        (name, tensor) -> {
          NodeDef node = graph.producer(tensor);
          AttrValue given = node.getAttrMap().get("shape");
          Shape shape = given == null ? Shape.unknown() : TensorProtos.shape(given.getShape());
          if (shape.isUnknown()) {
            open.add("\"%s\" is of any rank".formatted(name));
          } else if (isOpen(shape)) {
            open.add("\"%s\" is %s".formatted(name, shape));
          }
        });
    String message = String.valueOf(failure.getMessage());
    // A loop says so itself.
    if (open.isEmpty() || message.contains("withInputShape")) {
      return failure;
    }
    return new TfLiteConversionException(
        message
            + "; the shape of an input is open, which may be the reason: %s. Fix it first: "
                .formatted(String.join(", ", open))
            + "model.withInputShape(name, shape), with -1 for the batch",
        failure);
  }

  private static boolean isOpen(Shape shape) {
    for (int i = 1; i < shape.numDimensions(); i++) {
      if (shape.get(i) < 0) {
        return true;
      }
    }
    return false;
  }
}
