package org.tfmot.techniques.weights;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;

/**
 * The dimensions of a variable that a layer's inputs and outputs run along. A layer may read its
 * weight transposed or reshaped, or as its first operand.
 *
 * @param input the dimension that the layer sums over
 * @param output the dimension with an index for each output channel
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record WeightAxes(int input, int output) {

  /** Marks a dimension that the variable does not have. */
  private static final int ADDED = -1;

  /** The size of a part of a dimension. */
  private static final long UNKNOWN = -1;

  private static final AttrValue FALSE = AttrValue.newBuilder().setB(false).build();

  /**
   * Those of a two-dimensional convolution or a product of matrices; null for others, and if what
   * lies between variable and layer is more than permuting dimensions, taking a part of them,
   * adding and removing ones of size 1.
   *
   * @param operand which of the layer's inputs the weight is
   */
  static @Nullable WeightAxes of(GraphEditor graph, NodeDef layer, int operand, Weight weight) {
    int in;
    int out;
    switch (layer.getOp()) {
      case "Conv2D" -> {
        in = 2;
        out = 3;
      }
      case "MatMul" -> {
        String attribute = operand == 0 ? "transpose_a" : "transpose_b";
        boolean transposed = layer.getAttrOrDefault(attribute, FALSE).getB();
        in = (operand == 0) == transposed ? 0 : 1;
        out = 1 - in;
      }
      default -> {
        return null;
      }
    }
    List<Dimension> dimensions = dimensions(graph, layer.getInput(operand), weight);
    if (dimensions == null || dimensions.size() <= Math.max(in, out)) {
      return null;
    }
    WeightAxes axes = new WeightAxes(dimensions.get(in).of, dimensions.get(out).of);
    return axes.input == ADDED || axes.output == ADDED ? null : axes;
  }

  /** A dimension of a tensor: which of the variable's it is, and its size. */
  private record Dimension(int of, long size) {
    static final Dimension ONE = new Dimension(ADDED, 1);
  }

  private static @Nullable List<Dimension> dimensions(
      GraphEditor graph, String tensor, Weight weight) {
    Deque<NodeDef> moves = new ArrayDeque<>();
    Set<String> start =
        weight.standIn() == null ? Set.copyOf(weight.reads()) : Set.of(weight.standIn().getName());
    NodeDef node = graph.producer(tensor);
    while (!start.contains(node.getName()) && !node.getName().equals(weight.variable().name())) {
      moves.push(node);
      node = Weight.moved(graph, node);
    }
    Shape shape = weight.variable().shape();
    List<Dimension> dimensions =
        IntStream.range(0, shape.numDimensions())
            .mapToObj(i -> new Dimension(i, shape.get(i)))
            .toList();
    for (NodeDef move : moves) {
      dimensions = moved(graph, move, dimensions);
      if (dimensions == null) {
        return null;
      }
    }
    return dimensions;
  }

  private static @Nullable List<Dimension> moved(
      GraphEditor graph, NodeDef move, List<Dimension> before) {
    return switch (move.getOp()) {
      case "Transpose" -> transposed(before, StaticTensors.ints(graph.input(move, 1)));
      case "ExpandDims" -> expanded(before, StaticTensors.ints(graph.input(move, 1)));
      case "Squeeze" ->
          squeezed(
              before,
              move.getAttrOrDefault("squeeze_dims", AttrValue.getDefaultInstance())
                  .getList()
                  .getIList());
      case "Reshape" -> reshaped(before, StaticTensors.ints(graph.input(move, 1)));
      case "Slice", "Split", "SplitV" -> parts(before);
      case "StridedSlice" -> keepsDimensions(move) ? parts(before) : null;
      case "Unpack" -> null;
      default -> before;
    };
  }

  private static List<Dimension> parts(List<Dimension> before) {
    return before.stream().map(whole -> new Dimension(whole.of, UNKNOWN)).toList();
  }

  private static boolean keepsDimensions(NodeDef slice) {
    return Stream.of("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
        .allMatch(mask -> slice.getAttrOrDefault(mask, AttrValue.getDefaultInstance()).getI() == 0);
  }

  private static @Nullable List<Dimension> transposed(List<Dimension> before, int[] order) {
    return order.length != before.size()
        ? null
        : IntStream.of(order).mapToObj(before::get).toList();
  }

  private static @Nullable List<Dimension> expanded(List<Dimension> before, int[] at) {
    if (at.length == 0) {
      return null;
    }
    List<Dimension> after = new ArrayList<>(before);
    after.add(at[0] < 0 ? before.size() + 1 + at[0] : at[0], Dimension.ONE);
    return after;
  }

  private static @Nullable List<Dimension> squeezed(List<Dimension> before, List<Long> named) {
    if (named.isEmpty() && before.stream().anyMatch(dimension -> dimension.size == UNKNOWN)) {
      return null;
    }
    List<Dimension> after = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      boolean goes =
          named.isEmpty()
              ? before.get(i).size == 1
              : named.contains((long) i) || named.contains((long) i - before.size());
      if (!goes) {
        after.add(before.get(i));
      }
    }
    return after;
  }

  /** Null if more changes than dimensions of size 1. */
  private static @Nullable List<Dimension> reshaped(List<Dimension> before, int[] sizes) {
    List<Dimension> large = before.stream().filter(dimension -> dimension.size != 1).toList();
    List<Dimension> after = new ArrayList<>();
    int next = 0;
    for (int size : sizes) {
      if (size == 1) {
        after.add(Dimension.ONE);
      } else if (next < large.size() && (size == -1 || large.get(next).size == size)) {
        after.add(large.get(next++));
      } else {
        return null;
      }
    }
    return next == large.size() ? after : null;
  }
}
