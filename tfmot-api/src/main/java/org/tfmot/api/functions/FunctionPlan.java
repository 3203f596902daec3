package org.tfmot.api.functions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tfmot.api.graph.OpDefinitions;

/**
 * A function as a list of operations in an order in which they can run. Control dependencies are
 * left out, so this is for functions that change nothing.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionPlan {

  /** Names the source of a tensor: an operation of the plan, or an argument if that is -1. */
  public record Source(int operation, int index) {}

  /**
   * An operation.
   *
   * @param outputs how many tensors it has
   */
  public record Operation(NodeDef node, List<Source> inputs, int outputs) {}

  private final int arguments;
  private final List<Operation> operations;
  private final List<Source> results;

  private FunctionPlan(int arguments, List<Operation> operations, List<Source> results) {
    this.arguments = arguments;
    this.operations = List.copyOf(operations);
    this.results = List.copyOf(results);
  }

  /**
   * Plans a function; null if it has attributes or lists that its caller fills in, or reads what
   * cannot be found.
   */
  public static @Nullable FunctionPlan of(FunctionDef function, OpDefinitions definitions) {
    return isPlain(function) ? new Planning(function, definitions).plan() : null;
  }

  /** Returns true if no argument, result or attribute of a function depends on its caller. */
  public static boolean isPlain(FunctionDef function) {
    OpDef signature = function.getSignature();
    List<OpDef.ArgDef> arguments = new ArrayList<>(signature.getInputArgList());
    arguments.addAll(signature.getOutputArgList());
    boolean single =
        arguments.stream()
            .allMatch(
                argument ->
                    argument.getNumberAttr().isEmpty()
                        && argument.getTypeListAttr().isEmpty()
                        && argument.getTypeAttr().isEmpty());
    return single
        && function.getNodeDefList().stream()
            .flatMap(node -> node.getAttrMap().values().stream())
            .allMatch(value -> value.getPlaceholder().isEmpty());
  }

  /** The number of arguments. */
  public int arguments() {
    return arguments;
  }

  public List<Operation> operations() {
    return operations;
  }

  /** Returns the sources of the results, in order. */
  public List<Source> results() {
    return results;
  }

  /** Follows identities back to the source of a tensor. */
  public Source origin(Source source) {
    Source origin = source;
    while (origin.operation() >= 0
        && operations.get(origin.operation()).node().getOp().equals("Identity")) {
      origin = operations.get(origin.operation()).inputs().get(0);
    }
    return origin;
  }

  /** A plan in the making. */
  private static final class Planning {
    private final FunctionDef function;
    private final OpDefinitions definitions;
    private final Map<String, Integer> arguments = new HashMap<>();
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Map<String, Integer> places = new HashMap<>();
    private final List<Operation> operations = new ArrayList<>();

    Planning(FunctionDef function, OpDefinitions definitions) {
      this.function = function;
      this.definitions = definitions;
      for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
        arguments.put(argument.getName(), arguments.size());
      }
      function.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
    }

    @Nullable FunctionPlan plan() {
      for (NodeDef node : inOrder()) {
        Integer outputs = definitions.outputs(node);
        List<Source> inputs = new ArrayList<>();
        for (String input : node.getInputList()) {
          Source source = input.startsWith("^") ? null : source(input);
          if (source != null) {
            inputs.add(source);
          } else if (!input.startsWith("^")) {
            return null;
          }
        }
        if (outputs == null) {
          return null;
        }
        places.put(node.getName(), operations.size());
        operations.add(new Operation(node, List.copyOf(inputs), outputs));
      }
      List<Source> results = new ArrayList<>();
      for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
        Source source = source(function.getRetOrDefault(output.getName(), ""));
        if (source == null) {
          return null;
        }
        results.add(source);
      }
      return operations.size() == nodes.size()
          ? new FunctionPlan(arguments.size(), operations, results)
          : null;
    }

    /** The nodes, each behind those that it reads; what is in a circle is left out. */
    private List<NodeDef> inOrder() {
      Map<String, Integer> open = new HashMap<>();
      Map<String, List<NodeDef>> users = new HashMap<>();
      Deque<NodeDef> ready = new ArrayDeque<>();
      for (NodeDef node : function.getNodeDefList()) {
        List<String> producers =
            node.getInputList().stream()
                .filter(input -> !input.startsWith("^"))
                .map(FunctionPlan::node)
                .filter(nodes::containsKey)
                .distinct()
                .toList();
        open.put(node.getName(), producers.size());
        producers.forEach(p -> users.computeIfAbsent(p, key -> new ArrayList<>()).add(node));
        if (producers.isEmpty()) {
          ready.add(node);
        }
      }
      List<NodeDef> order = new ArrayList<>();
      while (!ready.isEmpty()) {
        NodeDef node = ready.remove();
        order.add(node);
        for (NodeDef user : users.getOrDefault(node.getName(), List.of())) {
          if (open.merge(user.getName(), -1, Integer::sum) == 0) {
            ready.add(user);
          }
        }
      }
      return order;
    }

    /** An argument, or {@code node:output:index}. */
    private @Nullable Source source(String tensor) {
      Integer argument = arguments.get(node(tensor));
      if (argument != null) {
        return new Source(-1, argument);
      }
      NodeDef producer = nodes.get(node(tensor));
      String[] parts = tensor.split(":", -1);
      Integer place = producer == null ? null : places.get(producer.getName());
      if (producer == null || place == null || parts.length != 3) {
        return null;
      }
      Integer offset = definitions.offset(producer, parts[1]);
      return offset == null || !parts[2].chars().allMatch(c -> c >= '0' && c <= '9')
          ? null
          : new Source(place, offset + Integer.parseInt(parts[2]));
    }
  }

  private static String node(String tensor) {
    int colon = tensor.indexOf(':');
    return colon < 0 ? tensor : tensor.substring(0, colon);
  }
}
