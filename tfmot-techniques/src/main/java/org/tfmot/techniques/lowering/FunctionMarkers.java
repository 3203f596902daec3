package org.tfmot.techniques.lowering;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.ParametricRelu;
import org.tfmot.techniques.functions.ScalarFunction;
import org.tfmot.techniques.functions.ScalarFunctions;
import org.tfmot.techniques.lowering.Slopes.Slope;

/**
 * Functions that the runtime computes in int8 although the converter leaves them in float. The
 * converter gets a marker, an operation of the same operands that it does quantize, and {@link
 * FunctionKernels} replaces the marker by the function in the file: {@code Exp} marks a function of
 * one tensor, {@code LeakyRelu} further ones of the same, {@code Mul} a ReLU with slopes.
 *
 * <p>A function is marked if its value goes into simulated quantization of 8 bits and nowhere else.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionMarkers {

  /** Operators of a file that markers of functions of one tensor become. */
  public static final Set<String> OPERATORS = Set.of("EXP", "LEAKY_RELU");

  private final GraphDef origin;
  private final GraphEditor graph;
  private final Set<String> needed;
  private final Set<String> dynamic;
  private final Set<TensorRef> outputs = new LinkedHashSet<>();
  private final Map<String, ScalarFunction> functions = new LinkedHashMap<>();
  private final Map<String, ParametricRelu> relus = new LinkedHashMap<>();

  private FunctionMarkers(GraphDef origin, Collection<String> inputs, Collection<String> ends) {
    this.origin = origin;
    graph = new GraphEditor(origin);
    ends.forEach(tensor -> outputs.add(TensorRef.parse(tensor)));
    needed = graph.reachable(outputs.stream().map(TensorRef::node).toList());
    dynamic = graph.changedBy(inputs);
    dynamic.retainAll(needed);
  }

  /** Finds the functions of a graph. */
  public static FunctionMarkers find(
      GraphDef graphDef, Collection<String> inputs, Collection<String> outputs) {
    FunctionMarkers markers = new FunctionMarkers(graphDef, inputs, outputs);
    List<NodeDef> ends =
        graphDef.getNodeList().stream()
            .filter(node -> markers.dynamic.contains(node.getName()) && markers.isQuantized(node))
            .toList();
    if (!ends.isEmpty()) {
      try (Graph shapes = new Graph()) {
        TensorFlowErrors.importInto(shapes, graphDef);
        markers.find(ends, markers.new InGraph(shapes));
      }
    }
    return markers;
  }

  private void find(List<NodeDef> ends, InGraph surroundings) {
    Set<String> taken = new LinkedHashSet<>();
    for (NodeDef end : ends) {
      ParametricRelu relu = ParametricRelu.at(graph, end, surroundings);
      if (relu != null && isFloat(end)) {
        relus.put(relu.end(), relu);
        taken.add(relu.end());
        taken.addAll(relu.inner());
      }
    }
    surroundings.closed.addAll(taken);
    functions.putAll(ScalarFunctions.find(graph, ends, surroundings));
  }

  private static boolean isFloat(NodeDef node) {
    return node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT;
  }

  /** The node that simulates the quantization of a function's value. */
  public String quantizer(String end) {
    return users(end).get(0).getName();
  }

  private List<NodeDef> users(String node) {
    List<NodeDef> users = graph.consumers(node);
    users.removeIf(user -> !needed.contains(user.getName()));
    return users;
  }

  private boolean isQuantized(NodeDef node) {
    TensorRef tensor = TensorRef.of(node.getName());
    List<NodeDef> users = users(node.getName());
    return !outputs.contains(tensor)
        && users.size() == 1
        && users.get(0).getOp().equals("FakeQuantWithMinMaxVars")
        && FakeQuant.bits(users.get(0)) == FakeQuant.BYTE;
  }

  /** The functions of one tensor, by the name of the operation that gives their value. */
  public Map<String, ScalarFunction> functions() {
    return functions;
  }

  /** The ReLUs with slopes, likewise. */
  public Map<String, ParametricRelu> relus() {
    return relus;
  }

  /** The graph without markers. */
  public GraphDef origin() {
    return origin;
  }

  /** Gives up functions that the converter did not quantize. */
  public void drop(Set<String> ends) {
    functions.keySet().removeAll(ends);
    relus.keySet().removeAll(ends);
  }

  /**
   * Returns a function's marker. Functions of one tensor have different ones: where their ranges
   * are equal, as before a concatenation, the converter would take equal operations for one.
   */
  private NodeDef marker(String end, TensorRef input) {
    long before =
        functions.entrySet().stream()
            .takeWhile(other -> !other.getKey().equals(end))
            .filter(other -> other.getValue().input().equals(input))
            .count();
    NodeBuilder marker =
        before == 0
            ? NodeBuilder.op("Exp", end)
            : NodeBuilder.op("LeakyRelu", end).attr("alpha", 1f / (1 + before));
    return marker.inputs(input.toString()).attr("T", DataType.DT_FLOAT).build();
  }

  /** The graph with markers. */
  public GraphDef marked() {
    GraphEditor editor = new GraphEditor(origin);
    functions.forEach((end, function) -> editor.replace(marker(end, function.input())));
    Map<String, Slope> slopes = Slopes.of(origin, relus.values());
    relus.forEach(
        (end, relu) -> {
          String slope = Slopes.add(editor, relu, Objects.requireNonNull(slopes.get(end)));
          editor.replace(
              NodeBuilder.op("Mul", end)
                  .inputs(relu.input().toString(), slope)
                  .attr("T", DataType.DT_FLOAT)
                  .build());
        });
    return editor.build();
  }

  /** The graph around the functions, with the shapes that TensorFlow infers. */
  private final class InGraph implements ScalarFunctions.Surroundings {

    private final Graph shapes;
    private final Set<String> closed = new LinkedHashSet<>();

    InGraph(Graph shapes) {
      this.shapes = shapes;
    }

    @Override
    public boolean mayContain(NodeDef node) {
      return dynamic.contains(node.getName())
          && !closed.contains(node.getName())
          && !node.containsAttr(ScalarFunctions.FLOAT);
    }

    @Override
    public boolean isSimulated() {
      return true;
    }

    @Override
    public boolean isConstant(NodeDef node, int input) {
      return !dynamic.contains(TensorRef.parse(node.getInput(input)).node());
    }

    @Override
    public boolean isNumber(NodeDef node, int input) {
      if (!isConstant(node, input)) {
        return false;
      }
      TensorRef tensor = TensorRef.parse(node.getInput(input));
      Operation operation = shapes.operation(tensor.node());
      Shape shape = operation == null ? Shape.unknown() : operation.output(tensor.index()).shape();
      return !shape.isUnknown() && shape.numDimensions() < 2 && shape.size() == 1;
    }

    @Override
    public boolean isUsedOutside(TensorRef tensor, Set<String> nodes) {
      Predicate<String> outside = user -> needed.contains(user) && !nodes.contains(user);
      return outputs.contains(tensor) || graph.anyConsumer(tensor.node(), outside);
    }
  }
}
