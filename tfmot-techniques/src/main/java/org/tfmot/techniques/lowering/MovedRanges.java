package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.functions.Moving;

/**
 * Keeps the range of moved values where the converter would give them another one. It brings the
 * operand of a merging operation to that operation's range for all readers: the quantizer is
 * repeated behind what moves the operand. And it squares a reshaped tensor before it reshapes it,
 * but forgets the square's range, and fails: it is given the operations in this order.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class MovedRanges {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private final GraphEditor graph;

  private MovedRanges(GraphEditor graph) {
    this.graph = graph;
  }

  public static GraphDef repeat(GraphDef graphDef) {
    MovedRanges ranges = new MovedRanges(new GraphEditor(graphDef));
    for (NodeDef node : graphDef.getNodeList()) {
      if (Moving.isMoving(node)) {
        ranges.repeat(node);
      } else if (node.getOp().equals("Mul")) {
        ranges.reorder(node.getName());
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

  /** Squares before what is squared is reshaped. */
  private void reorder(String name) {
    NodeDef product = graph.node(name);
    NodeDef reshape = operand(product, 0);
    NodeDef other = operand(product, 1);
    List<NodeDef> readers = graph.consumers(name);
    if (!reshape.getOp().equals("Reshape")
        || !other.getOp().equals("Reshape")
        || !reshaped(reshape).equals(reshaped(other))
        || !haveOneShape(reshape, other)
        || readers.size() != 1
        || !readers.get(0).getOp().equals(QUANTIZER)) {
      return;
    }
    String source = reshaped(reshape);
    NodeDef quantizer = readers.get(0);
    String square = graph.uniqueName(name + "/flat");
    graph.add(product.toBuilder().setName(square).setInput(0, source).setInput(1, source).build());
    String quantized = graph.uniqueName(square + "/fake_quant");
    graph.add(quantizer.toBuilder().setName(quantized).setInput(0, square).build());
    // It may be an output of the model.
    graph.replace(reshape.toBuilder().setName(quantizer.getName()).setInput(0, quantized).build());
  }

  private NodeDef operand(NodeDef node, int input) {
    NodeDef operand = graph.input(node, input);
    while (operand.getOp().equals("Identity")) {
      operand = graph.input(operand, 0);
    }
    return operand;
  }

  /** Returns the tensor before a sequence of Reshapes. */
  private String reshaped(NodeDef reshape) {
    NodeDef first = reshape;
    while (operand(first, 0).getOp().equals("Reshape")) {
      first = operand(first, 0);
    }
    return first.getInput(0);
  }

  private boolean haveOneShape(NodeDef one, NodeDef two) {
    NodeDef shape = FakeQuant.constant(graph, one, 1);
    NodeDef other = FakeQuant.constant(graph, two, 1);
    return one.getInput(1).equals(two.getInput(1))
        || (shape != null
            && other != null
            && Arrays.equals(
                TensorProtos.toInts(shape.getAttrOrThrow("value").getTensor()),
                TensorProtos.toInts(other.getAttrOrThrow("value").getTensor())));
  }

  /** Returns the quantizer of what is moved, or null if it has none or all is constant. */
  private @Nullable NodeDef quantizer(NodeDef moving) {
    NodeDef source = moving;
    boolean looksUp = false;
    while (Moving.isMoving(source)) {
      looksUp |=
          source.getOp().startsWith("Gather") && FakeQuant.constant(graph, source, 1) == null;
      source = graph.input(source, Moving.operand(source));
    }
    boolean quantized = source.getOp().equals(QUANTIZER);
    boolean constant = quantized && FakeQuant.constant(graph, source, 0) != null;
    return quantized && (looksUp || !constant) ? source : null;
  }
}
