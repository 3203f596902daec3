package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.RandomOperations;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.CompositeFunctions;
import org.tfmot.techniques.functions.CompositeFunctions.Composite;
import org.tfmot.techniques.functions.ConditionalOperations;
import org.tfmot.techniques.weights.Weight;

/**
 * The part of a graph between a model's inputs and its outputs, as it stands when this is made.
 * Tensors that depend on an input or on random numbers are dynamic, all others, such as weights,
 * are static.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class DataFlow {

  /** In a graph that is none of TensorFlow's making the depth might grow without end. */
  /** Masks of techniques lie upon each other, a few of them. */
  private static final int MOST_MASKS = 8;

  /** Operations whose output has the shape of their first input. */
  private static final Set<String> MOVERS =
      Set.of(
          "FakeQuantWithMinMaxVars",
          "FakeQuantWithMinMaxVarsPerChannel",
          "Identity",
          "ReadVariableOp");

  private final GraphEditor graph;
  private final Set<String> needed;
  private final Set<String> dynamic;
  private final Set<String> inputs;
  private final Set<TensorRef> outputs = new HashSet<>();
  private final Set<String> conditional;
  private final Map<TensorRef, Optional<NodeDef>> onlyUsers = new HashMap<>();

  public DataFlow(ModelEditor model) {
    this.graph = model.graph();
    Endpoints endpoints = model.endpoints().build();
    model.outputs().values().forEach(tensor -> outputs.add(TensorRef.parse(tensor)));
    List<String> ends = outputs.stream().map(TensorRef::node).distinct().toList();
    needed = graph.reachable(ends);
    inputs = endpoints.fed(graph);
    // What only has to run before or after something has no part in the computation.
    List<String> changing = new ArrayList<>(inputs);
    graph.nodes().stream()
        .filter(RandomOperations::differsFromRunToRun)
        .forEach(node -> changing.add(node.getName()));
    dynamic = graph.dataDependents(changing);
    dynamic.retainAll(graph.dataReachable(ends));
    conditional = ConditionalOperations.in(graph);
  }

  /**
   * Tells whether an operation is in a branch or a loop of TensorFlow 1's control flow: it may have
   * no value, or many.
   */
  boolean isConditional(NodeDef node) {
    return conditional.contains(node.getName());
  }

  /** The operations between the inputs, left out, and the outputs, in the graph's order. */
  public List<NodeDef> operations() {
    List<NodeDef> nodes = graph.nodes();
    nodes.removeIf(node -> !dynamic.contains(node.getName()) || inputs.contains(node.getName()));
    return nodes;
  }

  /** Tells whether a node depends on the model's inputs and is none of them. */
  public boolean isOperation(String node) {
    return dynamic.contains(node) && !inputs.contains(node);
  }

  /** Tells whether a data input of a node depends on the model's inputs. */
  public boolean isDynamic(NodeDef node, int input) {
    TensorRef tensor = TensorRef.parse(node.getInput(input));
    return !tensor.isControl() && dynamic.contains(tensor.node());
  }

  /**
   * Tells whether an operation only moves values that do not depend on the inputs to where the
   * inputs say: rows of a table, the first positions of an embedding, a token for each example.
   */
  boolean movesConstants(NodeDef node) {
    boolean moves =
        Patterns.isLookup(node) || Patterns.isTransparent(node) || Patterns.isPooling(node);
    return moves && isOperation(node.getName()) && !isDynamic(node, Patterns.dataInputs(node)[0]);
  }

  /** The node that alone uses a node's first output, which is no output of the model, or null. */
  @Nullable NodeDef onlyUser(NodeDef node) {
    return onlyUser(TensorRef.of(node.getName()));
  }

  /** The node that alone uses a tensor, which is no output of the model, or null. */
  @Nullable NodeDef onlyUser(TensorRef tensor) {
    return onlyUsers.computeIfAbsent(tensor, this::findOnlyUser).orElse(null);
  }

  /** Returns the composite functions, by the name of the operation that gives their value. */
  public Map<String, Composite> composites() {
    return CompositeFunctions.find(
        graph, operations(), tensor -> isOperation(tensor.node()) && onlyUser(tensor) != null);
  }

  private Optional<NodeDef> findOnlyUser(TensorRef tensor) {
    List<NodeDef> users = users(tensor);
    return users.size() == 1 ? Optional.of(users.get(0)) : Optional.empty();
  }

  /** Returns what reads a tensor and is needed for the outputs; nothing if the tensor is one. */
  List<NodeDef> users(TensorRef tensor) {
    if (outputs.contains(tensor)) {
      return List.of();
    }
    List<NodeDef> users = graph.consumers(tensor);
    users.removeIf(user -> !needed.contains(user.getName()));
    return users;
  }

  /** Tells whether a tensor is an output, or anything that outputs need but some nodes reads it. */
  boolean isUsedOutside(TensorRef tensor, Set<String> nodes) {
    return outputs.contains(tensor)
        || graph.anyConsumer(tensor.node(), user -> needed.contains(user) && !nodes.contains(user));
  }

  /** Tells whether anything between inputs and outputs, or an output, reads a tensor. */
  boolean isUsed(TensorRef tensor) {
    return outputs.contains(tensor)
        || graph.consumers(tensor).stream().anyMatch(user -> needed.contains(user.getName()));
  }

  /**
   * The operand of an addition that does not depend on the inputs if it is a bias, one value for
   * each channel of a convolution or a matrix product before it; or -1.
   */
  public int biasInput(NodeDef addition) {
    if (!Patterns.isAddition(addition) || isDynamic(addition, 0) == isDynamic(addition, 1)) {
      return -1;
    }
    int input = isDynamic(addition, 0) ? 1 : 0;
    Shape shape = staticShape(addition.getInput(input));
    boolean bias =
        addition.getOp().equals("BiasAdd")
            || (shape != null
                && !shape.isUnknown()
                && shape.numDimensions() == 1
                && shape.get(0) == lastDimension(graph.input(addition, 1 - input)));
    return bias ? input : -1;
  }

  /** The shape of a static tensor as far as constants and variables tell it, or null. */
  public @Nullable Shape staticShape(String tensor) {
    return staticShape(graph, tensor);
  }

  /** The shape of a static tensor of a graph as far as constants and variables tell it, or null. */
  public static @Nullable Shape staticShape(GraphEditor graph, String tensor) {
    return staticShape(graph, tensor, MOST_MASKS);
  }

  private static @Nullable Shape staticShape(GraphEditor graph, String tensor, int masks) {
    NodeDef node = graph.producer(tensor);
    Shape ofWeight = shapeOfWeight(graph, node);
    while (ofWeight == null && MOVERS.contains(node.getOp())) {
      node = graph.input(node, 0);
      ofWeight = shapeOfWeight(graph, node);
    }
    if (ofWeight != null) {
      return ofWeight;
    }
    return switch (node.getOp()) {
      case "Const" -> TensorProtos.shape(node.getAttrOrThrow("value").getTensor());
      case "VariableV2", "VarHandleOp" ->
          TensorProtos.shape(node.getAttrOrThrow("shape").getShape());
      case "Mul" -> { // A mask.
        if (masks == 0) {
          yield null;
        }
        Shape shape = staticShape(graph, node.getInput(0), masks - 1);
        boolean same =
            shape != null && shape.equals(staticShape(graph, node.getInput(1), masks - 1));
        yield same ? shape : null;
      }
      default -> null;
    };
  }

  /** Returns the shape of the variable that a node represents, or null. */
  private static @Nullable Shape shapeOfWeight(GraphEditor graph, NodeDef node) {
    String weight = Weight.standsFor(node);
    NodeDef variable = weight == null ? null : graph.find(weight);
    return variable != null && variable.containsAttr("shape")
        ? TensorProtos.shape(variable.getAttrOrThrow("shape").getShape())
        : null;
  }

  /** Tells whether a static input is one number. */
  boolean isNumber(NodeDef node, int input) {
    Shape shape = isDynamic(node, input) ? null : staticShape(node.getInput(input));
    return shape != null && !shape.isUnknown() && shape.size() == 1;
  }

  /**
   * Tells whether a static input is one number that adds no dimension to what it is combined with.
   */
  boolean isScalar(NodeDef node, int input) {
    return isNumber(node, input)
        && Objects.requireNonNull(staticShape(node.getInput(input))).numDimensions() < 2;
  }

  /** Returns the number of channels that a convolution or a matrix product puts out, or -1. */
  long outputChannels(NodeDef operation) {
    Shape weight = isDynamic(operation, 1) ? null : staticShape(operation.getInput(1));
    if (weight == null || weight.isUnknown() || weight.numDimensions() < 2) {
      return -1;
    }
    int last = weight.numDimensions() - 1;
    return switch (operation.getOp()) {
      case Patterns.DEPTHWISE -> weight.get(last - 1) * weight.get(last);
      case "Einsum" -> -1;
      default -> weight.get(Patterns.isTransposed(operation) ? last - 1 : last);
    };
  }

  /** Returns the size of the last dimension of a convolution or a matrix product, or -1. */
  private long lastDimension(NodeDef operation) {
    NodeDef node = operation;
    while (keepsLast(node)) {
      node = graph.input(node, 0);
    }
    return Patterns.isWeighted(node) && !Patterns.isChannelsFirst(node) ? outputChannels(node) : -1;
  }

  /** Tells whether an operation squeezes dimensions that are not the last of four. */
  static boolean keepsLast(NodeDef squeeze) {
    if (!squeeze.getOp().equals("Squeeze")) {
      return false;
    }
    List<Long> axes =
        squeeze
            .getAttrOrDefault("squeeze_dims", AttrValue.getDefaultInstance())
            .getList()
            .getIList();
    return !axes.isEmpty() && !axes.contains(3L) && !axes.contains(-1L);
  }
}
