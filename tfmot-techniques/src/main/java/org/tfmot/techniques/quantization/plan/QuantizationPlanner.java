package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.functions.Merging;
import org.tfmot.techniques.functions.ParametricRelu;
import org.tfmot.techniques.functions.ScalarFunction;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Finds what to quantize: every weight-bearing operation with what is fused behind it (bias, batch
 * norm, activation), element-wise arithmetic, activation functions, pooling and what chooses among
 * values; and every tensor that flows into one of them.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class QuantizationPlanner {

  private static final String NO_WIDE_KERNEL =
      "the converter has no form of it for 16 bits, or none that is known to work, stays in float";

  private static final String NO_DIVISION =
      "the runtime has no integer division by what depends on the inputs, stays in float";

  private static final String UNEQUAL_DIVISORS =
      "divides by values that are no constants, or differ by more than 8 times: their reciprocals"
          + " have no range in common, stays in float";

  private static final String SAME_RANGE = "int8, with the range of its input";

  private static final String OUTPUT = "int8 output";
  private static final String WEIGHTS_AND_OUTPUT = "int8 weights and output";

  private final LayerSelector selector;
  private final boolean wide;
  private final Map<String, String> left;
  private final GraphEditor graph;
  private final DataFlow flow;
  private final Map<String, BatchNormChain> chains;
  private final OperationGroups groups;
  private final FusionRules fusion;
  private final ActivationPoints activations;
  private final Set<String> visited = new HashSet<>();
  private final List<TensorRef> inputs = new ArrayList<>();
  private final List<NodeDef> merging = new ArrayList<>();
  private final List<WeightPoint> weights = new ArrayList<>();
  private final Map<TensorRef, String> producers = new HashMap<>();
  private final Set<String> tables = new HashSet<>();

  /** Of what sums add up, once one of them counts its dimensions from the last. */
  private final Map<String, Integer> ranks = new HashMap<>();

  private final List<Entry> applied = new ArrayList<>();
  private final List<Entry> skipped = new ArrayList<>();

  private QuantizationPlanner(
      ModelEditor model, LayerSelector selector, boolean wide, Map<String, String> left) {
    this.selector = selector;
    this.wide = wide;
    this.left = left;
    this.graph = model.graph();
    this.flow = new DataFlow(model);
    this.chains = BatchNormChain.find(model, flow);
    // The converter has none of them for 16 bits.
    this.groups = wide ? OperationGroups.NONE : OperationGroups.find(model.graph(), flow, selector);
    this.fusion = new FusionRules(flow);
    this.activations = new ActivationPoints(model.graph(), flow, this::isFloat);
  }

  /**
   * Plans what inference keeps of a model in training or in inference mode. What inference takes
   * out, such as dropout, has no part in the plan; what it keeps has the same names in both.
   *
   * @throws IllegalArgumentException if the model is quantized already, nothing in it can be, or a
   *     part of the selector matches nothing
   */
  public static QuantizationPlan plan(GraphModel model, LayerSelector selector) {
    return plan(model, selector, false);
  }

  /**
   * Plans activations of 8 bits or of 16, for which the runtime has fewer operations.
   *
   * @see #plan(GraphModel, LayerSelector)
   */
  public static QuantizationPlan plan(GraphModel model, LayerSelector selector, boolean wide) {
    return plan(model, selector, wide, Map.of());
  }

  /**
   * Leaves some operations in float.
   *
   * @param left their names, and why
   * @see #plan(GraphModel, LayerSelector, boolean)
   */
  public static QuantizationPlan plan(
      GraphModel model, LayerSelector selector, boolean wide, Map<String, String> left) {
    selector.requireMatches(model);
    for (NodeDef node : model.graphDef().getNodeList()) {
      if (node.getOp().startsWith("FakeQuant")) {
        throw new IllegalArgumentException(
            ("the model is quantized already, it has the node \"%s\": give one quantization all"
                    + " layers and how each is quantized")
                .formatted(node.getName()));
      }
    }
    return new QuantizationPlanner(new ModelEditor(model.toInference()), selector, wide, left)
        .plan();
  }

  private QuantizationPlan plan() {
    List<NodeDef> nodes = flow.operations();
    visit(nodes, node -> groups.composites().containsKey(node.getName()), this::composite);
    visit(nodes, node -> groups.relus().containsKey(node.getName()), this::parametricRelu);
    visit(nodes, node -> groups.functions().containsKey(node.getName()), this::function);
    visit(nodes, Patterns::isWeighted, this::weighted);
    visit(nodes, this::isBinary, this::binary);
    visit(nodes, Patterns::isUnary, this::plain);
    visit(nodes, node -> StandaloneBatchNorm.fits(flow, node), this::batchNorm);
    visit(nodes, this::hasFixedRange, this::fixed);
    visit(nodes, flow::movesConstants, this::movedConstant);
    visit(nodes, Patterns::isPooling, this::pooling);
    visit(nodes, this::isMerging, this::merging);
    visit(nodes, Patterns::isActivation, this::plain);
    visit(nodes, Patterns::isReading, this::reading);
    inputs.forEach(activations::require);
    merging.forEach(activations::merge);
    nodes.stream().filter(node -> !visited.contains(node.getName())).forEach(this::rest);
    if (applied.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to quantize: no selected operation is known to quantization; left alone: "
              + skipped.stream().map(Entry::operation).limit(10).toList());
    }
    return new QuantizationPlan(
        weights,
        activations.list(),
        producers,
        poles(nodes),
        tables,
        wide ? applied.stream().map(QuantizationPlanner::inWords).toList() : applied,
        skipped);
  }

  private List<String> poles(List<NodeDef> nodes) {
    Set<String> left = skipped.stream().map(Entry::operation).collect(Collectors.toSet());
    return nodes.stream()
        .filter(node -> Patterns.hasPoleAtZero(node) && Patterns.isFloat(node))
        .map(NodeDef::getName)
        .filter(name -> !left.contains(name))
        .toList();
  }

  private void visit(List<NodeDef> nodes, Predicate<NodeDef> which, Consumer<NodeDef> action) {
    for (NodeDef node : nodes) {
      boolean candidate = which.test(node) && !Patterns.isIndexArithmetic(node);
      if (!candidate || !visited.add(node.getName())) {
        continue;
      }
      if (!selector.selects(node.getName(), node.getOp())) {
        skip(node, "not selected");
      } else if (left.containsKey(node.getName())) {
        skip(node, Objects.requireNonNull(left.get(node.getName())));
      } else if (flow.isConditional(node)) {
        skip(node, "in a branch or a loop, stays in float");
      } else if (wide && isNarrow(node)) {
        skip(node, NO_WIDE_KERNEL);
      } else if (Patterns.isFloat(node)) {
        action.accept(node);
      } else {
        skip(node, "not of type float");
      }
    }
  }

  /** The bytes of an input keep their values; those that are computed inside stay in float. */
  private boolean hasFixedRange(NodeDef node) {
    boolean inner =
        Patterns.isByteCast(node) && flow.isOperation(TensorRef.parse(node.getInput(0)).node());
    return Patterns.fixedRange(node) != null && !inner;
  }

  private boolean isBinary(NodeDef node) {
    return Patterns.isBinary(node) || (Patterns.isDivision(node) && flow.isNumber(node, 1));
  }

  private boolean isMerging(NodeDef node) {
    return Merging.isMerging(node) && !activations.isTransparent(node);
  }

  private void composite(NodeDef node) {
    Composite composite = Objects.requireNonNull(groups.composites().get(node.getName()));
    composite.inner().forEach(inner -> visited.add(inner.getName()));
    activations.add(ActivationPoint.of(TensorRef.of(node.getName()), false));
    inputs.add(composite.input());
    String name = composite.function().name().toLowerCase(Locale.ROOT);
    applied.add(entry(node, OUTPUT + " of " + name));
  }

  private void parametricRelu(NodeDef node) {
    ParametricRelu relu = Objects.requireNonNull(groups.relus().get(node.getName()));
    visited.addAll(relu.inner());
    weights.add(new WeightPoint(relu.product(), relu.operand(), Ranges.SYMMETRIC));
    activations.add(ActivationPoint.of(TensorRef.of(node.getName()), false));
    inputs.add(relu.input());
    applied.add(entry(node, WEIGHTS_AND_OUTPUT + " of a ReLU with slopes"));
  }

  private void function(NodeDef node) {
    ScalarFunction function = Objects.requireNonNull(groups.functions().get(node.getName()));
    visited.addAll(function.inner());
    activations.add(ActivationPoint.of(TensorRef.of(node.getName()), false));
    inputs.add(function.input());
    tables.add(node.getName());
    applied.add(entry(node, OUTPUT + " by a table"));
  }

  /** Quantizes the values that an operation reads; its result is of integers. */
  private void reading(NodeDef node) {
    quantizeConstants(node);
    note(node, "int8 inputs");
  }

  private void weighted(NodeDef node) {
    if (flow.isDynamic(node, 1)) {
      product(node);
      return;
    }
    weights.add(new WeightPoint(node.getName(), 1, weightRanges(node)));
    BatchNormChain chain = chains.get(node.getName());
    quantize(node, fusion.behindWeighted(node, chain), WEIGHTS_AND_OUTPUT);
  }

  /**
   * The ranges of a weight. A matrix has only one: the converter stores it transposed and cannot
   * move the ranges of its columns along; so it is with the filters of a transposed convolution.
   */
  private Ranges weightRanges(NodeDef node) {
    return switch (node.getOp()) {
      case "Conv2D" -> Ranges.PER_CHANNEL;
      case Patterns.DEPTHWISE -> {
        Shape shape = flow.staticShape(node.getInput(1));
        boolean known = shape != null && !shape.isUnknown() && !shape.hasUnknownDimension();
        yield known ? Ranges.PER_DEPTHWISE_CHANNEL : Ranges.SYMMETRIC;
      }
      default -> Ranges.SYMMETRIC;
    };
  }

  /**
   * An operation whose second operand depends on the input: the runtime has an integer product for
   * matrices alone, with nothing fused behind it.
   */
  private void product(NodeDef node) {
    boolean hasWeight = !flow.isDynamic(node, 0);
    if (!Patterns.isProduct(node)) {
      skip(node, "its filter depends on the model's inputs, stays in float");
      return;
    }
    if (hasWeight) {
      weights.add(new WeightPoint(node.getName(), 0, Ranges.SYMMETRIC));
    }
    quantize(node, List.of(), hasWeight ? WEIGHTS_AND_OUTPUT : OUTPUT);
  }

  private void binary(NodeDef node) {
    quantizeConstants(node);
    plain(node);
  }

  private void quantizeConstants(NodeDef node) {
    for (int i : Patterns.dataInputs(node)) {
      if (!flow.isDynamic(node, i)) {
        weights.add(new WeightPoint(node.getName(), i, Ranges.ASYMMETRIC));
      }
    }
  }

  private void plain(NodeDef node) {
    quantize(node, fusion.activation(node, node), OUTPUT);
  }

  private void batchNorm(NodeDef node) {
    weights.add(StandaloneBatchNorm.weight(node));
    quantize(node, fusion.activation(node, node), OUTPUT + " of a depthwise convolution");
  }

  private void fixed(NodeDef node) {
    Range range = Objects.requireNonNull(Patterns.fixedRange(node));
    activations.add(ActivationPoint.fixed(TensorRef.of(node.getName()), range));
    if (Patterns.isByteCast(node)) {
      applied.add(entry(node, OUTPUT + " with the values of the bytes"));
      return;
    }
    note(node, OUTPUT + " with the range that the runtime demands");
  }

  private void pooling(NodeDef node) {
    if (node.getOp().equals("TopKV2") && !flow.isUsed(TensorRef.of(node.getName()))) {
      skip(node, "only its indexes are used, stays in float");
      return;
    }
    for (int i = 0; i < Patterns.outputs(node); i++) {
      TensorRef tensor = new TensorRef(node.getName(), i);
      if (flow.isUsed(tensor)) {
        activations.addWithRangeOf(tensor, node.getInput(0));
      }
    }
    note(node, SAME_RANGE);
  }

  private void merging(NodeDef node) {
    quantizeConstants(node);
    merging.add(node);
    quantize(node, List.of(), "int8, inputs and output with one range");
  }

  private void movedConstant(NodeDef node) {
    boolean table = Patterns.isLookup(node);
    int input = Patterns.dataInputs(node)[0];
    // Input 0 is a table's or a weight's; a Split reads its own behind the axis.
    weights.add(
        new WeightPoint(node.getName(), input, input == 0 ? Ranges.SYMMETRIC : Ranges.ASYMMETRIC));
    for (int i = 0; i < Patterns.outputs(node); i++) {
      activations.addQuantizedAlready(new TensorRef(node.getName(), i));
    }
    applied.add(entry(node, table ? "int8 table" : "int8 constant"));
  }

  /** Quantizes what comes out of an operation and of those that are fused with it. */
  private void quantize(NodeDef node, List<NodeDef> fused, String what) {
    fused.forEach(follower -> visited.add(follower.getName()));
    NodeDef end = fused.isEmpty() ? node : fused.get(fused.size() - 1);
    TensorRef tensor = TensorRef.of(end.getName());
    activations.add(ActivationPoint.of(tensor, Patterns.isActivation(end)));
    producers.put(tensor, node.getName());
    String with =
        fused.stream().map(NodeDef::getOp).collect(Collectors.joining(", ", ", fused with ", ""));
    note(node, fused.isEmpty() ? what : what + with);
  }

  /** Reports an operation as quantized, and quantizes what flows into it. */
  private void note(NodeDef node, String what) {
    for (int i : Patterns.dataInputs(node)) {
      if (flow.isDynamic(node, i)) {
        inputs.add(TensorRef.parse(node.getInput(i)));
      }
    }
    applied.add(entry(node, what));
  }

  /** Reports an operation that is not quantized itself. */
  private void rest(NodeDef node) {
    if (Patterns.isIndexArithmetic(node)) {
      return;
    }
    if (activations.isTransparent(node)) {
      if (isQuantized(node)) {
        applied.add(entry(node, SAME_RANGE));
      } else {
        skip(node, "nothing quantized flows in, stays in float");
      }
    } else if (!selector.selects(node.getName(), node.getOp())) {
      skip(node, "not selected");
    } else if (wide && isNarrow(node)) {
      skip(node, NO_WIDE_KERNEL);
    } else if (Patterns.choosesConstants(node) && isQuantized(node)) {
      applied.add(entry(node, OUTPUT));
    } else if (Patterns.isBatchNorm(node)) {
      skip(
          node,
          "batch norm that does not follow a quantized convolution or matrix product alone,"
              + " with channels that are not last or parameters that are not constant, stays in"
              + " float");
    } else if (Patterns.isDivision(node) && Patterns.isFloat(node)) {
      skip(node, flow.isDynamic(node, 1) ? NO_DIVISION : UNEQUAL_DIVISORS);
    } else {
      skip(node, "operation not known to quantization, stays in float");
    }
  }

  private boolean isFloat(NodeDef node) {
    return left.containsKey(node.getName()) || (wide && isNarrow(node));
  }

  /** Tells whether the runtime knows an operation with 8 bits but not with 16. */
  private boolean isNarrow(NodeDef node) {
    return !Patterns.hasWideKernel(node) || isStackOfMatrices(node) || addsExamples(node);
  }

  /** Tells of a product with constant matrices, for which the runtime wants two equal types. */
  private boolean isStackOfMatrices(NodeDef node) {
    if (node.getOp().equals("Einsum") && Patterns.isProduct(node)) {
      boolean constant = !flow.isDynamic(node, 0) || !flow.isDynamic(node, 1);
      return constant && Patterns.isStacked(node);
    }
    if (!Patterns.isBatchProduct(node) || flow.isDynamic(node, 1)) {
      return false;
    }
    Shape shape = flow.staticShape(node.getInput(1));
    return shape == null || shape.isUnknown() || shape.numDimensions() > 2;
  }

  /** Tells of a sum over examples, whose number is not known: it is no mean times a number. */
  private boolean addsExamples(NodeDef node) {
    if (!node.getOp().equals("Sum")) {
      return false;
    }
    int[] axes = StaticTensors.axes(graph.input(node, 1), -1);
    if (axes == null) {
      axes = StaticTensors.axes(graph.input(node, 1), rank(node));
    }
    return axes == null || IntStream.of(axes).anyMatch(axis -> axis == 0);
  }

  /** Returns the number of dimensions of what a sum adds up, or -1 if nobody can tell. */
  private int rank(NodeDef sum) {
    if (ranks.isEmpty()) {
      try (Graph shapes = new Graph()) {
        TensorFlowErrors.importInto(shapes, graph.build());
        for (NodeDef node : graph.nodes()) {
          if (node.getOp().equals("Sum")) {
            TensorRef operand = TensorRef.parse(node.getInput(0));
            Shape shape = shapes.operationOrThrow(operand.node()).output(operand.index()).shape();
            ranks.put(node.getName(), shape.isUnknown() ? -1 : shape.numDimensions());
          }
        }
      }
    }
    return ranks.getOrDefault(sum.getName(), -1);
  }

  private boolean isQuantized(NodeDef node) {
    return activations.isQuantized(TensorRef.of(node.getName()));
  }

  private void skip(NodeDef node, String why) {
    skipped.add(entry(node, why));
  }

  /** Speaks of 16 bits where the entry does of 8: only weights have these. */
  private static Entry inWords(Entry entry) {
    String detail =
        entry
            .detail()
            .replace("int8", "int16")
            .replace("int16 weights and output", "int8 weights and int16 output");
    return new Entry(entry.operation(), entry.type(), detail);
  }

  private static Entry entry(NodeDef node, String detail) {
    return new Entry(node.getName(), node.getOp(), detail);
  }
}
