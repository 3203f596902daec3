package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * The sizes of tensors as terms: a number, or the name of a dimension that is open, such as the
 * batch. Equal terms are equal sizes in every run, which shapes with open dimensions do not tell.
 */
final class SymbolicSizes {

  private static final Set<String> LIKE_THE_FIRST =
      Set.of(
          "BiasAdd",
          "Cast",
          "Identity",
          "Neg",
          "LogicalNot",
          "OnesLike",
          "Relu",
          "ReverseV2",
          "Sigmoid",
          "StopGradient",
          "Tanh",
          "ZerosLike");

  private static final Set<String> BROADCASTING =
      Set.of(
          "Add",
          "AddV2",
          "Equal",
          "Greater",
          "Less",
          "LogicalAnd",
          "Mul",
          "NotEqual",
          "SelectV2",
          "Sub");

  private final GraphEditor graph;
  private final Map<TensorRef, KnownInts> known;
  private final Function<TensorRef, Shape> shapes;
  private final Map<TensorRef, List<String>> sizes = new HashMap<>();

  /** The elements of small integer tensors, as terms. */
  private final Map<TensorRef, List<String>> elements = new HashMap<>();

  SymbolicSizes(
      GraphEditor graph, Map<TensorRef, KnownInts> known, Function<TensorRef, Shape> shapes) {
    this.graph = graph;
    this.known = known;
    this.shapes = shapes;
  }

  /** The sizes of a tensor, or null. */
  @Nullable List<String> of(TensorRef tensor) {
    return sizes.get(tensor);
  }

  /** The sizes that tensors broadcast to; null if that depends on an open size. */
  static @Nullable List<String> broadcast(
      @Nullable List<String> left, @Nullable List<String> right) {
    if (left == null || right == null) {
      return null;
    }
    List<String> result = new ArrayList<>();
    int rank = Math.max(left.size(), right.size());
    for (int i = 0; i < rank; i++) {
      int l = i - rank + left.size();
      int r = i - rank + right.size();
      String a = l < 0 ? "1" : left.get(l);
      String b = r < 0 ? "1" : right.get(r);
      if (!a.equals(b) && !a.equals("1") && !b.equals("1")) {
        return null;
      }
      result.add(a.equals("1") ? b : a);
    }
    return result;
  }

  /** Looks at a node; those that it reads come first. */
  void learn(NodeDef node, int outputs) {
    for (int i = 0; i < outputs; i++) {
      learnOutput(new TensorRef(node.getName(), i), sizes(node, i));
    }
    learnElements(node);
  }

  /** Looks at a node whose outputs a run is given. */
  void learnFed(NodeDef node, int outputs) {
    for (int i = 0; i < outputs; i++) {
      learnOutput(new TensorRef(node.getName(), i), null);
    }
    learnElements(node);
  }

  private void learnOutput(TensorRef tensor, @Nullable List<String> like) {
    List<String> found = known(tensor, like);
    if (found != null) {
      sizes.put(tensor, found);
    }
  }

  private void learnElements(NodeDef node) {
    List<String> values = elements(node);
    if (values != null) {
      elements.put(TensorRef.of(node.getName()), values);
    }
  }

  /** Prefers the shape that the graph itself states over terms. */
  private @Nullable List<String> known(TensorRef tensor, @Nullable List<String> found) {
    Shape shape = shapes.apply(tensor);
    if (shape.isUnknown() || (found != null && found.size() != shape.numDimensions())) {
      return found;
    }
    List<String> terms = new ArrayList<>();
    for (int i = 0; i < shape.numDimensions(); i++) {
      String open = found == null ? tensor + "/" + i : found.get(i);
      terms.add(shape.get(i) < 0 ? open : Long.toString(shape.get(i)));
    }
    return terms;
  }

  private @Nullable List<String> sizes(NodeDef node, int output) {
    String op = node.getOp();
    if (LIKE_THE_FIRST.contains(op)) {
      return input(node, 0);
    }
    if (BROADCASTING.contains(op)) {
      List<String> all = input(node, 0);
      for (int i = 1; i < dataInputs(node); i++) {
        all = broadcast(all, input(node, i));
      }
      return all;
    }
    return switch (op) {
      case "Const" -> terms(TensorProtos.shape(node.getAttrOrThrow("value").getTensor()));
      case "ReadVariableOp" -> variable(node);
      case "Fill" -> elements.get(TensorRef.parse(node.getInput(0)));
      case "MatMul" -> matrix(node);
      case "Split" -> split(node);
      case "SplitV" -> part(node, output);
      case "ConcatV2" -> joined(node);
      case "Reshape" -> reshaped(node);
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
    return sizes.get(TensorRef.parse(node.getInput(index)));
  }

  private static int dataInputs(NodeDef node) {
    return (int) node.getInputList().stream().filter(input -> !input.startsWith("^")).count();
  }

  private static @Nullable List<String> terms(Shape shape) {
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      return null;
    }
    List<String> terms = new ArrayList<>();
    for (long size : shape.asArray()) {
      terms.add(Long.toString(size));
    }
    return terms;
  }

  private @Nullable List<String> variable(NodeDef read) {
    AttrValue shape = graph.input(read, 0).getAttrMap().get("shape");
    return shape == null ? null : terms(TensorProtos.shape(shape.getShape()));
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
    if (whole == null || at < 0 || !isNumber(whole.get(at))) {
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
    if (size < 0 && isNumber(whole.get(at))) {
      size = Long.parseLong(whole.get(at)) - 1;
      for (long other : parts.toArray()) {
        size -= other;
      }
    }
    return size < 0 ? null : replaced(whole, at, Long.toString(size));
  }

  private @Nullable List<String> joined(NodeDef node) {
    int operands = dataInputs(node) - 1;
    List<String> all = input(node, 0);
    int at = axis(all, known.get(TensorRef.parse(node.getInput(operands))));
    if (all == null || at < 0) {
      return null;
    }
    long size = 0;
    for (int i = 0; i < operands; i++) {
      List<String> operand = input(node, i);
      if (operand == null || operand.size() != all.size() || !isNumber(operand.get(at))) {
        return null;
      }
      size += Long.parseLong(operand.get(at));
    }
    return replaced(all, at, Long.toString(size));
  }

  /** A shape whose sizes are known one by one. */
  private @Nullable List<String> reshaped(NodeDef node) {
    List<String> shape = elements.get(TensorRef.parse(node.getInput(1)));
    return shape == null || shape.stream().anyMatch(term -> term.startsWith("-")) ? null : shape;
  }

  /** The dimension that a number stands for, or -1. */
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
      if (isNumber(all.get(i))) {
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
    List<String> table = variable ? variable(node) : input(node, 0);
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
    if (!isNumber(size)
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

  private @Nullable List<String> elements(NodeDef node) {
    KnownInts value = known.get(TensorRef.of(node.getName()));
    if (value != null && value.isComplete()) {
      List<String> terms = new ArrayList<>();
      for (long element : value.toArray()) {
        terms.add(Long.toString(element));
      }
      return terms;
    }
    return switch (node.getOp()) {
      case "Shape" -> input(node, 0);
      case "Identity", "Cast" -> elements.get(TensorRef.parse(node.getInput(0)));
      case "StridedSlice" -> {
        List<String> vector = elements.get(TensorRef.parse(node.getInput(0)));
        KnownInts begin = known.get(TensorRef.parse(node.getInput(1)));
        boolean one = isSet(node, "shrink_axis_mask", 0);
        if (vector == null || begin == null || !begin.isNumber() || !one) {
          yield null;
        }
        long index = begin.get(0) < 0 ? begin.get(0) + vector.size() : begin.get(0);
        yield index < 0 || index >= vector.size() ? null : List.of(vector.get((int) index));
      }
      case "Pack" -> packed(node);
      default -> null;
    };
  }

  private @Nullable List<String> packed(NodeDef node) {
    boolean integers =
        KnownInts.isKnownType(node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType());
    List<String> all = new ArrayList<>();
    for (String input : node.getInputList()) {
      TensorRef tensor = TensorRef.parse(input);
      List<String> one = integers ? elements.get(tensor) : null;
      if (one == null || one.size() != 1) {
        return null;
      }
      all.addAll(one);
    }
    return Collections.unmodifiableList(all);
  }

  static boolean isNumber(String term) {
    return !term.isEmpty() && term.length() < 10 && term.chars().allMatch(Character::isDigit);
  }

  private static int integer(NodeDef node, String attribute) {
    return (int) node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getI();
  }

  private static boolean flag(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getB();
  }

  private static boolean isSet(NodeDef slice, String mask, int bit) {
    return (integer(slice, mask) >> bit & 1) == 1;
  }
}
