package org.tfmot.api.functions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.OpDefinitions;

/** The functions of a graph, and the operations that run them. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FunctionLibrary {

  /** Run a function once. */
  public static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

  /** Run a function as long as another one wants it. */
  public static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

  /** Run one of several functions; their first input says which. */
  public static final Set<String> BRANCHES = Set.of("If", "StatelessIf", "Case", "StatelessCase");

  /** Stateful in TensorFlow's eyes, but nothing is changed by them. */
  public static final Set<String> READERS =
      Set.of(
          "ReadVariableOp",
          "ResourceGather",
          "ResourceGatherNd",
          "VarHandleOp",
          "VarIsInitializedOp");

  private final OpDefinitions definitions;
  private final Map<String, FunctionDef> functions = new HashMap<>();

  public FunctionLibrary(GraphDef graph) {
    definitions = new OpDefinitions(graph);
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      functions.put(function.getSignature().getName(), function);
    }
  }

  /** Returns whether an operation runs functions that its attributes name. */
  public static boolean runsFunctions(NodeDef node) {
    String op = node.getOp();
    return CALLS.contains(op) || LOOPS.contains(op) || BRANCHES.contains(op);
  }

  public OpDefinitions definitions() {
    return definitions;
  }

  /** The function of a name, or null if it is not in the graph. */
  public @Nullable FunctionDef find(String name) {
    return functions.get(name);
  }

  /** The function that a node's attribute names, or null. */
  public @Nullable FunctionDef of(NodeDef node, String attribute) {
    return functions.get(
        node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getFunc().getName());
  }

  /**
   * Returns an operation that has to run although nobody reads it: the node itself, or one in the
   * functions that it runs. Null if there is none.
   *
   * @param harmless what is not counted besides reads of variables
   */
  public @Nullable NodeDef effect(NodeDef node, Predicate<NodeDef> harmless) {
    Set<String> seen = new HashSet<>();
    Deque<NodeDef> open = new ArrayDeque<>(List.of(node));
    while (!open.isEmpty()) {
      NodeDef next = open.pop();
      if (!runsFunctions(next)) {
        boolean effect = definitions.changesSomething(next) && !READERS.contains(next.getOp());
        if (effect && !harmless.test(next)) {
          return next;
        }
        continue;
      }
      for (String name : inAttributes(next)) {
        FunctionDef function = functions.get(name);
        if (function == null) {
          return next;
        }
        if (seen.add(name)) {
          open.addAll(function.getNodeDefList());
        }
      }
    }
    return null;
  }

  /** A graph without the functions that no node of it needs. */
  public static GraphDef withNeededOnly(GraphDef graph) {
    FunctionLibrary library = new FunctionLibrary(graph);
    Set<String> needed = new HashSet<>();
    Deque<String> found = new ArrayDeque<>();
    graph.getNodeList().forEach(node -> found.addAll(named(node)));
    while (!found.isEmpty()) {
      FunctionDef function = library.find(found.pop());
      if (function != null && needed.add(function.getSignature().getName())) {
        function.getNodeDefList().forEach(node -> found.addAll(named(node)));
      }
    }
    GraphDef.Builder pruned = graph.toBuilder();
    pruned.getLibraryBuilder().clearFunction();
    graph.getLibrary().getFunctionList().stream()
        .filter(function -> needed.contains(function.getSignature().getName()))
        .forEach(pruned.getLibraryBuilder()::addFunction);
    return pruned.build();
  }

  /** The functions that a node names, by its type or its attributes. */
  private static List<String> named(NodeDef node) {
    List<String> names = inAttributes(node);
    names.add(node.getOp());
    return names;
  }

  private static List<String> inAttributes(NodeDef node) {
    List<String> names = new ArrayList<>();
    for (AttrValue value : node.getAttrMap().values()) {
      if (value.hasFunc()) {
        names.add(value.getFunc().getName());
      }
      value.getList().getFuncList().forEach(function -> names.add(function.getName()));
    }
    return names;
  }
}
