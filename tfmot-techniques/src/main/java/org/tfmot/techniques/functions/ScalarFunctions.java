package org.tfmot.techniques.functions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Finds the functions of one tensor that the runtime computes in float only, operation by
 * operation: {@code softplus(x)}, {@code x * tanh(softplus(x))}, {@code sqrt(x + 1)}, {@code x / (1
 * + |x|)}.
 *
 * <p>From an operation the search goes backwards over elementwise operations whose results are used
 * within the function only, until one tensor is left. Of the functions that end in one operation it
 * takes the smallest with the most operations that have no integer form; the others stay outside,
 * where the runtime has kernels for them. Functions do not overlap; larger ones go first.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ScalarFunctions {

  /** The attribute of an operation that the converter fuses with those before it. */
  public static final String KNOWN = "_tfmot_fused_function";

  /** The attribute of an operation that a technique leaves in float. */
  public static final String FLOAT = "_tfmot_float";

  /** Enough for any activation function; bounds the search from each operation. */
  private static final int MOST_OPERATIONS = 32;

  private final GraphEditor graph;
  private final Surroundings surroundings;

  /** The graph around the functions. */
  public interface Surroundings {
    /** Returns whether an operation may be part of a function. */
    boolean mayContain(NodeDef node);

    /** Returns whether an operand is one number that does not depend on the model's inputs. */
    boolean isNumber(NodeDef node, int input);

    /** Returns whether an operand does not depend on the model's inputs. */
    boolean isConstant(NodeDef node, int input);

    /** Returns whether quantizers are in the graph: then a function does not begin inside one. */
    default boolean isSimulated() {
      return false;
    }

    /** Returns whether a tensor is an output of the model or has a user outside of some nodes. */
    boolean isUsedOutside(TensorRef tensor, Set<String> nodes);
  }

  private ScalarFunctions(GraphEditor graph, Surroundings surroundings) {
    this.graph = graph;
    this.surroundings = surroundings;
  }

  /**
   * Finds the functions that end in some operations.
   *
   * @return by the name of the operation that gives the value
   */
  public static Map<String, ScalarFunction> find(
      GraphEditor graph, Collection<NodeDef> ends, Surroundings surroundings) {
    ScalarFunctions functions = new ScalarFunctions(graph, surroundings);
    List<ScalarFunction> candidates = new ArrayList<>();
    for (NodeDef end : ends) {
      ScalarFunction function =
          Elementwise.mayEnd(end) && !end.containsAttr(KNOWN) && surroundings.mayContain(end)
              ? functions.at(end)
              : null;
      if (function != null) {
        candidates.add(function);
      }
    }
    return disjoint(candidates);
  }

  private static Map<String, ScalarFunction> disjoint(List<ScalarFunction> candidates) {
    List<ScalarFunction> largestFirst = new ArrayList<>(candidates);
    largestFirst.sort(Comparator.comparingInt(ScalarFunction::size).reversed());
    Map<String, ScalarFunction> byEnd = new LinkedHashMap<>();
    Set<String> taken = new LinkedHashSet<>();
    for (ScalarFunction function : largestFirst) {
      if (!taken.contains(function.end()) && function.inner().stream().noneMatch(taken::contains)) {
        byEnd.put(function.end(), function);
        taken.add(function.end());
        taken.addAll(function.inner());
      }
    }
    return byEnd;
  }

  private @Nullable ScalarFunction at(NodeDef end) {
    Set<String> nodes = new LinkedHashSet<>();
    Set<TensorRef> frontier = new LinkedHashSet<>();
    Set<TensorRef> integers = new LinkedHashSet<>();
    ScalarFunction best = null;
    int most = 0;
    int floatOnly = 0;
    NodeDef next = end;
    while (next != null && nodes.size() < MOST_OPERATIONS) {
      addOperands(next, frontier, integers);
      nodes.add(next.getName());
      frontier.remove(TensorRef.of(next.getName()));
      floatOnly += isFloatOnly(next) ? 1 : 0;
      if (frontier.size() == 1
          && floatOnly > most
          && !integers.containsAll(frontier)
          && mayBegin(frontier.iterator().next())) {
        most = floatOnly;
        best = function(end, frontier.iterator().next(), nodes);
      }
      next = next(frontier, nodes);
    }
    return best;
  }

  private boolean mayBegin(TensorRef tensor) {
    return !surroundings.isSimulated() || !Elementwise.contains(graph.node(tensor.node()));
  }

  private static ScalarFunction function(NodeDef end, TensorRef input, Set<String> nodes) {
    Set<String> inner = new LinkedHashSet<>(nodes);
    inner.remove(end.getName());
    return new ScalarFunction(input, end.getName(), inner);
  }

  private boolean isFloatOnly(NodeDef node) {
    int last = operandCount(node) - 1;
    return Elementwise.isFloatOnly(node, surroundings.isNumber(node, last));
  }

  /** Adds the tensors that an operation reads, except for numbers. */
  private void addOperands(NodeDef node, Set<TensorRef> frontier, Set<TensorRef> integers) {
    for (int i = 0; i < operandCount(node); i++) {
      if (!surroundings.isNumber(node, i)) {
        TensorRef tensor = TensorRef.parse(node.getInput(i));
        frontier.add(tensor);
        if (Elementwise.readsIntegers(node, i)) {
          integers.add(tensor);
        }
      }
    }
  }

  private static int operandCount(NodeDef node) {
    Predicate<String> data = input -> !input.startsWith("^");
    return (int) node.getInputList().stream().filter(data).count();
  }

  /** The next operation that can be taken in, or null. */
  private @Nullable NodeDef next(Set<TensorRef> frontier, Set<String> nodes) {
    for (TensorRef tensor : frontier) {
      NodeDef node = graph.node(tensor.node());
      if (tensor.index() == 0
          && Elementwise.contains(node)
          && surroundings.mayContain(node)
          && !surroundings.isUsedOutside(tensor, nodes)) {
        return node;
      }
    }
    return null;
  }
}
