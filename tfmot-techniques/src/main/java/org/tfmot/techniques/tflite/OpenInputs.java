package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
   * Verifies that each input has a number of dimensions: a file takes one without for a scalar.
   *
   * @throws TfLiteConversionException naming the input
   */
  static void requireRanks(GraphDef graphDef, Map<String, String> inputs) {
    shapes(graphDef, inputs)
        .forEach(
            (name, shape) -> {
              if (shape.isUnknown()) {
                throw new TfLiteConversionException(
                    ("the input \"%s\" is of any rank, and a file has one of a shape: fix it first,"
                            + " model.withInputShape(\"%s\", shape), with -1 for the batch")
                        .formatted(name, name));
              }
            });
  }

  /** Returns the failure with the inputs behind it that have other open sizes than the batch. */
  static TfLiteConversionException explain(
      TfLiteConversionException failure, GraphDef graphDef, Map<String, String> inputs) {
    List<String> open = new ArrayList<>();
    shapes(graphDef, inputs)
        .forEach(
            (name, shape) -> {
              if (isOpen(shape)) {
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

  private static Map<String, Shape> shapes(GraphDef graphDef, Map<String, String> inputs) {
    GraphEditor graph = new GraphEditor(graphDef);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    inputs.forEach(
        (name, tensor) -> {
          NodeDef node = graph.producer(tensor);
          AttrValue given = node.getAttrMap().get("shape");
          // An inner tensor has the shape that its operation gives it.
          if (node.getOp().startsWith("Placeholder")) {
            shapes.put(
                name, given == null ? Shape.unknown() : TensorProtos.shape(given.getShape()));
          }
        });
    return shapes;
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
