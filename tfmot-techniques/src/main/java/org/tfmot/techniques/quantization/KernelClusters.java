package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.KernelLimits.Kind;
import org.tfmot.techniques.quantization.ranges.KernelLimits.Operation;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * The operations of a plan as the runtime computes them: each quantized tensor, and the quantized
 * tensors and weights that the kernel which makes it reads.
 */
final class KernelClusters {

  /** Float's logarithms are from -104 to 89; the runtime's table rounds them to 32 bits. */
  private static final double LARGEST_LOGARITHM = 104;

  private static final Set<String> LINEAR =
      Set.of(
          "Relu",
          "Relu6",
          "LeakyRelu",
          "Abs",
          "Neg",
          "Mean",
          "Sum",
          "Max",
          "Min",
          "Maximum",
          "Minimum",
          "ConcatV2",
          "Pack",
          "PadV2",
          "Select",
          "SelectV2",
          "AvgPool",
          "ResizeBilinear");

  /** A tensor with a range, or a weight with a step. */
  record Operand(@Nullable ActivationPoint activation, double weightStep) {}

  /** An operation, with what is fused with it. */
  record Cluster(ActivationPoint output, Operation operation, List<Operand> operands) {

    List<ActivationPoint> activations() {
      return operands.stream()
          .map(Operand::activation)
          .filter(Objects::nonNull)
          .distinct()
          .toList();
    }
  }

  private final ModelEditor model;
  private final GraphEditor graph;
  private final QuantizationPlan plan;
  private final QuantizerAssignment assignment;
  private final Set<String> quantized = new HashSet<>();
  private final DataFlow flow;
  private final Set<String> composites;
  private final Map<TensorRef, ActivationPoint> points = new HashMap<>();

  private KernelClusters(ModelEditor model, QuantizationPlan plan, QuantizerAssignment assignment) {
    this.model = model;
    this.plan = plan;
    this.assignment = assignment;
    graph = model.graph();
    flow = new DataFlow(model);
    for (Entry entry : plan.applied()) {
      quantized.add(entry.operation());
    }
    composites = flow.composites().keySet();
  }

  /** The operations behind all activations of a plan that a model has. */
  static List<Cluster> find(
      ModelEditor model, QuantizationPlan plan, QuantizerAssignment assignment) {
    KernelClusters clusters = new KernelClusters(model, plan, assignment);
    List<ActivationPoint> present =
        plan.activations().stream()
            .filter(point -> model.graph().find(point.tensor().node()) != null)
            .toList();
    present.forEach(point -> clusters.points.put(point.tensor(), point));
    List<Walk> walks = present.stream().map(clusters::walk).toList();
    Set<String> constants = new LinkedHashSet<>();
    walks.forEach(walk -> constants.addAll(walk.constants));
    Map<String, TensorProto> values =
        StaticTensors.evaluate(clusters.model.build(), List.copyOf(constants));
    return walks.stream().map(walk -> clusters.cluster(walk, values)).toList();
  }

  /**
   * Collects what is found on the way back from a tensor to the quantized tensors that it is made
   * of.
   */
  private static final class Walk {
    private final ActivationPoint output;
    private final List<NodeDef> nodes = new ArrayList<>();
    private final List<Operand> operands = new ArrayList<>();
    private final Set<String> constants = new LinkedHashSet<>();

    Walk(ActivationPoint output) {
      this.output = output;
    }
  }

  private Walk walk(ActivationPoint output) {
    Walk walk = new Walk(output);
    List<NodeDef> open = new ArrayList<>();
    // What float operations compute has no steps of its own.
    if (flow.isOperation(output.tensor().node())
        && quantized.contains(plan.producer(output.tensor()))) {
      open.add(graph.node(output.tensor().node()));
    }
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      NodeDef node = open.remove(open.size() - 1);
      if (!seen.add(node.getName())) {
        continue;
      }
      walk.nodes.add(node);
      for (int i : Patterns.dataInputs(node)) {
        if (i >= node.getInputCount() || !Patterns.isFloat(node)) {
          continue;
        }
        TensorRef tensor = TensorRef.parse(node.getInput(i));
        ActivationPoint point = points.get(tensor);
        if (point != null) {
          walk.operands.add(new Operand(point, 0));
        } else if (flow.isDynamic(node, i)) {
          open.add(graph.node(tensor.node()));
        } else {
          constant(node, node.getInput(i), walk);
        }
      }
      if (Patterns.isWeighted(node) && !Patterns.isProduct(node)) {
        constant(node, node.getInput(1), walk);
      }
    }
    return walk;
  }

  private void constant(NodeDef reader, String tensor, Walk walk) {
    NodeDef quantizer = weightQuantizer(tensor);
    if (quantizer == null) {
      if (Patterns.isAddition(reader)) {
        walk.constants.add(tensor);
      }
    } else {
      walk.operands.add(new Operand(null, weightStep(quantizer)));
    }
  }

  private @Nullable NodeDef weightQuantizer(String tensor) {
    NodeDef node = graph.producer(tensor);
    while (node.getOp().equals("Reshape")) {
      node = graph.input(node, 0);
    }
    return node.getOp().startsWith("FakeQuant") ? node : null;
  }

  /** The largest step of a weight's channels. */
  private double weightStep(NodeDef quantizer) {
    float[] min = floats(graph.input(quantizer, 1));
    float[] max = floats(graph.input(quantizer, 2));
    int bits = (int) quantizer.getAttrOrThrow("num_bits").getI();
    boolean narrow = quantizer.getAttrOrThrow("narrow_range").getB();
    double widest = 0;
    for (int i = 0; i < min.length; i++) {
      widest = Math.max(widest, (double) max[i] - min[i]);
    }
    return widest / new QuantizerSpec(bits, false, narrow, false).steps();
  }

  private Cluster cluster(Walk walk, Map<String, TensorProto> values) {
    double bias = 0;
    for (String tensor : walk.constants) {
      for (float value : TensorProtos.toFloats(Objects.requireNonNull(values.get(tensor)))) {
        bias = Math.max(bias, Math.abs(value));
      }
    }
    Kind kind = kind(walk);
    boolean logarithm = walk.nodes.stream().anyMatch(node -> node.getOp().equals("Log"));
    boolean clipped = walk.nodes.stream().anyMatch(node -> node.getOp().equals("Relu6"));
    long depth = walk.nodes.stream().mapToLong(this::depth).max().orElse(0);
    int bits = assignment.spec(walk.output).bits();
    return new Cluster(
        walk.output,
        kind == Kind.FREE
            ? new Operation(kind, bits, 0, 0, logarithm ? LARGEST_LOGARITHM : 0)
            : new Operation(kind, bits, depth, bias, clipped ? 6 : 0),
        List.copyOf(walk.operands));
  }

  private Kind kind(Walk walk) {
    String node = walk.output.tensor().node();
    if (composites.contains(node)) {
      return Kind.COMPOSITE;
    }
    if (plan.tables().contains(node) && assignment.spec(walk.output).bits() <= QuantizerSpec.BITS) {
      boolean elu = walk.nodes.stream().anyMatch(each -> each.getOp().equals("Elu"));
      return elu ? Kind.ELU : Kind.FREE;
    }
    Kind found = Kind.FREE;
    for (NodeDef each : walk.nodes) {
      Kind kind = kind(each);
      // What is fused with a product comes behind it, and the walk began there.
      found = kind == Kind.FREE || (kind == Kind.LINEAR && found != Kind.FREE) ? found : kind;
    }
    return found;
  }

  private Kind kind(NodeDef node) {
    if (Patterns.isWeighted(node)) {
      // A constant in front has the activations' type, and with 16 bits their kernel.
      boolean front = flow.isDynamic(node, 0) || assignment == QuantizerAssignment.WIDE;
      boolean two = Patterns.isProduct(node) && front && flow.isDynamic(node, 1);
      return two ? Kind.TWO_FACTORS : Kind.WEIGHTED;
    }
    return switch (node.getOp()) {
      case "Mul" -> Kind.PRODUCT;
      case "Add", "AddN", "AddV2", "BiasAdd", "Sub" -> Kind.SUM;
      case "SquaredDifference" -> Kind.SQUARES;
      case "LogSoftmax" -> Kind.LOG_SOFTMAX;
      case "Rsqrt" -> Kind.RSQRT;
      case "Exp" -> Kind.EXP;
      case "Elu" -> Kind.ELU;
      default -> LINEAR.contains(node.getOp()) ? Kind.LINEAR : Kind.FREE;
    };
  }

  /** Returns the number of products that an operation with a weight adds up, or 0. */
  private long depth(NodeDef node) {
    if (!Patterns.isWeighted(node)) {
      return 0;
    }
    for (int i = 0; i < 2; i++) {
      NodeDef quantizer = flow.isDynamic(node, i) ? null : weightQuantizer(node.getInput(i));
      Shape shape = quantizer == null ? null : flow.staticShape(quantizer.getInput(0));
      if (shape != null && !shape.isUnknown() && !shape.hasUnknownDimension()) {
        return depth(node, shape);
      }
    }
    return 0;
  }

  private static long depth(NodeDef node, Shape weight) {
    int rank = weight.numDimensions();
    if (node.getOp().equals(Patterns.DEPTHWISE)) {
      return weight.get(0) * weight.get(1);
    }
    return rank < 2
        ? weight.size()
        : weight.size() / Math.max(1, Math.min(weight.get(rank - 1), weight.get(rank - 2)));
  }

  private static float[] floats(NodeDef constant) {
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor());
  }
}
