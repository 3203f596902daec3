package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Bounds;
import org.tfmot.techniques.weights.StaticTensors;

/** The activations of a plan in the making, and whose range each of them has. */
final class ActivationPoints {

  private final GraphEditor graph;
  private final DataFlow flow;
  private final Predicate<NodeDef> float32;
  private final Map<TensorRef, TensorRef> sources = new HashMap<>();
  private final Map<TensorRef, ActivationPoint> points = new LinkedHashMap<>();
  private final Set<TensorRef> quantizedAlready = new HashSet<>();

  /**
   * Starts without activations.
   *
   * @param float32 which operations stay in float although they only move values
   */
  ActivationPoints(GraphEditor graph, DataFlow flow, Predicate<NodeDef> float32) {
    this.float32 = float32;
    this.graph = graph;
    this.flow = flow;
  }

  /** Adds a tensor. */
  void add(ActivationPoint point) {
    points.put(point.tensor(), point);
  }

  /** Adds a tensor that has the range of an operation's input. */
  void addWithRangeOf(TensorRef tensor, String input) {
    TensorRef source = source(TensorRef.parse(input));
    if (quantizedAlready.contains(source)) {
      // The converter does not hand a weight's range on to others.
      points.putIfAbsent(source, ActivationPoint.of(source, false));
    }
    add(new ActivationPoint(tensor, source, false));
  }

  /** Notes that a tensor has the values of a quantized weight. */
  void addQuantizedAlready(TensorRef tensor) {
    quantizedAlready.add(tensor);
  }

  /** Quantizes a tensor that flows into a quantized operation. */
  void require(TensorRef tensor) {
    TensorRef source = source(tensor);
    if (!quantizedAlready.contains(source)) {
      points.putIfAbsent(source, ActivationPoint.of(source, false));
    }
  }

  /** Returns whether a tensor's values are those of one that is quantized. */
  boolean isQuantized(TensorRef tensor) {
    TensorRef source = source(tensor);
    return points.containsKey(source) || quantizedAlready.contains(source);
  }

  /**
   * Gives what flows into a merging operation and nowhere else the range of its output. Others keep
   * theirs; the converter brings them to the output's.
   */
  void merge(NodeDef node) {
    for (int input : Patterns.dataInputs(node)) {
      TensorRef tensor = TensorRef.parse(node.getInput(input));
      NodeDef user = node;
      while (user.equals(flow.onlyUser(tensor)) && isPassedOver(tensor)) {
        user = graph.node(tensor.node());
        tensor = passed(user);
      }
      ActivationPoint point = points.get(tensor);
      if (point != null
          && point.hasOwnRange()
          && point.fixed() == null
          && user.equals(flow.onlyUser(tensor))) {
        add(point.mergedInto(TensorRef.of(node.getName())));
      }
    }
  }

  private boolean isPassedOver(TensorRef tensor) {
    NodeDef node = graph.node(tensor.node());
    return flow.isOperation(node.getName()) && isTransparent(node) && !Patterns.isSplit(node);
  }

  /** The activations: those with a range of their own first. */
  List<ActivationPoint> list() {
    List<ActivationPoint> own = new ArrayList<>();
    List<ActivationPoint> sharing = new ArrayList<>();
    for (ActivationPoint point : points.values()) {
      (point.hasOwnRange() ? own : sharing).add(point.withRangeOf(owner(point)));
    }
    own.addAll(sharing);
    return own;
  }

  private ActivationPoint owner(ActivationPoint point) {
    ActivationPoint owner = point;
    while (!owner.hasOwnRange()) {
      owner = Objects.requireNonNull(points.get(owner.rangeOf()));
    }
    return owner;
  }

  /** The tensor that gives a tensor its values: what only moves them is passed over. */
  private TensorRef source(TensorRef tensor) {
    List<TensorRef> passed = new ArrayList<>();
    TensorRef source = tensor;
    while (!sources.containsKey(source) && isTransparent(graph.node(source.node()))) {
      passed.add(source);
      source = passed(graph.node(source.node()));
    }
    TensorRef end = sources.getOrDefault(source, source);
    passed.forEach(seen -> sources.put(seen, end));
    return end;
  }

  /** The tensor whose values an operation passes on. */
  private TensorRef passed(NodeDef node) {
    int bound = Bounds.outOfReach(graph, node);
    int input = bound < 0 ? Patterns.dataInputs(node)[0] : 1 - bound;
    return TensorRef.parse(node.getInput(input));
  }

  /**
   * Returns whether an operation's output has the values of its input, and at most zeros besides.
   */
  boolean isTransparent(NodeDef node) {
    if (float32.test(node)) {
      return false;
    }
    if (node.getOp().equals("PadV2")) {
      return StaticTensors.isZero(graph.input(node, 2));
    }
    return (Patterns.isTransparent(node) && !flow.movesConstants(node))
        || Bounds.outOfReach(graph, node) >= 0;
  }
}
