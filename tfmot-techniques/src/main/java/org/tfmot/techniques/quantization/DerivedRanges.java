package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Ranges that follow from the grid of an operand, on which the values lie already. On another grid
 * they would be rounded once more, and by XNNPACK coarsely: its kernel that brings int8 to another
 * scale knows the ratio of the scales in 256ths only.
 *
 * <ul>
 *   <li>Rows of a quantized table have the table's steps.
 *   <li>{@code 1 - x} has those of x where the runtime demands multiples of 1/256 of x, as of a
 *       sigmoid: the update gate of a GRU.
 *   <li>{@code 1 / sqrt(x)} ends at half a step of x: what is smaller is 0 in the file, as the sum
 *       of squares of a row of zeros. With the range of such a row, 1e6 for an epsilon of 1e-12,
 *       all other results would be 0.
 * </ul>
 *
 * A range that somebody chose stays.
 */
final class DerivedRanges {

  private static final Set<String> KEEPING = Set.of("Add", "AddV2", "Maximum");

  private final GraphEditor graph;
  private final QuantizerAssignment assignment;
  private final Map<TensorRef, ActivationPoint> points = new HashMap<>();
  private final Function<TensorRef, Range> found;
  private final Map<TensorRef, Range> observed;

  private DerivedRanges(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Function<TensorRef, Range> found,
      Map<TensorRef, Range> observed) {
    this.graph = graph;
    this.assignment = assignment;
    this.found = found;
    this.observed = observed;
    plan.activations().forEach(point -> points.put(point.tensor(), point));
  }

  /**
   * Returns the range of each tensor that has one of its own.
   *
   * @param graph with its weights quantized, and no activations
   * @param found ranges from the values
   * @param observed ranges of tensors that the plan may leave in float
   */
  static Function<TensorRef, Range> of(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Function<TensorRef, Range> found,
      Map<TensorRef, Range> observed) {
    return new DerivedRanges(graph, plan, assignment, found, observed)::range;
  }

  private Range range(TensorRef tensor) {
    ActivationPoint point = points.get(tensor);
    NodeDef node = graph.find(tensor.node());
    Range derived = null;
    if (point != null && node != null && !assignment.isOwn(point)) {
      derived =
          switch (node.getOp()) {
            case "Sub" -> ofComplement(node);
            case "Rsqrt" -> ofRoot(node, found.apply(tensor));
            default -> ofTable(node, point);
          };
    }
    return derived == null ? found.apply(tensor) : derived;
  }

  /** Returns the range of {@code 1 - x}, or null if it does not follow from that of x. */
  private @Nullable Range ofComplement(NodeDef node) {
    ActivationPoint operand = points.get(TensorRef.parse(node.getInput(1)));
    if (operand == null || operand.fixed() == null || !isOne(graph.input(node, 0))) {
      return null;
    }
    boolean inUnit = operand.fixed().min() == 0 && operand.fixed().max() < 1;
    return inUnit ? assignment.fixed(operand) : null;
  }

  private boolean isOne(NodeDef operand) {
    NodeDef node = unquantized(operand);
    if (!node.getOp().equals("Const")) {
      return false;
    }
    float[] values = TensorProtos.toFloats(node.getAttrOrThrow("value").getTensor());
    for (float value : values) {
      if (value != 1) {
        return false;
      }
    }
    return values.length > 0;
  }

  private NodeDef unquantized(NodeDef operand) {
    NodeDef node = operand;
    while (node.getOp().startsWith("FakeQuant") || node.getOp().equals("Identity")) {
      node = graph.input(node, 0);
    }
    return node;
  }

  /** Returns the range of a reciprocal root, or null if all of it is told apart. */
  private @Nullable Range ofRoot(NodeDef node, Range results) {
    TensorRef operand = operand(node);
    if (operand == null) {
      return null;
    }
    ActivationPoint point = points.get(operand);
    Range inputs =
        point == null
            ? Objects.requireNonNull(observed.get(operand))
            : point.fixed() == null ? range(point.rangeOf()) : point.fixed();
    QuantizerSpec spec = point == null ? assignment.activation() : assignment.spec(point);
    double halfStep = ((double) inputs.max() - inputs.min()) / spec.steps() / 2;
    float end = (float) (1 / Math.sqrt(halfStep));
    return results.max() > end ? new Range(Math.max(results.min(), -end), end) : null;
  }

  /** Returns the operand of a function that has a range, before a constant that keeps it from 0. */
  private @Nullable TensorRef operand(NodeDef function) {
    TensorRef tensor = TensorRef.parse(function.getInput(0));
    while (!points.containsKey(tensor) && !observed.containsKey(tensor)) {
      NodeDef node = graph.node(tensor.node());
      if (Patterns.isTransparent(node)) {
        tensor = TensorRef.parse(node.getInput(Patterns.dataInputs(node)[0]));
      } else if (KEEPING.contains(node.getOp()) && isConstant(graph.input(node, 1))) {
        tensor = TensorRef.parse(node.getInput(0));
      } else if (KEEPING.contains(node.getOp()) && isConstant(graph.input(node, 0))) {
        tensor = TensorRef.parse(node.getInput(1));
      } else {
        return null;
      }
    }
    return tensor;
  }

  private boolean isConstant(NodeDef operand) {
    return unquantized(operand).getOp().equals("Const");
  }

  /** Returns the range of a table's rows, or null if it has another number of bits. */
  private @Nullable Range ofTable(NodeDef node, ActivationPoint point) {
    if (!(Patterns.isLookup(node) || Patterns.isTransparent(node))
        || !assignment.spec(point).equals(QuantizerSpec.ACTIVATION)) {
      return null;
    }
    NodeDef table = graph.input(node, Patterns.dataInputs(node)[0]);
    if (!table.getOp().equals("FakeQuantWithMinMaxVars")
        || table.getAttrOrThrow("num_bits").getI() != QuantizerSpec.BITS) {
      return null;
    }
    Range range = new Range(constant(table, 1), constant(table, 2));
    return table.getAttrOrThrow("narrow_range").getB()
        ? new Range(range.min() * 128 / 127, range.max())
        : range;
  }

  private float constant(NodeDef quantizer, int input) {
    return TensorProtos.toFloats(graph.input(quantizer, input).getAttrOrThrow("value").getTensor())[
        0];
  }
}
