package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.UnrolledStates;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Gives the operands and the result of a selection the same range: the union of theirs, or the one
 * that the runtime demands of one of them. Its kernel has one range, and the converter brings to it
 * only what nothing else reads. So the states of a masked recurrent layer, each a selection of the
 * step's value or the state before, have one range. The same holds for what is reversed and merged,
 * and for the states of a recurrent layer that gives sequences, which a stack and the next step
 * read, unless a range is much narrower than that of the stack; another operand of a stack keeps
 * its range for its other readers, unless theirs are nearly the same. A concatenation takes the
 * range that the runtime demands of an operand, such as a tanh, if its values are in it. What has
 * another range than the result is brought to it by a kernel of XNNPACK's that knows the ratio of
 * the scales in 256ths only.
 */
final class JoinedRanges {

  /** By how much a state's steps may become wider to be those of all states. */
  private static final double MOST_COARSENED = 4;

  /** By how much those of another operand of a stack may. */
  private static final double NEARLY_SAME = 1.2;

  private final GraphEditor graph;
  private final QuantizerAssignment assignment;
  private final UnrolledStates states;
  private final Map<TensorRef, ActivationPoint> points = new HashMap<>();
  private final Map<TensorRef, TensorRef> owners = new HashMap<>();
  private final Map<TensorRef, Range> unions = new HashMap<>();
  private final Function<TensorRef, Range> found;

  private JoinedRanges(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Function<TensorRef, Range> found) {
    this.graph = graph;
    this.assignment = assignment;
    states = new UnrolledStates(graph);
    this.found = found;
    plan.activations().stream()
        .filter(point -> graph.find(point.tensor().node()) != null)
        .forEach(point -> points.put(point.tensor(), point));
  }

  /**
   * A plan, and the range of each tensor in it that has one of its own.
   *
   * @param plan with ranges joined
   * @param ranges the unions
   */
  record Joined(QuantizationPlan plan, Function<TensorRef, Range> ranges) {}

  /**
   * Joins what a graph joins.
   *
   * @param found the range of each tensor that has one of its own in the plan
   */
  static Joined of(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Function<TensorRef, Range> found) {
    JoinedRanges joined = new JoinedRanges(graph, plan, assignment, found);
    plan.activations().forEach(joined::join);
    if (joined.owners.isEmpty()) {
      return new Joined(plan, found);
    }
    List<ActivationPoint> activations = plan.activations().stream().map(joined::owned).toList();
    return new Joined(
        plan.withActivations(activations),
        tensor -> {
          Range union = joined.unions.get(tensor);
          return union == null ? found.apply(tensor) : union;
        });
  }

  private ActivationPoint owned(ActivationPoint point) {
    TensorRef owner = owner(point.rangeOf());
    return owner.equals(point.rangeOf())
        ? point
        : point.withRangeOf(Objects.requireNonNull(points.get(owner)));
  }

  private void join(ActivationPoint result) {
    NodeDef node = graph.find(result.tensor().node());
    if (node == null || !Merging.isMerging(node)) {
      return;
    }
    boolean selects = node.getOp().startsWith("Select");
    boolean stacks = node.getOp().equals("Pack");
    double coarsened = stacks && states.areStacked(node) ? MOST_COARSENED : NEARLY_SAME;
    boolean lines = node.getOp().equals("ConcatV2");
    for (int input : Patterns.dataInputs(node)) {
      ActivationPoint operand = source(TensorRef.parse(node.getInput(input)));
      if (operand == null) {
        continue;
      }
      if (selects
          || graph.node(operand.tensor().node()).getOp().equals("ReverseV2")
          || (stacks && isNear(operand, result, coarsened))
          || (lines && assignment.fixed(operand) != null)) {
        join(owner(operand.rangeOf()), owner(result.rangeOf()));
      }
    }
  }

  /** Returns whether a stack's range costs an operand little of its resolution. */
  private boolean isNear(ActivationPoint operand, ActivationPoint stack, double coarsened) {
    ActivationPoint one = points.get(owner(operand.rangeOf()));
    ActivationPoint two = points.get(owner(stack.rangeOf()));
    if (one == null || two == null) {
      return false;
    }
    Range range = range(one);
    return coarsened * width(range) >= width(union(range, range(two)));
  }

  private static double width(Range range) {
    return (double) range.max() - range.min();
  }

  private void join(TensorRef operand, TensorRef result) {
    ActivationPoint one = points.get(operand);
    ActivationPoint two = points.get(result);
    if (one == null
        || two == null
        || operand.equals(result)
        || !assignment.spec(one).equals(assignment.spec(two))) {
      return;
    }
    Range demanded = assignment.fixed(one);
    Range union = union(range(one), range(two));
    if (demanded == null && assignment.fixed(two) == null) {
      owners.put(operand, result);
      unions.put(result, union);
    } else if (demanded == null && holds(range(two), union)) {
      owners.put(operand, result);
    } else if (demanded != null && assignment.fixed(two) == null && holds(demanded, union)) {
      owners.put(result, operand);
    }
  }

  private Range range(ActivationPoint owner) {
    Range demanded = assignment.fixed(owner);
    Range union = demanded == null ? unions.get(owner.tensor()) : demanded;
    return union == null ? found.apply(owner.tensor()) : union;
  }

  /** Tells whether values of a range are in another one or at most a step of 8 bits beside it. */
  private static boolean holds(Range range, Range values) {
    double step = ((double) range.max() - range.min()) / 255;
    return values.min() >= range.min() - step && values.max() <= range.max() + step;
  }

  private TensorRef owner(TensorRef tensor) {
    TensorRef owner = tensor;
    for (TensorRef next = owners.get(owner); next != null; next = owners.get(owner)) {
      owner = next;
    }
    return owner;
  }

  /** Returns the quantized tensor that gives a tensor its values, or null. */
  private @Nullable ActivationPoint source(TensorRef tensor) {
    TensorRef source = tensor;
    while (!points.containsKey(source)) {
      NodeDef producer = graph.node(source.node());
      if (!Patterns.isTransparent(producer)) {
        return null;
      }
      source = TensorRef.parse(producer.getInput(Patterns.dataInputs(producer)[0]));
    }
    return points.get(source);
  }

  private static Range union(Range one, Range two) {
    return new Range(Math.min(one.min(), two.min()), Math.max(one.max(), two.max()));
  }
}
