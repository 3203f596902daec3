package org.tfmot.techniques.kernels;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * The largest, smallest and largest absolute values that ranges are made of: a {@code Max} or
 * {@code Min} over all dimensions or the first few, through which no gradient passes.
 */
final class ExtremeNodes {

  private static final int MOST = 0;
  private static final int LEAST = 1;
  private static final int MOST_ABSOLUTE = 2;
  private static final int ALL = -1;

  private ExtremeNodes() {}

  /** Returns whether a node is of a type that is looked at. */
  static boolean isCandidate(NodeDef node) {
    return (node.getOp().equals("Max") || node.getOp().equals("Min"))
        && node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType() == DataType.DT_FLOAT
        && !node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
  }

  /** Replaces a candidate if it reduces leading dimensions and gradients end behind it. */
  static void replace(GraphEditor graph, NodeDef node, int threads) {
    int leading = leading(graph.input(node, 1));
    if (leading == 0 || !isStopped(graph, node)) {
      return;
    }
    NodeDef producer = graph.input(node, 0);
    String tensor = node.getInput(0);
    if (leading == 1 && isFlattening(graph, producer)) {
      leading = ALL;
      tensor = producer.getInput(0);
      producer = graph.input(producer, 0);
    }
    int kind = node.getOp().equals("Min") ? LEAST : MOST;
    if (kind == MOST && producer.getOp().equals("Abs")) {
      kind = MOST_ABSOLUTE;
      tensor = producer.getInput(0);
    }
    NodeBuilder made =
        NodeBuilder.op(NativeKernels.EXTREMES, node.getName())
            .inputs(tensor)
            .attr("kind", kind)
            .attr("leading", leading)
            .attr("threads", threads);
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(made::inputs);
    graph.replace(made.build().toBuilder().setDevice(node.getDevice()).build());
  }

  /** Returns how many dimensions are reduced if they are the first ones, or 0. */
  private static int leading(NodeDef axes) {
    if (!axes.getOp().equals("Const")
        || axes.getAttrOrThrow("dtype").getType() != DataType.DT_INT32) {
      return 0;
    }
    int[] numbers = TensorProtos.toInts(axes.getAttrOrThrow("value").getTensor());
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] != i) {
        return 0;
      }
    }
    return numbers.length;
  }

  private static boolean isFlattening(GraphEditor graph, NodeDef node) {
    if (!node.getOp().equals("Reshape") || !graph.input(node, 1).getOp().equals("Const")) {
      return false;
    }
    NodeDef shape = graph.input(node, 1);
    if (shape.getAttrOrThrow("dtype").getType() != DataType.DT_INT32) {
      return false;
    }
    int[] sizes = TensorProtos.toInts(shape.getAttrOrThrow("value").getTensor());
    return sizes.length == 1 && sizes[0] == -1;
  }

  /** Returns whether a node is a range that a quantizer has in inference, which nothing reads. */
  private static boolean isInferenceRange(GraphEditor graph, NodeDef node) {
    String name = node.getName();
    return (name.endsWith("/inference/min") || name.endsWith("/inference/max"))
        && node.getOp().equals("SelectV2")
        && graph.input(node, 0).getName().endsWith("/inference/nothing")
        && graph.consumers(name).isEmpty();
  }

  /** Returns whether everything that reads a node stops the gradient or assigns to a variable. */
  private static boolean isStopped(GraphEditor graph, NodeDef node) {
    Deque<NodeDef> open = new ArrayDeque<>(graph.consumers(node.getName()));
    if (open.isEmpty()) {
      return false;
    }
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      NodeDef next = open.pop();
      boolean ends = next.getOp().equals("StopGradient") || next.getOp().startsWith("Assign");
      if (ends || isInferenceRange(graph, next) || !seen.add(next.getName())) {
        continue;
      }
      Deque<NodeDef> readers = new ArrayDeque<>(graph.consumers(next.getName()));
      if (readers.isEmpty()) {
        return false;
      }
      open.addAll(readers);
    }
    return true;
  }
}
