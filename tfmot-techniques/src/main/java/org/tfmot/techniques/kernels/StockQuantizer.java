package org.tfmot.techniques.kernels;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.lowering.FakeQuant;

/**
 * Simulated quantization per channel in element-wise operations, bit for bit what TensorFlow's own
 * kernel computes. That one takes the channels one after the other, each across the whole tensor.
 *
 * <p>The gradient is that of the two comparisons of the clamp: 1 inside the nudged range, 0
 * outside. A range that gradients reach keeps TensorFlow's kernel, which has them.
 */
final class StockQuantizer {

  static final String PER_CHANNEL = "FakeQuantWithMinMaxVarsPerChannel";

  private final GraphEditor graph;
  private final NodeDef node;

  private StockQuantizer(GraphEditor graph, NodeDef node) {
    this.graph = graph;
    this.node = node;
  }

  /** Replaces a quantizer if it is per channel and its range is fixed for gradients. */
  static void replace(GraphEditor graph, NodeDef node) {
    if (node.getOp().equals(PER_CHANNEL)
        && isFixed(graph, node.getInput(1))
        && isFixed(graph, node.getInput(2))) {
      new StockQuantizer(graph, node).replace();
    }
  }

  /** Returns whether all ways back to a variable end at a stopped gradient. */
  private static boolean isFixed(GraphEditor graph, String tensor) {
    Deque<NodeDef> open = new ArrayDeque<>(Set.of(graph.producer(tensor)));
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      NodeDef next = open.pop();
      if (next.getOp().equals("StopGradient") || !seen.add(next.getName())) {
        continue;
      }
      if (next.getOp().equals("VarHandleOp") || next.getOp().equals("VariableV2")) {
        return false;
      }
      next.getInputList().stream()
          .filter(input -> !input.startsWith("^"))
          .forEach(input -> open.push(graph.producer(input)));
    }
    return true;
  }

  private void replace() {
    String lowest = scalar(FakeQuant.isNarrow(node) ? 1 : 0);
    String highest = scalar((1 << FakeQuant.bits(node)) - 1);
    String min = one("StopGradient", node.getInput(1));
    String max = one("StopGradient", node.getInput(2));
    String width = two("Sub", max, min);
    int count = (1 << FakeQuant.bits(node)) - (FakeQuant.isNarrow(node) ? 2 : 1);
    String empty = isEmpty(min, max);
    String step = select(empty, scalar(1), quotient(width, count));
    String inverse = select(empty, scalar(0), two("RealDiv", scalar(count), width));
    String point = zeroPoint(min, step, lowest, highest);
    String low = two("Mul", two("Sub", lowest, point), step);
    String high = two("Mul", two("Sub", highest, point), step);
    String zero = one("Floor", two("AddV2", two("Mul", one("Neg", low), inverse), scalar(0.5f)));
    String clamped = clamped(empty, low, high);
    String steps = two("Sub", two("Mul", two("Sub", clamped, low), inverse), zero);
    String value = two("Mul", one("Floor", two("AddV2", steps, scalar(0.5f))), step);
    String still = one("StopGradient", value);
    // Exactly 0, and yet it has the clamp's gradient.
    String through = two("Sub", clamped, one("StopGradient", clamped));
    NodeBuilder sum =
        NodeBuilder.op("AddV2", node.getName()).inputs(still, through).attr("T", DataType.DT_FLOAT);
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(sum::inputs);
    graph.replace(sum.build().toBuilder().setDevice(node.getDevice()).build());
  }

  /** The range from 0 to 0 makes 0 of everything, and its gradient passes everything. */
  private String isEmpty(String min, String max) {
    String none = scalar(0);
    return add(
        NodeBuilder.op("LogicalAnd", unique())
            .inputs(two("Equal", min, none), two("Equal", max, none)));
  }

  /**
   * Returns a quotient of a constant in floats. In doubles, for TensorFlow's optimizer makes a
   * product by the reciprocal of it, whose error would be as large as a float's.
   */
  private String quotient(String width, double count) {
    NodeDef divisor =
        NodeBuilder.constant(
            unique(),
            TensorProto.newBuilder()
                .setDtype(DataType.DT_DOUBLE)
                .setTensorShape(TensorProtos.shapeProto(Shape.scalar()))
                .addDoubleVal(count)
                .build());
    String quotient =
        add(
            NodeBuilder.op("RealDiv", unique())
                .inputs(cast(width, DataType.DT_FLOAT, DataType.DT_DOUBLE), graph.add(divisor))
                .attr("T", DataType.DT_DOUBLE));
    return cast(quotient, DataType.DT_DOUBLE, DataType.DT_FLOAT);
  }

  private String cast(String tensor, DataType from, DataType to) {
    return add(NodeBuilder.op("Cast", unique()).inputs(tensor).attr("SrcT", from).attr("DstT", to));
  }

  private String clamped(String empty, String low, String high) {
    String infinity = scalar(Float.POSITIVE_INFINITY);
    String upper = select(empty, infinity, high);
    String lower = select(empty, one("Neg", infinity), low);
    return two("Maximum", two("Minimum", node.getInput(0), upper), lower);
  }

  /** Returns the integer at 0, within the integers there are. */
  private String zeroPoint(String min, String step, String lowest, String highest) {
    String exact = two("Sub", lowest, two("RealDiv", min, step));
    String below = one("Floor", exact);
    // Adding a half before the floor would round 0.49999997 up.
    String up = two("GreaterEqual", two("Sub", exact, below), scalar(0.5f));
    String rounded = two("AddV2", below, select(up, scalar(1), scalar(0)));
    return two("Minimum", two("Maximum", rounded, lowest), highest);
  }

  private String scalar(float value) {
    return graph.add(NodeBuilder.constant(unique(), TensorProtos.scalar(value)));
  }

  private String select(String condition, String yes, String no) {
    return add(
        NodeBuilder.op("SelectV2", unique())
            .inputs(condition, yes, no)
            .attr("T", DataType.DT_FLOAT));
  }

  private String one(String op, String tensor) {
    return add(NodeBuilder.op(op, unique()).inputs(tensor).attr("T", DataType.DT_FLOAT));
  }

  private String two(String op, String first, String second) {
    return add(NodeBuilder.op(op, unique()).inputs(first, second).attr("T", DataType.DT_FLOAT));
  }

  private String add(NodeBuilder builder) {
    return graph.add(builder.build());
  }

  private String unique() {
    return graph.uniqueName(node.getName() + "/in_training/step");
  }
}
