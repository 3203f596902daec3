package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds what to quantize: every weight-bearing operation with what is fused behind it (bias, batch
 * norm, activation), element-wise arithmetic and pooling; and every tensor that flows into one of
 * them.
 */
final class QuantizationPlanner {

  private final GraphEditor graph;
  private final LayerSelector selector;
  private final Set<String> forward;
  private final Set<String> dynamic;
  private final Set<String> fused = new HashSet<>();
  private final List<NodeDef> quantized = new ArrayList<>();
  private final List<WeightPoint> weights = new ArrayList<>();
  private final Map<TensorRef, ActivationPoint> activations = new LinkedHashMap<>();
  private final List<Entry> applied = new ArrayList<>();
  private final List<Entry> skipped = new ArrayList<>();

  private QuantizationPlanner(
      GraphEditor graph, LayerSelector selector, Collection<String> inputs, Set<String> forward) {
    this.graph = graph;
    this.selector = selector;
    this.forward = forward;
    this.dynamic = graph.dependents(inputs);
    dynamic.retainAll(forward);
  }

  static QuantizationPlan plan(ModelEditor model, LayerSelector selector) {
    GraphEditor graph = model.graph();
    List<String> outputs =
        model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList();
    Set<String> forward = graph.reachable(outputs);
    List<String> inputs =
        graph.nodes().stream()
            .filter(n -> n.getOp().startsWith("Placeholder") && forward.contains(n.getName()))
            .map(NodeDef::getName)
            .toList();
    return new QuantizationPlanner(graph, selector, inputs, forward).plan();
  }

  private QuantizationPlan plan() {
    List<NodeDef> nodes = graph.nodes();
    nodes.removeIf(node -> !dynamic.contains(node.getName()));
    for (NodeDef node : nodes) {
      if (Patterns.WEIGHTED.contains(node.getOp())) {
        visit(node, this::weighted);
      }
    }
    for (NodeDef node : nodes) {
      if (!fused.contains(node.getName()) && isPlain(node)) {
        visit(node, this::plain);
      }
    }
    for (NodeDef node : nodes) {
      if (isUnknown(node)) {
        skip(node, reason(node));
      }
    }
    quantized.forEach(this::quantizeInputs);
    return new QuantizationPlan(
        List.copyOf(weights), List.copyOf(activations.values()), applied, skipped);
  }

  private void visit(NodeDef node, Consumer<NodeDef> action) {
    fused.add(node.getName());
    if (!selector.selects(node.getName(), node.getOp())) {
      skip(node, "not selected");
    } else if (floatType(node)) {
      action.accept(node);
    } else {
      skip(node, "not of type float");
    }
  }

  private void weighted(NodeDef node) {
    boolean hasWeight = !isDynamic(node, 1);
    if (hasWeight) {
      weights.add(new WeightPoint(node.getName(), 1, !isTransposed(node)));
    }
    quantized.add(node);
    NodeDef end = fuseActivation(fuseBatchNorm(fuseBias(node)));
    addActivation(end);
    applied.add(entry(node, hasWeight ? "int8 weights and output" : "int8 output"));
  }

  private void plain(NodeDef node) {
    if (Patterns.BINARY.contains(node.getOp())) {
      for (int i = 0; i < 2; i++) {
        if (!isDynamic(node, i)) {
          weights.add(new WeightPoint(node.getName(), i, false));
        }
      }
    }
    quantized.add(node);
    addActivation(Patterns.isActivation(node) ? node : fuseActivation(node));
    applied.add(entry(node, "int8 output"));
  }

  private NodeDef fuseBias(NodeDef node) {
    NodeDef next = onlyConsumer(node);
    if (next == null) {
      return node;
    }
    boolean addsVector =
        (next.getOp().equals("Add") || next.getOp().equals("AddV2")) && hasStaticVector(next);
    return next.getOp().equals("BiasAdd") || addsVector ? fuse(next) : node;
  }

  private NodeDef fuseBatchNorm(NodeDef node) {
    NodeDef next = onlyConsumer(node);
    return next != null && Patterns.isBatchNorm(next) ? fuse(next) : node;
  }

  private NodeDef fuseActivation(NodeDef node) {
    NodeDef next = onlyConsumer(node);
    return next != null && Patterns.isActivation(next) ? fuse(next) : node;
  }

  private NodeDef fuse(NodeDef node) {
    fused.add(node.getName());
    return node;
  }

  private void addActivation(NodeDef end) {
    TensorRef tensor = TensorRef.of(end.getName());
    activations.putIfAbsent(tensor, new ActivationPoint(tensor, Patterns.isActivation(end)));
  }

  /** What flows into a quantized operation has to be quantized, whoever made it. */
  private void quantizeInputs(NodeDef node) {
    int count = Patterns.AVERAGING.contains(node.getOp()) ? 1 : Math.min(2, node.getInputCount());
    for (int i = 0; i < count; i++) {
      if (isDynamic(node, i)) {
        TensorRef source = source(TensorRef.parse(node.getInput(i)));
        activations.putIfAbsent(source, new ActivationPoint(source, false));
      }
    }
  }

  private TensorRef source(TensorRef tensor) {
    NodeDef producer = graph.node(tensor.node());
    return Patterns.TRANSPARENT.contains(producer.getOp())
        ? source(TensorRef.parse(producer.getInput(0)))
        : tensor;
  }

  /** The operation that alone uses a node's first output, or null. */
  private @Nullable NodeDef onlyConsumer(NodeDef node) {
    List<NodeDef> users = graph.consumers(TensorRef.of(node.getName()));
    users.removeIf(user -> !forward.contains(user.getName()));
    return users.size() == 1 ? users.get(0) : null;
  }

  private boolean isPlain(NodeDef node) {
    return Patterns.BINARY.contains(node.getOp())
        || Patterns.AVERAGING.contains(node.getOp())
        || Patterns.isActivation(node);
  }

  private boolean isUnknown(NodeDef node) {
    return !fused.contains(node.getName())
        && !Patterns.TRANSPARENT.contains(node.getOp())
        && !node.getOp().startsWith("Placeholder");
  }

  private static String reason(NodeDef node) {
    return Patterns.isBatchNorm(node)
        ? "batch norm that follows no convolution or matrix product alone stays in float"
        : "operation not known to quantization, stays in float";
  }

  private boolean isDynamic(NodeDef node, int input) {
    return dynamic.contains(TensorRef.parse(node.getInput(input)).node());
  }

  private boolean hasStaticVector(NodeDef add) {
    return isDynamic(add, 0) != isDynamic(add, 1);
  }

  private static boolean isTransposed(NodeDef node) {
    return node.getAttrOrDefault("transpose_b", AttrValue.getDefaultInstance()).getB();
  }

  private static boolean floatType(NodeDef node) {
    return node.containsAttr("T") && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT;
  }

  private void skip(NodeDef node, String why) {
    skipped.add(entry(node, why));
  }

  private static Entry entry(NodeDef node, String detail) {
    return new Entry(node.getName(), node.getOp(), detail);
  }
}
