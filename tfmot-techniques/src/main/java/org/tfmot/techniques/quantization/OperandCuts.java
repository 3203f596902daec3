package org.tfmot.techniques.quantization;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.ScoreBounds;
import org.tfmot.techniques.quantization.plan.Scores;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Cuts the ranges of what is added to or chosen for the scores of a softmax, such as masks of -1e9,
 * and of what {@link SaturatingFunctions} read beyond the values where their result has reached its
 * end.
 *
 * <p>The range of the scores ends where a share is 0 ({@link ScoreBounds}). A term of a sum that
 * brings every value of the other term beyond that end may be nearer to it: the sum is cut off in
 * either case. So the range of the term, and a constant's values, are cut there, and neither the
 * sum's other term nor its kernel has to bear the steps of a range of 1e9. Goes from the scores
 * backwards through sums, choices, products with constants, and what only moves values, as long as
 * nothing else reads a tensor.
 */
final class OperandCuts {

  /** Of 16 bits a product's factor is below 1. */
  private static final double BELOW_ONE = 0.98;

  /**
   * The least end of a factor that a range of 8 or 16 bits can have beside the converter's limit.
   */
  private static final double LEAST_END = 1e-5;

  /**
   * The least part of a range of 16 bits that is left before a function: the runtime counts the
   * steps of what it quantizes in 32 bits. Of a mask before a softmax less is left, whose values
   * are those of a constant.
   */
  private static final double LEAST_PART = 0x1p-14;

  private final GraphEditor graph;
  private final DataFlow flow;
  private final QuantizerAssignment assignment;
  private final Map<String, TensorProto> values;
  private final Function<TensorRef, Range> found;
  private final Map<TensorRef, Range> results;
  private final Map<TensorRef, ActivationPoint> points = new HashMap<>();
  private final Map<String, WeightPoint> operands = new HashMap<>();
  private final Map<TensorRef, Need> needs = new HashMap<>();
  private final Map<TensorRef, Integer> told = new HashMap<>();
  private final Deque<TensorRef> open = new ArrayDeque<>();
  private final Map<TensorRef, Range> ranges = new LinkedHashMap<>();
  private final Map<String, Need> constants = new LinkedHashMap<>();
  private double leastPart;

  /** The values that a reader of a tensor can tell apart; either end may be infinite. */
  record Need(double low, double high) {

    private Need union(Need other) {
      return new Need(Math.min(low, other.low), Math.max(high, other.high));
    }

    /** Returns the range of a term that is beyond the sum's end although all three are rounded. */
    private Need widened() {
      return new Need(
          Math.min(low, low * ScoreBounds.ROUNDING), Math.max(high, high * ScoreBounds.ROUNDING));
    }

    /** Returns a constant with its values in the range that is needed. */
    TensorProto clip(TensorProto value) {
      float[] clipped = TensorProtos.toFloats(value).clone();
      for (int i = 0; i < clipped.length; i++) {
        clipped[i] = (float) Math.max(low, Math.min(high, clipped[i]));
      }
      return TensorProtos.floats(TensorProtos.shape(value), clipped);
    }

    /** Returns the part of a range that is needed. */
    Range clip(Range range) {
      return new Range(
          (float) Math.max(range.min(), Math.min(0, low)),
          (float) Math.min(range.max(), Math.max(0, high)));
    }
  }

  private OperandCuts(
      ModelEditor model,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, TensorProto> values,
      Function<TensorRef, Range> found,
      Map<TensorRef, Range> results) {
    this.graph = model.graph();
    this.flow = new DataFlow(model);
    this.assignment = assignment;
    this.values = values;
    this.found = found;
    this.results = results;
    plan.activations().stream()
        .filter(point -> graph.find(point.tensor().node()) != null)
        .forEach(point -> points.put(point.tensor(), point));
    plan.weightsIn(graph).forEach(point -> operands.put(point.quantizer(), point));
  }

  /**
   * Finds what softmaxes leave of a model that is not quantized yet.
   *
   * @param values of the constants that are quantized, by the tensor's name
   * @param found the range of each tensor that has one of its own
   */
  static OperandCuts find(
      ModelEditor model,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, TensorProto> values,
      Function<TensorRef, Range> found) {
    OperandCuts cuts = new OperandCuts(model, plan, assignment, values, found, Map.of());
    cuts.flow.operations().stream().filter(Scores::isSoftmax).forEach(cuts::begin);
    cuts.pass();
    return cuts;
  }

  /**
   * Finds what softmaxes and saturating functions leave of such a model.
   *
   * @param results the ranges of functions that may be in float
   * @see #find(ModelEditor, QuantizationPlan, QuantizerAssignment, Map, Function)
   */
  static OperandCuts find(
      ModelEditor model,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, TensorProto> values,
      Function<TensorRef, Range> found,
      Map<TensorRef, Range> results) {
    OperandCuts cuts = new OperandCuts(model, plan, assignment, values, found, results);
    cuts.flow.operations().stream().filter(Scores::isSoftmax).forEach(cuts::begin);
    cuts.pass();
    cuts.leastPart = LEAST_PART;
    cuts.flow.operations().forEach(cuts::beginSaturating);
    cuts.pass();
    return cuts;
  }

  private void pass() {
    while (!open.isEmpty()) {
      pass(open.remove());
    }
  }

  /** Returns the range of a tensor, cut where it can be. */
  Range range(TensorRef tensor) {
    Range cut = ranges.get(tensor);
    return cut == null ? found.apply(tensor) : cut;
  }

  /** Returns the values of a constant, cut where they can be. */
  TensorProto constant(WeightPoint point, TensorProto value) {
    Need need = constants.get(point.quantizer());
    return need == null ? value : need.clip(value);
  }

  /** A softmax needs what the bounds of its scores left of their range. */
  private void begin(NodeDef softmax) {
    Need scores = flow.isDynamic(softmax, 0) ? range(softmax, 0) : null;
    if (scores != null) {
      tell(softmax, 0, scores);
    }
  }

  /** A function needs of its input what it brings onto different steps of its output. */
  private void beginSaturating(NodeDef function) {
    TensorRef result = TensorRef.of(function.getName());
    ActivationPoint output = points.get(result);
    Range range = output == null ? results.get(result) : assignment.fixed(output);
    if (output != null && range == null) {
      range = found.apply(output.rangeOf());
    }
    if (range == null || !Patterns.isFloat(function) || !flow.isDynamic(function, 0)) {
      return;
    }
    QuantizerSpec spec = output == null ? assignment.activation() : assignment.spec(output);
    Need need = SaturatingFunctions.need(function.getOp(), range, spec);
    if (need != null) {
      tell(function, 0, need);
    }
  }

  private void pass(TensorRef tensor) {
    Need need = needs.getOrDefault(tensor, new Need(0, 0));
    cut(tensor, need);
    NodeDef node = graph.node(tensor.node());
    if (!flow.isOperation(node.getName())) {
      return;
    }
    switch (node.getOp()) {
      case "Add", "AddV2", "AddN", "BiasAdd" -> {
        // Longer sums are of pairs already, or none of integers.
        if (Patterns.dataInputs(node).length == 2 || node.getInputCount() == 2) {
          term(node, 0, need, 1);
          term(node, 1, need, 1);
        }
      }
      case "Sub" -> {
        term(node, 0, need, -1);
        Need first = range(node, 0);
        if (first != null) {
          tell(node, 1, new Need(first.low - need.high, first.high - need.low).widened());
        }
      }
      case "Mul" -> {
        factor(node, 0, need);
        factor(node, 1, need);
      }
      default -> {
        // What one part of a split needs says nothing of the others.
        if (Merging.isMerging(node)
            || (Patterns.isTransparent(node) && !Patterns.isSplit(node))
            || node.getOp().equals("BroadcastTo")) {
          for (int i : Patterns.dataInputs(node)) {
            tell(node, i, need);
          }
        }
      }
    }
  }

  private void cut(TensorRef tensor, Need need) {
    ActivationPoint point = points.get(tensor);
    if (point == null || !point.hasOwnRange() || assignment.fixed(point) != null) {
      return;
    }
    Range range = found.apply(tensor);
    double held = assignment.spec(point).bits() > QuantizerSpec.BITS ? leastPart : 0;
    Range cut = need.union(new Need(range.min() * held, range.max() * held)).clip(range);
    if (!cut.equals(range)) {
      ranges.put(
          tensor, assignment.spec(point).symmetric() ? assignment.spec(point).around(cut) : cut);
    }
  }

  /** Derives the range needed of a term from that of the other, which is added or subtracted. */
  private void term(NodeDef sum, int input, Need need, int sign) {
    Need other = range(sum, 1 - input);
    if (other != null) {
      tell(
          sum,
          input,
          (sign > 0
                  ? new Need(need.low - other.high, need.high - other.low)
                  : new Need(need.low + other.low, need.high + other.high))
              .widened());
    }
  }

  /**
   * Cuts one factor of a product with a constant, never both, for each is cut for what the other
   * is. The constant is cut where the other factor is 0 or 1, or so small at its end that it has no
   * range; then it has to be large enough for one step of the other factor.
   */
  private void factor(NodeDef product, int input, Need need) {
    int constant = flow.isDynamic(product, 0) ? 1 : 0;
    Need factors = flow.isDynamic(product, constant) ? null : range(product, constant);
    if (factors == null) {
      return;
    }
    boolean truth = isTruth(product.getInput(1 - constant));
    double largest = Math.max(-factors.low, factors.high);
    double end = Math.max(-need.low, need.high);
    boolean cutsConstant = truth || end / largest < LEAST_END;
    if (input != constant) {
      if (!cutsConstant && factors.low > 0) {
        tell(product, input, new Need(need.low / factors.low, need.high / factors.low));
      } else if (!cutsConstant && factors.high < 0) {
        tell(product, input, new Need(need.high / factors.high, need.low / factors.high));
      }
      return;
    }
    ActivationPoint other = source(product, 1 - constant);
    if (cutsConstant && other != null) {
      Range range = found.apply(other.rangeOf());
      QuantizerSpec spec = assignment.spec(other);
      double step = truth ? 1 : ((double) range.max() - range.min()) / spec.steps();
      double enough = spec.bits() > QuantizerSpec.BITS ? end / step * BELOW_ONE : end / step;
      if (enough > 0 && Double.isFinite(enough)) {
        tell(product, input, new Need(-enough, enough));
      }
    }
  }

  /** Tells whether a tensor is made of truth values, 0 or 1, or of one minus these. */
  private boolean isTruth(String tensor) {
    NodeDef node = graph.producer(tensor);
    while (true) {
      if (node.getOp().equals("Cast")) {
        return Patterns.choosesConstants(node);
      }
      boolean complement =
          node.getOp().equals("Sub") && !flow.isDynamic(node, 0) && isOne(node.getInput(0));
      if (complement) {
        node = graph.input(node, 1);
      } else if (Patterns.isTransparent(node) || node.getOp().equals("BroadcastTo")) {
        node = graph.input(node, Patterns.dataInputs(node)[0]);
      } else {
        return false;
      }
    }
  }

  private boolean isOne(String tensor) {
    TensorProto value = values.get(tensor);
    return value != null && Range.of(TensorProtos.toFloats(value)).equals(new Range(0, 1));
  }

  private void tell(NodeDef reader, int input, Need need) {
    TensorRef tensor = TensorRef.parse(reader.getInput(input));
    if (!flow.isDynamic(reader, input)) {
      WeightPoint point = new WeightPoint(reader.getName(), input, WeightPoint.Ranges.ASYMMETRIC);
      if (operands.containsKey(point.quantizer())) {
        constants.put(point.quantizer(), need);
      }
      return;
    }
    Need known = needs.get(tensor);
    needs.put(tensor, known == null ? need : known.union(need));
    long reads =
        Scores.readers(flow, tensor).stream()
            .flatMap(user -> user.getInputList().stream())
            .filter(name -> TensorRef.parse(name).equals(tensor))
            .count();
    // All that read it have to have said what they need.
    if (told.merge(tensor, 1, Integer::sum) == reads) {
      open.add(tensor);
    }
  }

  /** Returns the range of an operand: of a constant its values', or null if nothing tells. */
  private @Nullable Need range(NodeDef node, int input) {
    if (flow.isDynamic(node, input)) {
      ActivationPoint point = source(node, input);
      if (point == null) {
        return null;
      }
      Range range = found.apply(point.rangeOf());
      return new Need(range.min(), range.max());
    }
    TensorProto value = values.get(node.getInput(input));
    if (value == null) {
      return null;
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float each : TensorProtos.toFloats(value)) {
      low = Math.min(low, each);
      high = Math.max(high, each);
    }
    return new Need(low, high);
  }

  /** Returns the quantized tensor that an operand has its values from, or null. */
  private @Nullable ActivationPoint source(NodeDef node, int input) {
    TensorRef tensor = TensorRef.parse(node.getInput(input));
    while (!points.containsKey(tensor)) {
      NodeDef producer = graph.node(tensor.node());
      if (!Patterns.isTransparent(producer)) {
        return null;
      }
      tensor = TensorRef.parse(producer.getInput(Patterns.dataInputs(producer)[0]));
    }
    ActivationPoint point = points.get(tensor);
    return point == null || assignment.fixed(point) != null ? null : point;
  }
}
