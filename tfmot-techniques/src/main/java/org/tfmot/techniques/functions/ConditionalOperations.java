package org.tfmot.techniques.functions;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;

/**
 * Finds the operations in branches and loops of TensorFlow 1's control flow ({@code Switch}, {@code
 * Merge}, {@code Enter}, {@code Exit}): they may have no value, or many, and are in a graph of
 * their own in a file.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ConditionalOperations {

  private static final int MOST_NESTED = 32;

  private final GraphEditor graph;
  private final Set<String> conditional = new HashSet<>();

  private ConditionalOperations(GraphEditor graph) {
    this.graph = graph;
  }

  /** Returns the names of the operations; a {@code Merge} that ends all branches is none. */
  public static Set<String> in(GraphEditor graph) {
    ConditionalOperations operations = new ConditionalOperations(graph);
    operations.findConditional("Switch", operations::inBranches);
    operations.findConditional("Enter", user -> inLoops(user.getOp()));
    return operations.conditional;
  }

  /**
   * Follows the data from each beginning to the end that belongs to it.
   *
   * @param change by how much deeper an operation is than what it reads
   */
  private void findConditional(String beginning, ToIntFunction<NodeDef> change) {
    Map<String, Integer> depths = new HashMap<>();
    Deque<NodeDef> open = new ArrayDeque<>();
    graph.nodes().stream().filter(node -> node.getOp().equals(beginning)).forEach(open::add);
    open.forEach(node -> depths.put(node.getName(), 1));
    while (!open.isEmpty()) {
      NodeDef node = open.remove();
      int from = Objects.requireNonNull(depths.get(node.getName()));
      for (NodeDef user : graph.consumers(node.getName())) {
        int depth = Math.min(from + change.applyAsInt(user), MOST_NESTED);
        if (depth > depths.getOrDefault(user.getName(), 0)) {
          depths.put(user.getName(), depth);
          open.add(user);
        }
      }
    }
    conditional.addAll(depths.keySet());
  }

  /**
   * A loop is a Merge of what enters and what comes again, and a Switch to its body or its exit.
   */
  private int inBranches(NodeDef user) {
    return switch (user.getOp()) {
      case "Switch" -> 1;
      case "NextIteration", "Exit" -> -1;
      case "Merge" ->
          IntStream.range(0, user.getInputCount())
                  .mapToObj(i -> graph.input(user, i))
                  .anyMatch(input -> input.getOp().equals("NextIteration"))
              ? 0
              : -1;
      default -> 0;
    };
  }

  private static int inLoops(String op) {
    return op.equals("Enter") ? 1 : op.equals("Exit") ? -1 : 0;
  }
}
