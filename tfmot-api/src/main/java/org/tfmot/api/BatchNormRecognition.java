package org.tfmot.api;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Batch norm of images that is written out, as Keras 3 saves it, becomes the operation again that
 * techniques fold into the convolution before it: {@code x * s + t} with {@code s = gamma *
 * rsqrt(variance + epsilon)} and {@code t = beta - mean * s}. The statistics are in {@code s} and
 * {@code t}, so the operation has the mean 0 and the variance 1.
 */
final class BatchNormRecognition {

  private final GraphEditor editor;
  private final Graph graph;
  private final Set<String> dynamic;

  private BatchNormRecognition(GraphEditor editor, Graph graph, Set<String> dynamic) {
    this.editor = editor;
    this.graph = graph;
    this.dynamic = dynamic;
  }

  static GraphModel recognize(GraphModel model) {
    if (model.graphDef().getNodeList().stream().noneMatch(BatchNormRecognition::isRoot)) {
      return model;
    }
    GraphEditor editor = new GraphEditor(model.graphDef());
    // The graph tells shapes, which nodes do not.
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, model.graphDef());
      BatchNormRecognition recognition =
          new BatchNormRecognition(
              editor, graph, editor.dataDependents(model.endpoints().fed(editor)));
      editor.nodes().forEach(recognition::replace);
    }
    return GraphModel.of(editor.build(), model.endpoints(), model.variables().values());
  }

  private static boolean isRoot(NodeDef node) {
    return node.getOp().equals("Rsqrt");
  }

  private void replace(NodeDef sum) {
    if (!sum.getOp().equals("AddV2") && !sum.getOp().equals("Add")) {
      return;
    }
    int shift = staticOperand(sum);
    NodeDef product = shift < 0 ? null : editor.input(sum, 1 - shift);
    if (product == null
        || !product.getOp().equals("Mul")
        || editor.consumers(product.getName()).size() != 1) {
      return;
    }
    int scale = staticOperand(product);
    if (scale < 0) {
      return;
    }
    String x = product.getInput(1 - scale);
    Shape images = shape(x);
    long channels = images.numDimensions() == 4 ? images.get(3) : Shape.UNKNOWN_SIZE;
    Shape vector = Shape.of(channels);
    if (channels > 0
        && shape(product.getInput(scale)).equals(vector)
        && shape(sum.getInput(shift)).equals(vector)
        && isNorm(product.getInput(scale))) {
      editor.replace(norm(sum, x, product.getInput(scale), sum.getInput(shift), vector));
    }
  }

  /**
   * Returns the one of two operands that does not depend on the model's inputs; -1 if not just one.
   */
  private int staticOperand(NodeDef node) {
    if (node.getInputCount() != 2
        || node.getAttrOrThrow("T").getType() != DataType.DT_FLOAT
        || isDynamic(node, 0) == isDynamic(node, 1)) {
      return -1;
    }
    return isDynamic(node, 0) ? 1 : 0;
  }

  private boolean isDynamic(NodeDef node, int input) {
    return dynamic.contains(TensorRef.parse(node.getInput(input)).node());
  }

  private boolean isNorm(String scale) {
    return editor.dataReachable(List.of(TensorRef.parse(scale).node())).stream()
        .anyMatch(name -> isRoot(editor.node(name)));
  }

  private Shape shape(String tensor) {
    TensorRef reference = TensorRef.parse(tensor);
    return graph.operationOrThrow(reference.node()).output(reference.index()).shape();
  }

  private NodeDef norm(NodeDef sum, String x, String scale, String offset, Shape vector) {
    return NodeBuilder.op("FusedBatchNormV3", sum.getName())
        .inputs(
            x, scale, offset, filled(sum, "mean", vector, 0), filled(sum, "variance", vector, 1))
        .attr("T", DataType.DT_FLOAT)
        .attr("U", DataType.DT_FLOAT)
        .attr("epsilon", 0f)
        .attr("is_training", false)
        .build();
  }

  private String filled(NodeDef sum, String name, Shape shape, float value) {
    float[] values = new float[Math.toIntExact(shape.size())];
    Arrays.fill(values, value);
    return editor.add(
        NodeBuilder.constant(
            editor.uniqueName(sum.getName() + "/" + name), TensorProtos.floats(shape, values)));
  }
}
