package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.Grid;
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
 * </ul>
 *
 * A range that somebody chose stays.
 */
final class DerivedRanges {

  private final GraphEditor graph;
  private final QuantizerChoice choice;
  private final Map<TensorRef, ActivationPoint> points = new HashMap<>();
  private final Function<TensorRef, Range> found;

  private DerivedRanges(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerChoice choice,
      Function<TensorRef, Range> found) {
    this.graph = graph;
    this.choice = choice;
    this.found = found;
    plan.activations().forEach(point -> points.put(point.tensor(), point));
  }

  /**
   * Returns the range of each tensor that has one of its own.
   *
   * @param graph with its weights quantized, and no activations
   * @param found ranges from the values
   */
  static Function<TensorRef, Range> of(
      GraphEditor graph,
      QuantizationPlan plan,
      QuantizerChoice choice,
      Function<TensorRef, Range> found) {
    return new DerivedRanges(graph, plan, choice, found)::range;
  }

  private Range range(TensorRef tensor) {
    ActivationPoint point = points.get(tensor);
    NodeDef node = graph.find(tensor.node());
    Range derived = null;
    if (point != null && node != null && !choice.isOwn(point)) {
      derived = node.getOp().equals("Sub") ? ofComplement(node) : ofTable(node, point);
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
    return inUnit ? choice.fixed(operand) : null;
  }

  private boolean isOne(NodeDef operand) {
    NodeDef node = operand;
    while (node.getOp().startsWith("FakeQuant") || node.getOp().equals("Identity")) {
      node = graph.input(node, 0);
    }
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

  /** Returns the range of a table's rows, or null if it has another number of bits. */
  private @Nullable Range ofTable(NodeDef node, ActivationPoint point) {
    if (!(Patterns.isLookup(node) || Patterns.isTransparent(node))
        || !choice.grid(point).equals(Grid.ACTIVATION)) {
      return null;
    }
    NodeDef table = graph.input(node, Patterns.dataInputs(node)[0]);
    if (!table.getOp().equals("FakeQuantWithMinMaxVars")
        || table.getAttrOrThrow("num_bits").getI() != Grid.BITS) {
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
