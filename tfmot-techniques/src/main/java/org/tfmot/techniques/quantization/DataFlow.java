package org.tfmot.techniques.quantization;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * The part of a graph between a model's inputs and its outputs, as it stands when this is made.
 * Tensors that depend on an input are dynamic, all others, such as weights, are static.
 */
final class DataFlow {

  private final GraphEditor graph;
  private final Set<String> needed;
  private final Set<String> dynamic;
  private final Set<String> inputs = new LinkedHashSet<>();
  private final Set<TensorRef> outputs = new HashSet<>();

  DataFlow(ModelEditor model) {
    this.graph = model.graph();
    Endpoints endpoints = model.endpoints().build();
    model.outputs().values().forEach(tensor -> outputs.add(TensorRef.parse(tensor)));
    List<String> ends = outputs.stream().map(TensorRef::node).distinct().toList();
    needed = graph.reachable(ends);
    endpoints.inputs().values().forEach(tensor -> inputs.add(TensorRef.parse(tensor).node()));
    graph.nodes().stream()
        .filter(node -> node.getOp().startsWith("Placeholder"))
        .forEach(node -> inputs.add(node.getName()));
    // What only has to run before or after something has no part in the computation.
    dynamic = graph.dataDependents(inputs);
    dynamic.retainAll(graph.dataReachable(ends));
  }

  /** The operations between the inputs, left out, and the outputs, in the graph's order. */
  List<NodeDef> operations() {
    List<NodeDef> nodes = graph.nodes();
    nodes.removeIf(node -> !dynamic.contains(node.getName()) || inputs.contains(node.getName()));
    return nodes;
  }

  /** Whether a data input of a node depends on the model's inputs. */
  boolean isDynamic(NodeDef node, int input) {
    TensorRef tensor = TensorRef.parse(node.getInput(input));
    return !tensor.isControl() && dynamic.contains(tensor.node());
  }

  /** The node that alone uses a node's first output, which is no output of the model, or null. */
  @Nullable NodeDef onlyUser(NodeDef node) {
    TensorRef tensor = TensorRef.of(node.getName());
    if (outputs.contains(tensor)) {
      return null;
    }
    List<NodeDef> users = graph.consumers(tensor);
    users.removeIf(user -> !needed.contains(user.getName()));
    return users.size() == 1 ? users.get(0) : null;
  }

  /**
   * The operand of an addition that does not depend on the inputs if it is a bias, one value for
   * each channel of a convolution or a matrix product before it; or -1.
   */
  int biasInput(NodeDef addition) {
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
  @Nullable Shape staticShape(String tensor) {
    NodeDef node = graph.producer(tensor);
    return switch (node.getOp()) {
      case "Const" -> TensorProtos.shape(node.getAttrOrThrow("value").getTensor());
      case "VariableV2", "VarHandleOp" ->
          TensorProtos.shape(node.getAttrOrThrow("shape").getShape());
      case "ReadVariableOp",
          "Identity",
          "FakeQuantWithMinMaxVars",
          "FakeQuantWithMinMaxVarsPerChannel" ->
          staticShape(node.getInput(0));
      case "Mul" -> { // A mask.
        Shape shape = staticShape(node.getInput(0));
        yield Objects.equals(shape, staticShape(node.getInput(1))) ? shape : null;
      }
      default -> null;
    };
  }

  /** How many channels a convolution or a matrix product puts into its last dimension, or -1. */
  private long lastDimension(NodeDef operation) {
    if (!Patterns.WEIGHTED.contains(operation.getOp()) || Patterns.isChannelsFirst(operation)) {
      return -1;
    }
    Shape weight = isDynamic(operation, 1) ? null : staticShape(operation.getInput(1));
    if (weight == null || weight.isUnknown() || weight.numDimensions() < 2) {
      return -1;
    }
    return weight.get(Patterns.isTransposed(operation) ? 0 : weight.numDimensions() - 1);
  }
}
