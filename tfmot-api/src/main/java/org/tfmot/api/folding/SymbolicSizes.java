package org.tfmot.api.folding;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apiguardian.api.API;
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
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SymbolicSizes {

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
  private final DimensionRules dimensions;
  private final Map<TensorRef, List<String>> sizes = new HashMap<>();

  /** The elements of small integer tensors, as terms. */
  private final Map<TensorRef, List<String>> elements = new HashMap<>();

  public SymbolicSizes(
      GraphEditor graph, Map<TensorRef, KnownInts> known, Function<TensorRef, Shape> shapes) {
    this.graph = graph;
    this.known = known;
    this.shapes = shapes;
    this.dimensions = new DimensionRules(this, known);
  }

  /** The sizes of a tensor, or null. */
  public @Nullable List<String> of(TensorRef tensor) {
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
  public void learn(NodeDef node, int outputs) {
    for (int i = 0; i < outputs; i++) {
      learnOutput(new TensorRef(node.getName(), i), sizes(node, i));
    }
    learnElements(node);
  }

  /** Looks at a node whose outputs a run is given. */
  public void learnFed(NodeDef node, int outputs) {
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
      case "Reshape" -> reshaped(node);
      default -> dimensions.sizes(node, output);
    };
  }

  /** The sizes of what a node reads, or null. */
  @Nullable List<String> input(NodeDef node, int index) {
    return sizes.get(TensorRef.parse(node.getInput(index)));
  }

  static int dataInputs(NodeDef node) {
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

  /** The sizes of the variable that a node reads, or null. */
  @Nullable List<String> variable(NodeDef read) {
    AttrValue shape = graph.input(read, 0).getAttrMap().get("shape");
    return shape == null ? null : terms(TensorProtos.shape(shape.getShape()));
  }

  /** A shape whose sizes are known one by one. */
  private @Nullable List<String> reshaped(NodeDef node) {
    List<String> shape = elements.get(TensorRef.parse(node.getInput(1)));
    return shape == null || shape.stream().anyMatch(term -> term.startsWith("-")) ? null : shape;
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
        boolean one = DimensionRules.isSet(node, "shrink_axis_mask", 0);
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

  public static boolean isNumber(String term) {
    return !term.isEmpty() && term.length() < 10 && term.chars().allMatch(Character::isDigit);
  }
}
