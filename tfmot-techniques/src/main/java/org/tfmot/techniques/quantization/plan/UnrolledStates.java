package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds stacks of the states of an unrolled loop: each is computed from the one before, by
 * operations with weights that another step has, too.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class UnrolledStates {

  private final GraphEditor graph;
  private final Map<String, Integer> readers = new HashMap<>();

  public UnrolledStates(GraphEditor graph) {
    this.graph = graph;
    graph.nodes().stream()
        .filter(Patterns::isWeighted)
        .forEach(node -> readers.merge(weight(node), 1, Integer::sum));
  }

  /** Tells whether a stack's operands are the states of a loop, in their order or backwards. */
  public boolean areStacked(NodeDef stack) {
    List<String> states =
        IntStream.of(Patterns.dataInputs(stack))
            .mapToObj(input -> behindMoves(stack.getInput(input)).getName())
            .toList();
    List<String> backwards = new ArrayList<>(states);
    Collections.reverse(backwards);
    return areSteps(states) || areSteps(backwards);
  }

  private boolean areSteps(List<String> states) {
    for (int i = 1; i < states.size(); i++) {
      if (!graph.dataDependents(List.of(states.get(i - 1))).contains(states.get(i))) {
        return false;
      }
    }
    Set<String> steps = new HashSet<>(graph.dataReachable(List.of(states.get(states.size() - 1))));
    steps.removeAll(graph.dataReachable(List.of(states.get(0))));
    return steps.stream()
        .map(graph::node)
        .anyMatch(node -> Patterns.isWeighted(node) && readers.getOrDefault(weight(node), 0) > 1);
  }

  /** The constant that an operation has as its weight, or what else it reads there. */
  private String weight(NodeDef node) {
    return behindMoves(node.getInput(1)).getName();
  }

  private NodeDef behindMoves(String tensor) {
    NodeDef node = graph.node(TensorRef.parse(tensor).node());
    while (node.getOp().startsWith("FakeQuant") || Patterns.isTransparent(node)) {
      String moved = node.getInput(Patterns.dataInputs(node)[0]);
      node = graph.node(TensorRef.parse(moved).node());
    }
    return node;
  }
}
