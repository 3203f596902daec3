package org.tfmot.techniques.quantization;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.Elementwise;
import org.tfmot.techniques.quantization.Calibration.Observation;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.ranges.Deviation;
import org.tfmot.techniques.quantization.ranges.RowSamples;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Finds functions of one tensor that its steps are too coarse for: neighbouring entries of the
 * function's table differ by much.
 *
 * <p>The rule: the error of the function {@code f} of values {@code x} that rounding them makes,
 * the root of the mean of {@code (f(round(x)) - f(x))^2}, is more than a tenth of the standard
 * deviation of {@code f(x)}: 20 dB. The values are those of the samples; of a model that was
 * trained only ranges are known, and they are taken to be spread evenly.
 */
final class CoarseFunctions {

  private static final double MOST = 0.1;

  private static final int MOST_OPERATIONS = 32;

  /** Of a whole row. */
  private static final Set<String> ROWS = Set.of("LogSoftmax", "Softmax");

  private static final int ROW = 8;

  /** Rounding moves their results by as much as their operand, as a share of what these span. */
  private static final Set<String> STRAIGHT =
      Set.of(
          "Abs",
          "Add",
          "AddV2",
          "Div",
          "LeakyRelu",
          "Maximum",
          "Minimum",
          "Mul",
          "Neg",
          "RealDiv",
          "Relu",
          "Relu6",
          "Sub");

  /**
   * A function that is too coarse.
   *
   * @param input what it is a function of
   * @param step of the input
   * @param error of its results
   * @param deviation of its results
   * @param cut whether the error is one of the range of its results
   */
  record Coarse(TensorRef input, double step, double error, double deviation, boolean cut) {}

  private final GraphModel quantized;
  private final GraphEditor graph;
  private final Map<TensorRef, Observation> observed;
  private final Set<String> dynamic;
  private final Map<String, Function> functions = new LinkedHashMap<>();

  /** The nodes from the quantizer of one tensor to a result. */
  private record Function(
      ActivationPoint point, NodeDef quantizer, Set<String> nodes, boolean numbersOnly) {}

  private CoarseFunctions(GraphModel quantized, Map<TensorRef, Observation> observed) {
    this.quantized = quantized;
    this.observed = observed;
    graph = new GraphEditor(quantized.graphDef());
    dynamic = graph.changedBy(quantized.inputs().values());
  }

  /**
   * Returns tensors that functions are computed of whose slopes differ.
   *
   * @param tensors to choose from
   */
  static List<TensorRef> inputs(GraphEditor graph, Iterable<TensorRef> tensors) {
    Set<String> ahead = new HashSet<>();
    Deque<NodeDef> next = new ArrayDeque<>();
    graph.nodes().stream().filter(CoarseFunctions::isCurved).forEach(next::add);
    while (!next.isEmpty()) {
      for (String input : next.pop().getInputList()) {
        if (!input.startsWith("^") && ahead.add(TensorRef.parse(input).toString())) {
          NodeDef producer = graph.producer(input);
          if (STRAIGHT.contains(producer.getOp())) {
            next.add(producer);
          }
        }
      }
    }
    List<TensorRef> inputs = new ArrayList<>();
    tensors.forEach(
        tensor -> {
          if (ahead.contains(tensor.toString())) {
            inputs.add(tensor);
          }
        });
    return inputs;
  }

  private static boolean isCurved(NodeDef node) {
    return ROWS.contains(node.getOp())
        || (Elementwise.contains(node) && !STRAIGHT.contains(node.getOp()));
  }

  /**
   * Returns the functions by the name of the operation that gives their result.
   *
   * @param quantized a model with simulated quantization
   * @param observed the ranges, and values if they are known, of its tensors
   */
  static Map<String, Coarse> find(
      QuantizationPlan plan, GraphModel quantized, Map<TensorRef, Observation> observed) {
    CoarseFunctions found = new CoarseFunctions(quantized, observed);
    plan.activations().forEach(found::add);
    return found.functions.isEmpty() ? Map.of() : found.evaluate();
  }

  private void add(ActivationPoint point) {
    NodeDef end = graph.find(point.tensor().node());
    if (end == null || graph.find(point.quantizer()) == null || !point.hasOwnRange()) {
      return;
    }
    Set<String> nodes = new LinkedHashSet<>();
    Set<String> quantizers = new LinkedHashSet<>();
    Set<Shape> constants = new LinkedHashSet<>();
    Deque<NodeDef> next = new ArrayDeque<>(List.of(end));
    while (!next.isEmpty()) {
      NodeDef node = next.pop();
      boolean function = ROWS.contains(node.getOp()) || Elementwise.contains(node);
      boolean followed = !nodes.add(node.getName()) || follow(node, next, quantizers, constants);
      if (!function || !followed || quantizers.size() > 1 || nodes.size() > MOST_OPERATIONS) {
        return;
      }
    }
    NodeDef quantizer = quantizers.isEmpty() ? end : graph.node(quantizers.iterator().next());
    if (quantizer.getOp().equals("FakeQuantWithMinMaxVars")) {
      boolean numbersOnly = constants.stream().allMatch(shape -> shape.size() == 1);
      functions.put(end.getName(), new Function(point, quantizer, nodes, numbersOnly));
    }
  }

  /** Follows the operands of a node; returns whether all of them fit to any number of rows. */
  private boolean follow(
      NodeDef node, Deque<NodeDef> next, Set<String> quantizers, Set<Shape> constants) {
    for (String input : node.getInputList()) {
      if (input.startsWith("^")) {
        continue;
      }
      NodeDef producer = graph.producer(input);
      if (!dynamic.contains(producer.getName())) {
        Shape shape = constantShape(producer);
        if (shape == null || !isRow(shape)) {
          return false;
        }
        constants.add(shape);
      } else if (producer.getOp().startsWith("FakeQuant")) {
        quantizers.add(producer.getName());
      } else {
        next.add(producer);
      }
    }
    return true;
  }

  /** Returns whether a constant broadcasts with any number of rows. */
  private static boolean isRow(Shape shape) {
    int last = shape.numDimensions() - 1;
    return last < 0 || shape.size() == shape.get(last);
  }

  private @Nullable Shape constantShape(NodeDef producer) {
    NodeDef node = producer;
    while (node.getOp().equals("Identity") || node.getOp().startsWith("FakeQuant")) {
      node = graph.input(node, 0);
    }
    return node.getOp().equals("Const")
        ? TensorProtos.shape(node.getAttrOrThrow("value").getTensor())
        : null;
  }

  private Map<String, Coarse> evaluate() {
    GraphEditor editor = new GraphEditor(quantized.graphDef());
    Map<String, String> ends = new LinkedHashMap<>();
    functions.forEach(
        (name, function) -> {
          RowSamples rows = rows(function);
          if (rows != null && rows.values().length > 0) {
            ends.put(name, copy(editor, function, rows));
          }
        });
    if (ends.isEmpty()) {
      return Map.of();
    }
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    ends.values().forEach(end -> endpoints.output(end, end));
    GraphModel copies =
        GraphModel.of(editor.build(), endpoints.build(), quantized.variables().values());
    Map<String, TensorProto> values = StaticTensors.evaluate(copies, ends.values());
    Map<String, Coarse> coarse = new LinkedHashMap<>();
    ends.forEach(
        (name, end) -> {
          Function function = functions.get(name);
          TensorProto value = values.get(end);
          Coarse error =
              function == null || value == null
                  ? null
                  : coarse(function, TensorProtos.toFloats(value));
          if (error != null) {
            coarse.put(name, error);
          }
        });
    return coarse;
  }

  private @Nullable RowSamples rows(Function function) {
    Observation seen = observed.get(TensorRef.parse(function.quantizer.getInput(0)));
    if (seen == null) {
      return null;
    }
    if (seen.rows() != null || Double.isFinite(seen.deviation())) {
      return seen.rows();
    }
    boolean whole = function.nodes.stream().anyMatch(it -> ROWS.contains(graph.node(it).getOp()));
    if (whole && !function.numbersOnly) {
      return null;
    }
    return RowSamples.evenly(seen.range(), whole ? ROW : 1);
  }

  /** Copies a function for the values, and behind them the same ones rounded. */
  private String copy(GraphEditor editor, Function function, RowSamples rows) {
    String scope = editor.uniqueName(function.point.tensor().node() + "/coarse");
    int count = rows.values().length / rows.width();
    String exact =
        editor.add(
            NodeBuilder.constant(
                scope + "/values",
                TensorProtos.floats(Shape.of(count, rows.width()), rows.values())));
    String rounded =
        editor.add(
            function.quantizer.toBuilder().setName(scope + "/rounded").setInput(0, exact).build());
    String axis = editor.add(NodeBuilder.constant(scope + "/axis", TensorProtos.scalar(0)));
    String both =
        editor.add(
            NodeBuilder.op("ConcatV2", scope + "/both")
                .inputs(exact, rounded, axis)
                .attr("T", DataType.DT_FLOAT)
                .attr("Tidx", DataType.DT_INT32)
                .attr("N", 2)
                .build());
    for (String name : function.nodes) {
      NodeDef.Builder node = graph.node(name).toBuilder().setName(scope + "/of/" + name);
      for (int i = node.getInputCount() - 1; i >= 0; i--) {
        TensorRef input = TensorRef.parse(node.getInput(i));
        if (node.getInput(i).startsWith("^")) {
          continue;
        }
        if (input.node().equals(function.quantizer.getName())) {
          node.setInput(i, both);
        } else if (function.nodes.contains(input.node())) {
          node.setInput(i, scope + "/of/" + input);
        }
      }
      editor.add(node.build());
    }
    return scope + "/of/" + function.point.tensor();
  }

  /**
   * Compares results. What the range of the results cuts off on purpose, since nothing behind needs
   * it, does not count; what a range that the runtime demands cuts off does.
   */
  private @Nullable Coarse coarse(Function function, float[] results) {
    NodeDef output = graph.node(function.point.quantizer());
    double low = value(output, 1);
    double high = value(output, 2);
    boolean demanded = function.point.fixed() != null;
    Deviation spread = new Deviation();
    double rounding = 0;
    double cutting = 0;
    int half = results.length / 2;
    for (int i = 0; i < half; i++) {
      double all = results[i];
      double within = Math.max(low, Math.min(high, all));
      double rounded = Math.max(low, Math.min(high, results[half + i]));
      if (Double.isFinite(all) && Double.isFinite(rounded)) {
        spread.add(1, demanded ? all : within, 0);
        rounding += (rounded - within) * (rounded - within);
        cutting += demanded ? (all - within) * (all - within) : 0;
      }
    }
    double deviation = spread.value();
    double error = Math.sqrt((rounding + cutting) / Math.max(1, half));
    return error <= MOST * deviation
        ? null
        : new Coarse(
            TensorRef.parse(function.quantizer.getInput(0)),
            step(function.quantizer),
            error,
            deviation,
            cutting > rounding);
  }

  private double step(NodeDef quantizer) {
    int bits = (int) quantizer.getAttrOrThrow("num_bits").getI();
    return (value(quantizer, 2) - value(quantizer, 1)) / ((1 << bits) - 1);
  }

  private double value(NodeDef quantizer, int input) {
    NodeDef constant = graph.input(quantizer, input);
    return TensorProtos.toFloats(constant.getAttrOrThrow("value").getTensor())[0];
  }
}
