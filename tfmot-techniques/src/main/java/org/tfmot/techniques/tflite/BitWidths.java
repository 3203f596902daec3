package org.tfmot.techniques.tflite;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.lowering.FakeQuant;
import org.tfmot.techniques.lowering.WideActivation;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Puts simulated quantization of any number of bits in the widths that a file has: 8 for weights, 8
 * or 16 for activations. The converter makes 4-bit weights of all that have fewer than 5, on
 * another grid if they have 2 or 3; rounds those of 5 to 7 bits a second time; and fails on
 * activations of fewer than 5.
 *
 * <ul>
 *   <li>Weights of fewer bits keep their values: the simulation's, on the simulation's steps.
 *   <li>Activations of fewer bits keep their range, in steps as fine as the file has them.
 *   <li>More bits than the file has are refused, or left in float where that is allowed.
 * </ul>
 */
final class BitWidths {

  private static final int WEIGHT_BITS = 8;

  /** Operations with a weight as their second input; other constants are what activations are. */
  private static final Set<String> WEIGHTED =
      Set.of(
          "Conv2D",
          "DepthwiseConv2dNative",
          "Conv2DBackpropInput",
          "MatMul",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Einsum");

  private final GraphEditor graph;
  private final Set<String> dynamic;
  private final TensorType type;

  private BitWidths(GraphEditor graph, Collection<String> inputs, TensorType type) {
    this.graph = graph;
    this.type = type;
    dynamic = graph.changedBy(inputs);
  }

  /**
   * Adapts a graph.
   *
   * @param inputs of the graph
   * @param type of the file's activations
   * @param allowed names of nodes, or of scopes, that may stay in float
   * @throws TfLiteConversionException if a tensor has more bits than the file, or a range that
   *     follows from the input, naming it
   */
  static GraphDef apply(
      GraphDef graphDef, Collection<String> inputs, TensorType type, Set<String> allowed) {
    BitWidths widths = new BitWidths(new GraphEditor(graphDef), inputs, type);
    List<NodeDef> others = new ArrayList<>();
    for (NodeDef node : widths.graph.nodes()) {
      if (!node.getOp().startsWith("FakeQuantWithMinMaxVars")
          || node.getOp().endsWith("Gradient")) {
        continue;
      }
      if (widths.dynamic.contains(TensorRef.parse(node.getInput(1)).node())) {
        throw new TfLiteConversionException(
            ("the range of \"%s\" follows from the input, as in training: convert strip() of what a"
                    + " technique made")
                .formatted(node.getName()));
      }
      if (FakeQuant.bits(node) != widths.bitsOfFile(node) || widths.mustBeSymmetric(node)) {
        others.add(node);
        if (FakeQuant.bits(node) > widths.bitsOfFile(node)) {
          widths.requireAllowed(node, allowed);
        }
      }
    }
    return others.isEmpty() ? graphDef : widths.adapt(graphDef, others);
  }

  private GraphDef adapt(GraphDef graphDef, List<NodeDef> others) {
    List<String> tensors =
        others.stream()
            .flatMap(
                node ->
                    isStatic(node)
                        ? Stream.of(node.getName(), node.getInput(1), node.getInput(2))
                        : Stream.of(node.getInput(1), node.getInput(2)))
            .toList();
    Map<String, TensorProto> values = evaluate(graphDef, tensors);
    for (NodeDef node : others) {
      TensorProto min = Objects.requireNonNull(values.get(node.getInput(1)));
      TensorProto max = Objects.requireNonNull(values.get(node.getInput(2)));
      if (!isAsInFile(node, min, max)) {
        adapt(node, values.get(node.getName()), min, max);
      }
    }
    return graph.build();
  }

  private static Map<String, TensorProto> evaluate(GraphDef graphDef, List<String> tensors) {
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    tensors.forEach(tensor -> endpoints.output(tensor, tensor));
    return StaticTensors.evaluate(GraphModel.of(graphDef, endpoints.build(), List.of()), tensors);
  }

  private void adapt(NodeDef node, @Nullable TensorProto value, TensorProto min, TensorProto max) {
    int more = FakeQuant.bits(node) - bitsOfFile(node);
    if (isStatic(node) && more != 0) {
      TensorProto rounded = Objects.requireNonNull(value);
      if (more < 0) {
        onItsGrid(node, rounded, min, max);
      } else {
        graph.replace(NodeBuilder.constant(node.getName(), rounded));
      }
    } else if (more <= 0) {
      inItsRange(node, TensorProtos.toFloats(min)[0], TensorProtos.toFloats(max)[0]);
    } else {
      clip(node);
    }
  }

  /** Returns whether a tensor has 16 bits in the file, which lie symmetrically around 0 there. */
  private boolean mustBeSymmetric(NodeDef node) {
    return bitsOfFile(node) == TensorType.INT16.bits();
  }

  private boolean isAsInFile(NodeDef node, TensorProto min, TensorProto max) {
    return FakeQuant.bits(node) == bitsOfFile(node)
        && FakeQuant.isNarrow(node)
        && isSymmetric(TensorProtos.toFloats(min), TensorProtos.toFloats(max));
  }

  private static boolean isSymmetric(float[] low, float[] high) {
    return IntStream.range(0, low.length).allMatch(i -> low[i] == -high[i]);
  }

  /** Float, but for the ends of the range. */
  private void clip(NodeDef node) {
    String raised =
        graph.add(
            NodeBuilder.op("Maximum", name(node, "raised"))
                .inputs(node.getInput(0), node.getInput(1))
                .attr("T", DataType.DT_FLOAT)
                .build());
    graph.replace(
        NodeBuilder.op("Minimum", node.getName())
            .inputs(raised, node.getInput(2))
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  /** The same values among more integers with the same step between them. */
  private void onItsGrid(NodeDef node, TensorProto rounded, TensorProto min, TensorProto max) {
    float[] low = TensorProtos.toFloats(min);
    float[] high = TensorProtos.toFloats(max);
    int bits = bitsOfFile(node);
    for (int i = 0; i < low.length; i++) {
      // 0 is an integer of either, so that all of them are at most 2^bits - 1 steps away from it.
      high[i] = step(node, low[i], high[i]) * ((1 << (bits - 1)) - 1);
      low[i] = -high[i];
    }
    String values = graph.add(NodeBuilder.constant(name(node, "values"), rounded));
    Shape shape = TensorProtos.shape(min);
    replace(node, values, bits, true, TensorProtos.floats(shape, low), high);
  }

  /** The nudged range in the file's steps. */
  private void inItsRange(NodeDef node, float min, float max) {
    float step = step(node, min, max);
    int lowest = FakeQuant.isNarrow(node) ? 1 : 0;
    int highest = (1 << FakeQuant.bits(node)) - 1;
    int zero = step == 0 ? lowest : Math.round(lowest - min / step);
    zero = Math.max(lowest, Math.min(highest, zero));
    float low = (lowest - zero) * step;
    float high = (highest - zero) * step;
    if (type == TensorType.INT16) {
      WideActivation.write(graph, node, low, high);
    } else {
      TensorProto proto = TensorProtos.scalar(low);
      replace(node, node.getInput(0), bitsOfFile(node), false, proto, new float[] {high});
    }
  }

  private void replace(
      NodeDef node, String tensor, int bits, boolean narrow, TensorProto min, float[] max) {
    TensorProto upper = TensorProtos.floats(TensorProtos.shape(min), max);
    String low = graph.add(NodeBuilder.constant(name(node, "file_min"), min));
    String high = graph.add(NodeBuilder.constant(name(node, "file_max"), upper));
    graph.replace(FakeQuant.node(node.getOp(), node.getName(), bits, narrow, tensor, low, high));
  }

  private String name(NodeDef node, String wish) {
    return graph.uniqueName(node.getName() + "/" + wish);
  }

  private static float step(NodeDef node, float min, float max) {
    return (max - min) / ((1 << FakeQuant.bits(node)) - (FakeQuant.isNarrow(node) ? 2 : 1));
  }

  private void requireAllowed(NodeDef node, Set<String> allowed) {
    List<String> layers = isStatic(node) ? users(node) : List.of(node.getInput(0));
    List<String> names = new ArrayList<>(layers);
    names.add(node.getName());
    if (names.stream().anyMatch(name -> IntegerCheck.isNamed(name, allowed))) {
      return;
    }
    boolean weight = isStatic(node) && isWeight(node);
    throw new TfLiteConversionException(
        ("%s of \"%s\" is simulated in %d bits (\"%s\"), but %s file has %d for it: quantize the"
                + " layer in %d bits or fewer%s, or leave it in float with allowFloat(\"%s\")")
            .formatted(
                weight ? "a weight" : isStatic(node) ? "a constant" : "the output",
                layers.isEmpty() ? node.getName() : layers.get(0),
                FakeQuant.bits(node),
                node.getName(),
                type == TensorType.INT8 ? "an int8" : "an int16x8",
                bitsOfFile(node),
                bitsOfFile(node),
                weight ? "" : ", or convert with int16x8()",
                layers.isEmpty() ? node.getName() : layers.get(0)));
  }

  private int bitsOfFile(NodeDef node) {
    return isStatic(node) && isWeight(node) ? WEIGHT_BITS : type.bits();
  }

  /** Returns whether a static tensor is a weight, and not a constant that meets activations. */
  private boolean isWeight(NodeDef node) {
    return users(node).stream()
        .map(graph::node)
        .anyMatch(
            user ->
                WEIGHTED.contains(user.getOp())
                    && user.getInputCount() > 1
                    && !dynamic.contains(TensorRef.parse(user.getInput(1)).node()));
  }

  /** The operations that read a tensor, behind what only moves its values. */
  private List<String> users(NodeDef node) {
    List<String> users = new ArrayList<>();
    Deque<NodeDef> open = new ArrayDeque<>(graph.consumers(node.getName()));
    while (!open.isEmpty()) {
      NodeDef user = open.remove();
      if (dynamic.contains(user.getName())) {
        users.add(user.getName());
      } else {
        open.addAll(graph.consumers(user.getName()));
      }
    }
    return users;
  }

  private boolean isStatic(NodeDef node) {
    return !dynamic.contains(node.getName());
  }
}
