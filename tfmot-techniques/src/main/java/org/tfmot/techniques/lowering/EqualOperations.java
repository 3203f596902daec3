package org.tfmot.techniques.lowering;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorRef;

/**
 * Computes once what a graph computes several times: the same operations of the same tensors with
 * equal weights, such as a layer that is called twice, or two that were initialized alike. The
 * converter merges such operations halfway through its quantization, and leaves those in float, or
 * fails on those, whose operands it merged before their results.
 *
 * <p>Only what depends on the inputs is merged (by value numbering): weights and other constants
 * stay as they are. An output may become the tensor of another one.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class EqualOperations {

  /** An operation with operands in which equal ones have one name. */
  private record Value(String op, Map<String, AttrValue> attributes, List<String> operands) {}

  private final GraphEditor graph;
  private final OpDefinitions definitions;
  private final Set<String> given = new HashSet<>();
  private final Map<Value, String> first = new HashMap<>();

  /** The first node that computes what a node does; nothing of nodes in loops. */
  private final Map<String, String> same = new HashMap<>();

  private EqualOperations(GraphDef graphDef) {
    graph = new GraphEditor(graphDef);
    definitions = new OpDefinitions(graphDef);
  }

  /**
   * Merges equal operations.
   *
   * @param inputs tensors of the graph that are given
   * @param outputs tensors that are computed from them
   */
  public static EqualOperations merge(
      GraphDef graphDef, Collection<String> inputs, Collection<String> outputs) {
    EqualOperations operations = new EqualOperations(graphDef);
    inputs.forEach(tensor -> operations.given.add(TensorRef.parse(tensor).node()));
    operations
        .graph
        .inOrder()
        .forEach(node -> operations.same.put(node.getName(), operations.firstEqual(node)));
    operations.merge(operations.graph.changedBy(inputs), outputs);
    return operations;
  }

  /** Returns the graph in which each operation is computed once. */
  public GraphDef graphDef() {
    return graph.build();
  }

  /** Returns the tensor of that graph that has the value of one of the original graph. */
  public String tensor(String original) {
    TensorRef tensor = TensorRef.parse(original);
    return graph.find(tensor.node()) == null ? renamed(tensor) : original;
  }

  private String firstEqual(NodeDef node) {
    boolean alone =
        given.contains(node.getName())
            || node.getOp().equals("Placeholder")
            || definitions.changesSomething(node);
    return alone
        ? node.getName()
        : first.computeIfAbsent(
            new Value(node.getOp(), node.getAttrMap(), operands(node)), value -> node.getName());
  }

  private List<String> operands(NodeDef node) {
    List<String> operands = new ArrayList<>();
    node.getInputList().forEach(input -> operands.add(renamed(TensorRef.parse(input))));
    return operands;
  }

  private String renamed(TensorRef tensor) {
    String name = same.getOrDefault(tensor.node(), tensor.node());
    return tensor.isControl() ? "^" + name : new TensorRef(name, tensor.index()).toString();
  }

  private void merge(Set<String> dynamic, Collection<String> outputs) {
    Set<String> roots = new LinkedHashSet<>();
    outputs.stream()
        .map(tensor -> TensorRef.parse(tensor).node())
        .filter(name -> !dynamic.contains(name))
        .forEach(roots::add);
    boolean merged = false;
    for (NodeDef node : graph.nodes()) {
      String name = node.getName();
      if (dynamic.contains(name) && !name.equals(same.getOrDefault(name, name))) {
        merged = true;
      } else if (dynamic.contains(name) || graph.consumers(name).isEmpty()) {
        roots.add(name);
      }
    }
    if (!merged) {
      return;
    }
    for (NodeDef node : graph.nodes()) {
      if (roots.contains(node.getName())) {
        graph.replace(reading(node, dynamic));
      }
    }
    graph.retain(roots);
  }

  /** Returns a node that reads the first of equal operations, and its own constants. */
  private NodeDef reading(NodeDef node, Set<String> dynamic) {
    NodeDef.Builder reading = node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      TensorRef tensor = TensorRef.parse(node.getInput(i));
      if (dynamic.contains(tensor.node())) {
        reading.setInput(i, renamed(tensor));
      }
    }
    return reading.build();
  }
}
