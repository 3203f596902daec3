package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;

/**
 * Keeps the range of moved values where the converter would give them another one. It brings the
 * operand of a merging operation to that operation's range for all readers: the quantizer is
 * repeated behind what moves the operand. And it squares a reshaped tensor before it reshapes it,
 * but forgets the square's range, and fails: it is given the operations in this order.
 */
final class MovedRanges {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private static final Set<String> MOVING =
      Set.of(
          "BatchToSpaceND",
          "DepthToSpace",
          "ExpandDims",
          "Identity",
          "Max",
          "MaxPool",
          "MirrorPad",
          "Min",
          "Pad",
          "Reshape",
          "ResizeNearestNeighbor",
          "Slice",
          "SpaceToBatchND",
          "SpaceToDepth",
          "Squeeze",
          "StridedSlice",
          "Tile",
          "Transpose");

  private final GraphEditor graph;

  private MovedRanges(GraphEditor graph) {
    this.graph = graph;
  }

  static GraphDef repeat(GraphDef graphDef) {
    MovedRanges ranges = new MovedRanges(new GraphEditor(graphDef));
    for (NodeDef node : graphDef.getNodeList()) {
      if (MOVING.contains(node.getOp())) {
        ranges.repeat(node);
      } else if (node.getOp().equals("Mul")) {
        ranges.reorder(node);
      }
    }
    return ranges.graph.build();
  }

  private void repeat(NodeDef moving) {
    List<NodeDef> readers = graph.consumers(moving.getName());
    boolean needed = readers.size() > 1 && readers.stream().anyMatch(Merging::isMerging);
    NodeDef quantizer = needed ? quantizer(moving) : null;
    if (quantizer != null) {
      String name = graph.uniqueName(moving.getName() + "/fake_quant");
      graph.add(quantizer.toBuilder().setName(name).setInput(0, moving.getName()).build());
      graph.redirect(
          TensorRef.of(moving.getName()),
          TensorRef.of(name),
          reader -> !reader.getName().equals(name));
    }
  }

  private void reorder(NodeDef product) {
    NodeDef reshape = source(product, 0);
    List<NodeDef> readers = graph.consumers(product.getName());
    if (!reshape.getOp().equals("Reshape")
        || !source(product, 1).equals(reshape)
        || readers.size() != 1
        || !readers.get(0).getOp().equals(QUANTIZER)) {
      return;
    }
    graph.setInput(product.getName(), 0, reshape.getInput(0));
    graph.setInput(product.getName(), 1, reshape.getInput(0));
    String quantizer = readers.get(0).getName();
    String name = graph.uniqueName(product.getName() + "/reshaped");
    graph.add(reshape.toBuilder().setName(name).setInput(0, quantizer).build());
    graph.redirect(
        TensorRef.of(quantizer), TensorRef.of(name), reader -> !reader.getName().equals(name));
  }

  private NodeDef source(NodeDef node, int input) {
    NodeDef source = graph.input(node, input);
    while (source.getOp().equals("Identity")) {
      source = graph.input(source, 0);
    }
    return source;
  }

  /** Returns the quantizer of what is moved, or null if it has none or is a constant. */
  private @Nullable NodeDef quantizer(NodeDef moving) {
    NodeDef source = moving;
    while (MOVING.contains(source.getOp())) {
      source = graph.input(source, 0);
    }
    boolean quantized = source.getOp().equals(QUANTIZER);
    return quantized && FakeQuant.constant(graph, source, 0) == null ? source : null;
  }
}
