package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Adds to a graph the lowest value that the range of each of its {@link Scores} has to cover.
 *
 * <p>With the largest score {@code m} of a row of {@code n}, a score {@code s} has at most the
 * share {@code exp(s - m)}. All scores at or below the <em>floor</em> {@code m - r} with the reach
 * {@code r = log(2 n L)} have together less than {@code n exp(-r) = 1 / (2 L)}, half a step of a
 * softmax with {@code L} = 256 levels (32,768 in 16 bits): they can all be at the floor. A row has
 * a mask if a score is more than {@value #MASK} below the floor; what is there is masked and the
 * rest is not.
 *
 * <p>The range ends at {@code u - r}, where {@code u} is the lowest score that is not masked, at
 * least the row's floor. It is not the lowest floor of the samples, for in other rows the largest
 * score may be smaller: down to {@code u}, where scores end that are a term of their own. Even
 * then, masked ones are a whole reach below it.
 *
 * <p>A row that a mask covers wholly has no share that anybody should read. Its scores get the same
 * share if they are so far below those of other rows that a range for both would have steps above
 * 1, a factor of e: no row would keep its shares. So do those of samples in which all rows are
 * masked, such as one that consists of padding, which a range that begins at 0 cannot hold either.
 *
 * <p>While a graph is trained its scores are quantized with ranges that depend on these bounds, so
 * bounds are computed from copies of the operations between scores, which read no quantized score.
 * Where a bound depends on the quantized score all the same, such as that of a mask which several
 * layers of attention share, it is {@linkplain #isLate late}: a step cannot quantize with it.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ScoreBounds {

  private static final float MASK = 64;

  /** The lowest score that is worth a range: the kernel of 16 bits ends at 65,534. */
  private static final float LOWEST = -65000;

  /** A term that brings a sum to its end does so although the terms and the sum are rounded. */
  public static final float ROUNDING = 1.03f;

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final Scores scores;
  private final boolean wide;
  private final Map<TensorRef, String> copies = new HashMap<>();
  private final Map<TensorRef, String> bounds = new HashMap<>();
  private final Set<TensorRef> late = new HashSet<>();

  private ScoreBounds(ModelEditor model, Scores scores, boolean wide) {
    this.model = model;
    this.scores = scores;
    this.wide = wide;
  }

  /**
   * Adds the bounds of all scores of a graph.
   *
   * @param scores of the graph
   * @param wide whether activations have 16 bits
   * @param quantized which scores are going to be quantized in this graph, by these bounds
   */
  public static ScoreBounds add(
      ModelEditor model, Scores scores, boolean wide, Predicate<TensorRef> quantized) {
    ScoreBounds bounds = new ScoreBounds(model, scores, wide);
    Set<String> given = new HashSet<>();
    model.graph().nodes().forEach(node -> given.add(node.getName()));
    List<TensorRef> forward = new ArrayList<>(scores.tensors());
    Collections.reverse(forward);
    forward.forEach(tensor -> bounds.copy(tensor, quantized));
    scores.tensors().forEach(tensor -> bounds.bounds.put(tensor, bounds.bound(tensor)));
    bounds.findLate(given, quantized);
    return bounds;
  }

  /**
   * Returns whether the bound of a tensor depends on a score that is quantized no earlier than the
   * tensor itself: computed of the values of a step, it comes too late for that step.
   */
  public boolean isLate(TensorRef tensor) {
    return late.contains(tensor);
  }

  /**
   * Finds the bounds that are late. What the graph had before reads scores when they are quantized;
   * bounds and copies read them as they are.
   */
  private void findLate(Set<String> given, Predicate<TensorRef> quantized) {
    Map<String, Integer> places = new HashMap<>();
    Map<String, Integer> lastReadBefore = new HashMap<>();
    for (NodeDef node : model.graph().inOrder()) {
      int last = -1;
      for (String input : node.getInputList()) {
        TensorRef tensor = TensorRef.parse(input);
        last = Math.max(last, lastReadBefore.getOrDefault(tensor.node(), -1));
        if (given.contains(node.getName()) && scores.contains(tensor) && quantized.test(tensor)) {
          last = Math.max(last, places.getOrDefault(tensor.node(), -1));
        }
      }
      places.put(node.getName(), places.size());
      lastReadBefore.put(node.getName(), last);
    }
    bounds.forEach(
        (tensor, bound) -> {
          int last = lastReadBefore.getOrDefault(TensorRef.parse(bound).node(), -1);
          if (last >= places.getOrDefault(tensor.node(), Integer.MAX_VALUE)) {
            late.add(tensor);
          }
        });
  }

  /** Returns the bound of a tensor, a scalar that is not above 0, or null if it is no score. */
  public @Nullable String of(TensorRef tensor) {
    return bounds.get(tensor);
  }

  /** Returns the copies of scores, and what each is a copy of. */
  public Map<String, String> copies() {
    Map<String, String> originals = new LinkedHashMap<>();
    copies.forEach((tensor, copy) -> originals.put(copy, tensor.toString()));
    return originals;
  }

  /**
   * Has what looks at the shape of a score look at its copy's, or its own. Copies may depend on the
   * shape, and would then depend on the quantized score.
   */
  public void keepShapes() {
    for (TensorRef tensor : scores.tensors()) {
      TensorRef quantized = TensorRef.of(ActivationPoint.quantizer(tensor));
      TensorRef to = TensorRef.parse(copied(tensor));
      model.graph().redirect(quantized, to, Patterns::readsShape);
      model.graph().redirect(tensor, to, Patterns::readsShape);
    }
  }

  private void copy(TensorRef tensor, Predicate<TensorRef> quantized) {
    NodeDef node = model.graph().node(tensor.node());
    NodeDef.Builder copy = node.toBuilder();
    boolean dependent = false;
    for (int i = 0; i < node.getInputCount(); i++) {
      TensorRef input = TensorRef.parse(node.getInput(i));
      if (scores.contains(input)) {
        dependent |= quantized.test(input) || copies.containsKey(input);
        copy.setInput(i, copied(input));
      }
    }
    if (dependent) {
      String name = ActivationPoint.quantizer(tensor) + "/copy";
      copies.put(tensor, model.graph().add(copy.setName(unique(name)).build()));
    }
  }

  private String unique(String name) {
    return model.graph().uniqueName(name);
  }

  private String copied(TensorRef tensor) {
    return copies.getOrDefault(tensor, tensor.toString());
  }

  private String bound(TensorRef tensor) {
    String name = ActivationPoint.quantizer(tensor) + "/bound";
    String bound = model.addConstant(name + "/none", TensorProtos.scalar(0f));
    for (NodeDef reader : scores.readers(tensor)) {
      bound = node("Minimum", name, bound, bound(reader, tensor, name));
    }
    return bound;
  }

  private String bound(NodeDef reader, TensorRef tensor, String name) {
    if (Scores.isSoftmax(reader)) {
      return lowest(name, copied(tensor));
    }
    String bound = Objects.requireNonNull(bounds.get(TensorRef.of(reader.getName())));
    int other = TensorRef.parse(reader.getInput(0)).equals(tensor) ? 1 : 0;
    if (Scores.isSum(reader)) {
      String largest = Reductions.all(model, "Max", name + "/other", operand(reader, other));
      String term = node("Sub", name + "/term", bound, largest);
      return node("Mul", name + "/rounded", term, number(name + "/rounding", ROUNDING));
    }
    return switch (reader.getOp()) {
      case "Sub" -> {
        String smallest = Reductions.all(model, "Min", name + "/other", operand(reader, other));
        String term = node("AddV2", name + "/term", bound, smallest);
        yield node("Mul", name + "/rounded", term, number(name + "/rounding", ROUNDING));
      }
      case "Mul" -> scaled("RealDiv", name, bound, operand(reader, other));
      case "Div", "RealDiv" -> scaled("Mul", name, bound, operand(reader, other));
      default -> bound;
    };
  }

  private String operand(NodeDef reader, int input) {
    return copied(TensorRef.parse(reader.getInput(input)));
  }

  private String scaled(String op, String name, String bound, String constant) {
    return Reductions.all(model, "Min", name, node(op, name + "/scaled", bound, constant));
  }

  /** Adds the lowest value that a softmax needs of its input. */
  private String lowest(String name, String tensor) {
    float levels = wide ? 0x1p15f : 0x1p8f;
    float steps = wide ? 0x1p16f : 0x1p8f;
    String largest = reduce("Max", name + "/largest", tensor);
    String smallest = reduce("Min", name + "/smallest", tensor);
    String top = Reductions.all(model, "Max", name + "/top", largest);
    String size = node("Log", name + "/log", size(name, tensor));
    String reach =
        node("AddV2", name + "/reach", size, number(name + "/share", (float) Math.log(2 * levels)));
    String floor = node("Sub", name + "/floor", largest, reach);
    String limit = node("Sub", name + "/limit", floor, number(name + "/far", MASK));
    String masked = node("Less", name + "/masked", smallest, limit);
    String kept = node("GreaterEqual", name + "/kept", tensor, limit);
    String unmasked = node("SelectV2", name + "/unmasked", kept, tensor, largest);
    String low = reduce("Min", name + "/low", unmasked);
    String end =
        node("SelectV2", name + "/end", masked, node("Maximum", name + "/cut", low, floor), low);
    String worth = number(name + "/worth", LOWEST);
    String wholly = node("Sub", name + "/wholly", top, number(name + "/steps", steps));
    String lost = node("Less", name + "/lost", largest, node("Maximum", name, wholly, worth));
    String none = node("Less", name + "/none_kept", top, worth);
    String others = node("SelectV2", name + "/others", none, number(name + "/zero", 0), top);
    String lowest =
        Reductions.all(
            model, "Min", name + "/lowest", node("SelectV2", name + "/row", lost, others, end));
    String margin = node("Sub", name + "/margin", lowest, reach);
    return node("SelectV2", name + "/softmax", any(name, masked, lost), margin, lowest);
  }

  private String any(String name, String masked, String lost) {
    String either = model.add("LogicalOr", name + "/either", Map.of(), masked, lost);
    String shape = model.addConstant(name + "/flat/shape", TensorProtos.ints(Shape.of(1), -1));
    Map<String, DataType> types = Map.of("T", DataType.DT_BOOL, "Tshape", DataType.DT_INT32);
    String flat = model.add("Reshape", name + "/flat", types, either, shape);
    String axis = model.addConstant(name + "/flat/axis", TensorProtos.scalar(0));
    return model.add("Any", name + "/any", Map.of("Tidx", DataType.DT_INT32), flat, axis);
  }

  /** Adds the size of the last dimension, as a number. */
  private String size(String name, String tensor) {
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "out_type", DataType.DT_INT32);
    String shape = model.add("Shape", name + "/shape", types, tensor);
    String last = model.addConstant(name + "/last", TensorProtos.ints(Shape.of(1), -1));
    String end = model.addConstant(name + "/behind", TensorProtos.ints(Shape.of(1), 0));
    String stride = model.addConstant(name + "/stride", TensorProtos.ints(Shape.of(1), 1));
    Map<String, ?> slice =
        Map.of(
            "T",
            DataType.DT_INT32,
            "Index",
            DataType.DT_INT32,
            "begin_mask",
            0,
            "end_mask",
            1,
            "shrink_axis_mask",
            1);
    String size = model.add("StridedSlice", name + "/size", slice, shape, last, end, stride);
    Map<String, DataType> cast = Map.of("SrcT", DataType.DT_INT32, "DstT", DataType.DT_FLOAT);
    return model.add("Cast", name + "/count", cast, size);
  }

  private String reduce(String op, String name, String tensor) {
    String axis = model.addConstant(name + "/axis", TensorProtos.scalar(-1));
    Map<String, ?> attributes =
        Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32, "keep_dims", true);
    return model.add(op, name, attributes, tensor, axis);
  }

  private String number(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
