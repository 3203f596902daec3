package org.tfmot.api.folding;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.TensorRef;

/**
 * Rules by which operations move, cut, join and repeat dimensions: the sizes of what they give, as
 * terms of {@link SymbolicSizes}, from those of what they read.
 */
final class DimensionRules {

  private final SymbolicSizes sizes;
  private final Map<TensorRef, KnownInts> known;

  DimensionRules(SymbolicSizes sizes, Map<TensorRef, KnownInts> known) {
    this.sizes = sizes;
    this.known = known;
  }

  /** Returns the sizes of an output; null if there is no rule, or it depends on open sizes. */
  @Nullable List<String> sizes(NodeDef node, int output) {
    return switch (node.getOp()) {
      case "MatMul" -> matrix(node);
      case "Split" -> split(node);
      case "SplitV" -> part(node, output);
      case "ConcatV2" -> joined(node);
      case "Tile" -> tiled(node);
      case "Unpack" -> without(input(node, 0), integer(node, "axis"));
      case "Pack" -> with(input(node, 0), integer(node, "axis"), node);
      case "ExpandDims" -> expanded(node);
      case "Transpose" -> transposed(node);
      case "GatherV2", "ResourceGather" -> rows(node);
      case "StridedSlice" -> sliced(node);
      default -> null;
    };
  }

  private @Nullable List<String> input(NodeDef node, int index) {
    return sizes.input(node, index);
  }

  private @Nullable List<String> matrix(NodeDef node) {
    List<String> a = input(node, 0);
    List<String> b = input(node, 1);
    return a == null || b == null || a.size() != 2 || b.size() != 2
        ? null
        : List.of(
            a.get(flag(node, "transpose_a") ? 1 : 0), b.get(flag(node, "transpose_b") ? 0 : 1));
  }

  private @Nullable List<String> split(NodeDef node) {
    List<String> whole = input(node, 1);
    int at = axis(whole, known.get(TensorRef.parse(node.getInput(0))));
    if (whole == null || at < 0 || !SymbolicSizes.isNumber(whole.get(at))) {
      return null;
    }
    return replaced(
        whole, at, Long.toString(Long.parseLong(whole.get(at)) / integer(node, "num_split")));
  }

  /** One of the parts of given sizes, of which one may be what the others leave. */
  private @Nullable List<String> part(NodeDef node, int output) {
    List<String> whole = input(node, 0);
    KnownInts parts = known.get(TensorRef.parse(node.getInput(1)));
    int at = axis(whole, known.get(TensorRef.parse(node.getInput(2))));
    if (whole == null || parts == null || !parts.isComplete() || output >= parts.size() || at < 0) {
      return null;
    }
    long size = parts.get(output);
    if (size < 0 && SymbolicSizes.isNumber(whole.get(at))) {
      size = Long.parseLong(whole.get(at)) - 1;
      for (long other : parts.toArray()) {
        size -= other;
      }
    }
    return size < 0 ? null : replaced(whole, at, Long.toString(size));
  }

  private @Nullable List<String> joined(NodeDef node) {
    int operands = SymbolicSizes.dataInputs(node) - 1;
    List<String> all = input(node, 0);
    int at = axis(all, known.get(TensorRef.parse(node.getInput(operands))));
    if (all == null || at < 0) {
      return null;
    }
    long size = 0;
    for (int i = 0; i < operands; i++) {
      List<String> operand = input(node, i);
      if (operand == null
          || operand.size() != all.size()
          || !SymbolicSizes.isNumber(operand.get(at))) {
        return null;
      }
      size += Long.parseLong(operand.get(at));
    }
    return replaced(all, at, Long.toString(size));
  }

  /** The dimension that a number represents, or -1. */
  private static int axis(@Nullable List<String> all, @Nullable KnownInts axis) {
    if (all == null || axis == null || !axis.isNumber()) {
      return -1;
    }
    long at = axis.get(0) < 0 ? axis.get(0) + all.size() : axis.get(0);
    return at < 0 || at >= all.size() ? -1 : (int) at;
  }

  private static List<String> replaced(List<String> all, int at, String size) {
    List<String> changed = new ArrayList<>(all);
    changed.set(at, size);
    return changed;
  }

  private @Nullable List<String> tiled(NodeDef node) {
    List<String> whole = input(node, 0);
    KnownInts times = known.get(TensorRef.parse(node.getInput(1)));
    if (whole == null || times == null || !times.isComplete() || times.size() != whole.size()) {
      return null;
    }
    List<String> all = new ArrayList<>(whole);
    for (int i = 0; i < all.size(); i++) {
      if (SymbolicSizes.isNumber(all.get(i))) {
        all.set(i, Long.toString(Long.parseLong(all.get(i)) * times.get(i)));
      } else if (times.get(i) != 1) {
        return null;
      }
    }
    return all;
  }

  private static @Nullable List<String> without(@Nullable List<String> whole, int axis) {
    if (whole == null || axis < 0 || axis >= whole.size()) {
      return null;
    }
    List<String> rest = new ArrayList<>(whole);
    rest.remove(axis);
    return rest;
  }

  private static @Nullable List<String> with(@Nullable List<String> item, int axis, NodeDef pack) {
    if (item == null || axis < 0 || axis > item.size()) {
      return null;
    }
    List<String> all = new ArrayList<>(item);
    all.add(axis, Integer.toString(integer(pack, "N")));
    return all;
  }

  private @Nullable List<String> expanded(NodeDef node) {
    List<String> all = input(node, 0);
    KnownInts axis = known.get(TensorRef.parse(node.getInput(1)));
    if (all == null || axis == null || !axis.isNumber()) {
      return null;
    }
    long at = axis.get(0) < 0 ? axis.get(0) + all.size() + 1 : axis.get(0);
    List<String> more = new ArrayList<>(all);
    if (at < 0 || at > all.size()) {
      return null;
    }
    more.add((int) at, "1");
    return more;
  }

  private @Nullable List<String> transposed(NodeDef node) {
    List<String> all = input(node, 0);
    KnownInts order = known.get(TensorRef.parse(node.getInput(1)));
    if (all == null || order == null || !order.isComplete() || order.size() != all.size()) {
      return null;
    }
    List<String> moved = new ArrayList<>();
    for (long axis : order.toArray()) {
      if (axis < 0 || axis >= all.size()) {
        return null;
      }
      moved.add(all.get((int) axis));
    }
    return moved;
  }

  private @Nullable List<String> rows(NodeDef node) {
    boolean variable = node.getOp().equals("ResourceGather");
    List<String> table = variable ? sizes.variable(node) : input(node, 0);
    List<String> indices = input(node, 1);
    KnownInts axis = variable ? null : known.get(TensorRef.parse(node.getInput(2)));
    boolean first = variable || (axis != null && axis.isNumber() && axis.get(0) == 0);
    if (table == null || indices == null || !first || integer(node, "batch_dims") != 0) {
      return null;
    }
    List<String> all = new ArrayList<>(indices);
    all.addAll(table.subList(1, table.size()));
    return all;
  }

  /** A slice; what it takes of an open dimension is another open dimension. */
  private @Nullable List<String> sliced(NodeDef node) {
    List<String> all = input(node, 0);
    KnownInts begin = known.get(TensorRef.parse(node.getInput(1)));
    if (all == null
        || begin == null
        || begin.size() > all.size()
        || integer(node, "new_axis_mask") != 0
        || integer(node, "ellipsis_mask") != 0) {
      return null;
    }
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean whole =
          i >= begin.size() || (isSet(node, "begin_mask", i) && isSet(node, "end_mask", i));
      if (i < begin.size() && isSet(node, "shrink_axis_mask", i)) {
        continue;
      }
      kept.add(whole ? all.get(i) : taken(node, i, all.get(i)));
    }
    return kept;
  }

  private String taken(NodeDef slice, int dimension, String size) {
    String open = slice.getName() + "/" + dimension;
    KnownInts begin = known.get(TensorRef.parse(slice.getInput(1)));
    KnownInts end = known.get(TensorRef.parse(slice.getInput(2)));
    KnownInts strides = known.get(TensorRef.parse(slice.getInput(3)));
    if (!SymbolicSizes.isNumber(size)
        || begin == null
        || end == null
        || strides == null
        || !begin.isComplete()
        || !end.isComplete()
        || !strides.isComplete()
        || strides.get(dimension) != 1) {
      return open;
    }
    long all = Long.parseLong(size);
    long from = isSet(slice, "begin_mask", dimension) ? 0 : bound(begin.get(dimension), all);
    long to = isSet(slice, "end_mask", dimension) ? all : bound(end.get(dimension), all);
    return Long.toString(Math.max(0, to - from));
  }

  private static long bound(long index, long size) {
    return Math.max(0, Math.min(size, index < 0 ? index + size : index));
  }

  private static int integer(NodeDef node, String attribute) {
    return (int) node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getI();
  }

  private static boolean flag(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getB();
  }

  /** Returns whether a mask of a slice names a dimension. */
  static boolean isSet(NodeDef slice, String mask, int dimension) {
    return (integer(slice, mask) >> dimension & 1) == 1;
  }
}
