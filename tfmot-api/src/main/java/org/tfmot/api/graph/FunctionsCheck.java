package org.tfmot.api.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Checks a graph's functions: their bodies, results, and how they call each other. */
final class FunctionsCheck {

  /** TensorFlow replaces calls by bodies, one level within the other. */
  private static final int MOST_NESTED = 100;

  /** As many nodes as TensorFlow prepares in minutes; all calls replaced by bodies. */
  private static final long MOST_NODES = 1_000_000;

  private final GraphDef graph;
  private final OpDefinitions definitions;
  private final List<FunctionDef> functions = new ArrayList<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<FunctionInputs> bodies = new ArrayList<>();
  private int[] order = {};
  private long outputs;

  FunctionsCheck(GraphDef graph, OpDefinitions definitions) {
    this.graph = graph;
    this.definitions = definitions;
  }

  void verify() {
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      String name = function.getSignature().getName();
      Integer other = numbers.putIfAbsent(name, functions.size());
      if (name.isEmpty() || (other != null && !functions.get(other).equals(function))) {
        throw new IllegalArgumentException(
            name.isEmpty()
                ? "the graph has a function without a name"
                : "the graph has two functions \"%s\"".formatted(name));
      }
      if (other == null) {
        functions.add(function);
      }
    }
    FunctionCalls calls = new FunctionCalls(functions);
    functions.forEach(function -> verify(function, calls));
    verifyCalls();
    graph.getNodeList().forEach(node -> calls.verify(node, ""));
  }

  /** Returns the number of outputs in all functions, after {@link #verify()}. */
  long outputs() {
    return outputs;
  }

  /**
   * Returns the length that a node has in a chain: that of what it calls, which TensorFlow puts in
   * its place. After {@link #verify()}.
   */
  ToIntFunction<NodeDef> lengths() {
    int[] lengths = new int[functions.size()];
    ToIntFunction<NodeDef> length =
        node -> 1 + called(List.of(node)).stream().mapToInt(f -> lengths[f]).max().orElse(0);
    for (int function : order) {
      lengths[function] = bodies.get(function).longestChain(length);
    }
    return length;
  }

  private void verify(FunctionDef function, FunctionCalls calls) {
    String name = function.getSignature().getName();
    FunctionInputs inputs = new FunctionInputs(function, definitions);
    try {
      inputs.verify();
      outputs += inputs.outputs();
      bodies.add(inputs);
    } catch (IllegalArgumentException e) {
      throw String.valueOf(e.getMessage()).contains("in the function")
          ? e
          : new IllegalArgumentException(
              "the function \"%s\" is not valid: %s".formatted(name, e.getMessage()), e);
    }
    function
        .getNodeDefList()
        .forEach(node -> calls.verify(node, " in the function \"" + name + "\""));
  }

  private void verifyCalls() {
    Chains chains = new Chains(functions.size());
    List<List<Integer>> called = new ArrayList<>();
    for (int caller = 0; caller < functions.size(); caller++) {
      List<Integer> callees = called(functions.get(caller).getNodeDefList());
      called.add(callees);
      for (int callee : new HashSet<>(callees)) {
        chains.link(callee, caller);
      }
    }
    if (!chains.sort()) {
      List<String> circle = chains.circle().stream().map(this::name).toList();
      throw new IllegalArgumentException(
          "the function \"%s\" calls itself, a recursion without an end: %s"
              .formatted(
                  circle.get(0), circle.stream().limit(10).collect(Collectors.joining(" <- "))));
    }
    if (chains.longest() > MOST_NESTED) {
      throw new IllegalArgumentException(
          "the graph's functions call each other %d deep, from \"%s\" on; at most %d can be"
              .formatted(
                  chains.longest(), name(chains.order()[functions.size() - 1]), MOST_NESTED));
    }
    order = chains.order();
    verifySize(order, called);
  }

  private void verifySize(int[] order, List<List<Integer>> called) {
    long[] sizes = new long[functions.size()];
    for (int function : order) {
      sizes[function] =
          functions.get(function).getNodeDefCount() + size(called.get(function), sizes);
      verifySize(sizes[function], "the function \"" + name(function) + "\"");
    }
    verifySize(graph.getNodeCount() + size(called(graph.getNodeList()), sizes), "the graph");
  }

  private static long size(List<Integer> called, long[] sizes) {
    long size = 0;
    for (int callee : called) {
      size = Math.min(size + sizes[callee], Long.MAX_VALUE / 2);
    }
    return size;
  }

  private static void verifySize(long size, String what) {
    if (size > MOST_NODES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s becomes more than %,d nodes, at least %,d, when calls are replaced by the"
                  + " functions' bodies",
              what,
              MOST_NODES,
              size));
    }
  }

  private String name(int function) {
    return functions.get(function).getSignature().getName();
  }

  /** Returns the functions that nodes call, once for each call. */
  private List<Integer> called(List<NodeDef> nodes) {
    List<Integer> called = new ArrayList<>();
    for (NodeDef node : nodes) {
      for (String name : names(node)) {
        Integer function = numbers.get(name);
        if (function != null) {
          called.add(function);
        }
      }
    }
    return called;
  }

  /** Returns the functions that a node names, by its type or its attributes. */
  private static List<String> names(NodeDef node) {
    List<String> names = new ArrayList<>(List.of(node.getOp()));
    for (AttrValue value : node.getAttrMap().values()) {
      if (value.hasFunc()) {
        names.add(value.getFunc().getName());
      } else if (value.hasList()) {
        value.getList().getFuncList().forEach(function -> names.add(function.getName()));
      }
    }
    return names;
  }
}
