package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.WeightPoint.Ranges;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Finds what to quantize: every weight-bearing operation with what is fused behind it (bias, batch
 * norm, activation), element-wise arithmetic and pooling; and every tensor that flows into one of
 * them.
 */
final class QuantizationPlanner {

  private static final String SAME_RANGE = "int8, with the range of its input";

  private final GraphEditor graph;
  private final LayerSelector selector;
  private final DataFlow flow;
  private final Map<String, BatchNormChain> chains;
  private final Set<String> visited = new HashSet<>();
  private final Map<TensorRef, TensorRef> sources = new HashMap<>();
  private final List<NodeDef> quantized = new ArrayList<>();
  private final List<WeightPoint> weights = new ArrayList<>();
  private final Map<TensorRef, ActivationPoint> activations = new LinkedHashMap<>();
  private final List<Entry> applied = new ArrayList<>();
  private final List<Entry> skipped = new ArrayList<>();

  private QuantizationPlanner(ModelEditor model, LayerSelector selector) {
    this.graph = model.graph();
    this.selector = selector;
    this.flow = new DataFlow(model);
    this.chains = BatchNormChain.find(model, flow);
  }

  /**
   * Plans what inference keeps of a model in training or in inference mode. What inference takes
   * out, such as dropout, has no part in the plan; what it keeps has the same names in both.
   *
   * @throws IllegalArgumentException if the model is quantized already or nothing in it can be
   */
  static QuantizationPlan plan(GraphModel model, LayerSelector selector) {
    for (NodeDef node : model.graphDef().getNodeList()) {
      if (node.getOp().startsWith("FakeQuant")) {
        throw new IllegalArgumentException(
            "the model is quantized already: it has the node \"" + node.getName() + "\"");
      }
    }
    return new QuantizationPlanner(new ModelEditor(model.toInference()), selector).plan();
  }

  private QuantizationPlan plan() {
    List<NodeDef> nodes = flow.operations();
    visit(nodes, node -> Patterns.WEIGHTED.contains(node.getOp()), this::weighted);
    visit(nodes, node -> Patterns.BINARY.contains(node.getOp()), this::binary);
    visit(nodes, node -> Patterns.AVERAGING.contains(node.getOp()), this::plain);
    visit(nodes, node -> Patterns.POOLING.contains(node.getOp()), this::pooling);
    visit(nodes, Patterns::isActivation, this::plain);
    quantized.forEach(this::quantizeInputs);
    nodes.stream().filter(node -> !visited.contains(node.getName())).forEach(this::rest);
    if (applied.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to quantize: no selected operation is known to quantization; left alone: "
              + skipped.stream().map(Entry::operation).limit(10).toList());
    }
    return new QuantizationPlan(weights, points(), applied, skipped);
  }

  private void visit(List<NodeDef> nodes, Predicate<NodeDef> which, Consumer<NodeDef> action) {
    for (NodeDef node : nodes) {
      boolean candidate = which.test(node) && !Patterns.isIndexArithmetic(node);
      if (!candidate || !visited.add(node.getName())) {
        continue;
      }
      if (!selector.selects(node.getName(), node.getOp())) {
        skip(node, "not selected");
      } else if (Patterns.isFloat(node)) {
        action.accept(node);
      } else {
        skip(node, "not of type float");
      }
    }
  }

  private void weighted(NodeDef node) {
    if (flow.isDynamic(node, 1)) {
      product(node);
      return;
    }
    weights.add(new WeightPoint(node.getName(), 1, Patterns.weightRanges(node)));
    List<NodeDef> fused = new ArrayList<>();
    BatchNormChain chain = chains.get(node.getName());
    if (chain == null) {
      fuse(node, fused, next -> flow.biasInput(next) >= 0);
    } else {
      fused.addAll(chain.followers());
    }
    if (chain == null || chain.reshapes().isEmpty()) {
      fuse(fused.isEmpty() ? node : last(fused), fused, Patterns::isActivation);
    }
    quantize(node, fused, "int8 weights and output");
  }

  /**
   * An operation whose second operand depends on the input: the runtime has an integer product for
   * matrices alone, with nothing fused behind it.
   */
  private void product(NodeDef node) {
    boolean hasWeight = !flow.isDynamic(node, 0);
    if (!node.getOp().equals("MatMul")) {
      skip(node, "its filter depends on the model's inputs, stays in float");
      return;
    }
    if (hasWeight) {
      weights.add(new WeightPoint(node.getName(), 0, Ranges.SYMMETRIC));
    }
    quantize(node, List.of(), hasWeight ? "int8 weights and output" : "int8 output");
  }

  private void binary(NodeDef node) {
    for (int i = 0; i < 2; i++) {
      if (!flow.isDynamic(node, i)) {
        weights.add(new WeightPoint(node.getName(), i, Ranges.ASYMMETRIC));
      }
    }
    plain(node);
  }

  private void plain(NodeDef node) {
    List<NodeDef> fused = new ArrayList<>();
    if (!Patterns.isActivation(node)) {
      fuse(node, fused, Patterns::isActivation);
    }
    quantize(node, fused, "int8 output");
  }

  private void pooling(NodeDef node) {
    TensorRef tensor = TensorRef.of(node.getName());
    TensorRef input = source(TensorRef.parse(node.getInput(0)));
    activations.put(tensor, new ActivationPoint(tensor, input, false));
    quantized.add(node);
    applied.add(entry(node, SAME_RANGE));
  }

  /** Quantizes what comes out of an operation and of those that are fused with it. */
  private void quantize(NodeDef node, List<NodeDef> fused, String what) {
    fused.forEach(follower -> visited.add(follower.getName()));
    NodeDef end = fused.isEmpty() ? node : last(fused);
    TensorRef tensor = TensorRef.of(end.getName());
    activations.put(tensor, ActivationPoint.of(tensor, Patterns.isActivation(end)));
    quantized.add(node);
    String with =
        fused.stream().map(NodeDef::getOp).collect(Collectors.joining(", ", ", fused with ", ""));
    applied.add(entry(node, fused.isEmpty() ? what : what + with));
  }

  private void fuse(NodeDef node, List<NodeDef> fused, Predicate<NodeDef> which) {
    NodeDef next = flow.onlyUser(node);
    if (next != null && which.test(next)) {
      fused.add(next);
    }
  }

  private static NodeDef last(List<NodeDef> nodes) {
    return nodes.get(nodes.size() - 1);
  }

  /** What flows into a quantized operation has to be quantized, whoever made it. */
  private void quantizeInputs(NodeDef node) {
    boolean two = node.getInputCount() > 1 && !Patterns.AVERAGING.contains(node.getOp());
    int count = two ? 2 : 1;
    for (int i = 0; i < count; i++) {
      if (flow.isDynamic(node, i)) {
        TensorRef source = source(TensorRef.parse(node.getInput(i)));
        activations.putIfAbsent(source, ActivationPoint.of(source, false));
      }
    }
  }

  /** The activations: those with a range of their own first. */
  private List<ActivationPoint> points() {
    List<ActivationPoint> points = new ArrayList<>();
    List<ActivationPoint> sharing = new ArrayList<>();
    for (ActivationPoint point : activations.values()) {
      ActivationPoint owner = point;
      while (!owner.hasOwnRange()) {
        owner = Objects.requireNonNull(activations.get(owner.rangeOf()));
      }
      (point.hasOwnRange() ? points : sharing)
          .add(new ActivationPoint(point.tensor(), owner.tensor(), point.nonNegative()));
    }
    points.addAll(sharing);
    return points;
  }

  /** The tensor that gives a tensor its values: what only moves them is passed over. */
  private TensorRef source(TensorRef tensor) {
    List<TensorRef> passed = new ArrayList<>();
    TensorRef source = tensor;
    while (!sources.containsKey(source) && isTransparent(graph.node(source.node()))) {
      passed.add(source);
      source = TensorRef.parse(graph.node(source.node()).getInput(0));
    }
    TensorRef end = sources.getOrDefault(source, source);
    passed.forEach(seen -> sources.put(seen, end));
    return end;
  }

  private boolean isTransparent(NodeDef node) {
    return Patterns.TRANSPARENT.contains(node.getOp())
        || (node.getOp().equals("PadV2") && StaticTensors.isZero(graph.input(node, 2)));
  }

  /** Reports an operation that is not quantized itself. */
  private void rest(NodeDef node) {
    if (Patterns.isIndexArithmetic(node)) {
      return;
    }
    if (isTransparent(node)) {
      TensorRef source = source(TensorRef.of(node.getName()));
      if (activations.containsKey(source)) {
        applied.add(entry(node, SAME_RANGE));
      } else {
        skip(node, "nothing quantized flows in, stays in float");
      }
    } else if (!selector.selects(node.getName(), node.getOp())) {
      skip(node, "not selected");
    } else if (Patterns.isBatchNorm(node)) {
      skip(
          node,
          "batch norm that does not follow a quantized convolution or matrix product alone,"
              + " stays in float");
    } else {
      skip(node, "operation not known to quantization, stays in float");
    }
  }

  private void skip(NodeDef node, String why) {
    skipped.add(entry(node, why));
  }

  private static Entry entry(NodeDef node, String detail) {
    return new Entry(node.getName(), node.getOp(), detail);
  }
}
