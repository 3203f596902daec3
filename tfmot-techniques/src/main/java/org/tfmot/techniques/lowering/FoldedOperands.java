package org.tfmot.techniques.lowering;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Makes constants of the quantized tensors that do not depend on the inputs, such as a gate's
 * columns of a recurrent kernel. The converter takes the range of a constant from its quantizer
 * only where it sees the constant before it: columns that it cuts out itself, or a masked kernel,
 * it quantizes once more, with ranges of its own for each output channel.
 *
 * <p>Only what the outputs need is computed, and nothing before an input. What a stateful operation
 * changes, such as a random one, is no constant although the inputs do not change it.
 *
 * <p>Equal values are one constant: the steps of an unrolled loop share them.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FoldedOperands {

  private FoldedOperands() {}

  /**
   * Folds what quantizers read.
   *
   * @param inputs tensors of the graph that are given
   * @param outputs tensors that are computed from them
   */
  public static GraphDef fold(
      GraphDef graphDef, Collection<String> inputs, Collection<String> outputs) {
    GraphEditor graph = new GraphEditor(graphDef);
    Set<String> needed = needed(graph, inputs, outputs);
    Set<String> dynamic = graph.changedBy(sources(graphDef, inputs));
    List<NodeDef> quantizers =
        graphDef.getNodeList().stream()
            .filter(node -> needed.contains(node.getName()))
            .filter(node -> node.getOp().matches("FakeQuantWithMinMax(Args|Vars|VarsPerChannel)"))
            .filter(node -> !dynamic.contains(TensorRef.parse(node.getInput(0)).node()))
            .filter(node -> FakeQuant.constant(graph, node, 0) == null)
            .toList();
    if (quantizers.isEmpty()) {
      return graphDef;
    }
    Set<String> tensors = new LinkedHashSet<>();
    quantizers.forEach(node -> tensors.add(node.getInput(0)));
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    tensors.forEach(tensor -> endpoints.output(tensor, tensor));
    Map<String, TensorProto> values =
        StaticTensors.evaluate(GraphModel.of(graphDef, endpoints.build(), List.of()), tensors);
    Map<TensorProto, String> constants = new HashMap<>();
    for (NodeDef node : quantizers) {
      TensorProto value = Objects.requireNonNull(values.get(node.getInput(0)));
      String name = node.getName() + "/folded";
      String constant =
          constants.computeIfAbsent(
              value, v -> graph.add(NodeBuilder.constant(graph.uniqueName(name), v)));
      graph.setInput(node.getName(), 0, constant);
    }
    return graph.build();
  }

  /** Returns the nodes that are run for the outputs when the inputs are given. */
  private static Set<String> needed(
      GraphEditor graph, Collection<String> inputs, Collection<String> outputs) {
    Set<TensorRef> given = new HashSet<>();
    inputs.forEach(input -> given.add(TensorRef.parse(input)));
    Set<String> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      TensorRef tensor = TensorRef.parse(open.pop());
      if (!tensor.isControl() && !given.contains(tensor) && needed.add(tensor.node())) {
        open.addAll(graph.node(tensor.node()).getInputList());
      }
    }
    return needed;
  }

  /** Returns the inputs, and the operations whose outputs differ although their inputs do not. */
  private static List<String> sources(GraphDef graphDef, Collection<String> inputs) {
    OpDefinitions definitions = new OpDefinitions(graphDef);
    List<String> sources = new ArrayList<>(inputs);
    for (NodeDef node : graphDef.getNodeList()) {
      if (node.getOp().equals("Placeholder") || definitions.changesSomething(node)) {
        sources.add(node.getName());
      }
    }
    return sources;
  }
}
