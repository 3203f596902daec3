package org.tfmot.api;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Says of an input's shape what its placeholder leaves open. */
final class InputShapeFixing {

  private static final String SHAPE = "shape";

  private InputShapeFixing() {}

  /**
   * Fixes a shape.
   *
   * @throws IllegalArgumentException if there is no such input, it is not a placeholder, or its
   *     shape contradicts the given one
   */
  static GraphModel fix(GraphModel model, String name, Shape shape) {
    String tensor = model.inputs().get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the model has no input \"%s\"; it has %s".formatted(name, model.inputs().keySet()));
    }
    GraphEditor editor = new GraphEditor(model.graphDef());
    NodeDef placeholder = editor.producer(tensor);
    if (!placeholder.getOp().startsWith("Placeholder")) {
      throw new IllegalArgumentException(
          "the input \"%s\" is \"%s\" (%s), not a placeholder: its shape follows from the graph"
              .formatted(name, tensor, placeholder.getOp()));
    }
    AttrValue given = placeholder.getAttrMap().get(SHAPE);
    Shape open = given == null ? Shape.unknown() : TensorProtos.shape(given.getShape());
    AttrValue fixed =
        AttrValue.newBuilder().setShape(TensorProtos.shapeProto(merged(name, open, shape))).build();
    editor.replace(
        placeholder.toBuilder().putAttr(SHAPE, fixed).removeAttr("_output_shapes").build());
    return GraphModel.of(editor.build(), model.endpoints(), model.variables().values());
  }

  private static Shape merged(String name, Shape open, Shape shape) {
    if (shape.isUnknown() || !open.isCompatibleWith(shape)) {
      throw new IllegalArgumentException(
          "the input \"%s\" has the shape %s, which %s does not fit".formatted(name, open, shape));
    }
    if (open.isUnknown()) {
      return shape;
    }
    long[] sizes = open.asArray();
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.get(i) >= 0 ? shape.get(i) : sizes[i];
    }
    return Shape.of(sizes);
  }
}
