package org.tfmot.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.functions.FunctionBody;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.functions.FunctionPlan;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/**
 * Puts the bodies of functions in place of their calls. TensorFlow 2 saves a model as one call;
 * what a technique works on is inside. A node keeps the name that it has in its function, unless
 * another one has it.
 *
 * <p>Calls stay whose functions are not in the graph, have attributes that the call fills in, lists
 * of tensors as arguments, control flow of TensorFlow 1, or operations that TensorFlow does not
 * know; those that come after such control flow, for a body of a loop has nodes that wait for
 * nothing in it; those whose outputs are fed as inputs; and those deeper than {@value #MOST_NESTED}
 * calls, such as a recursion. Operations that are functions by their type are no calls.
 */
final class FunctionInlining {

  /** The control flow of TensorFlow 1, which is in the order of its nodes. */
  private static final Set<String> CONTROL_FLOW =
      Set.of("Enter", "Exit", "LoopCond", "Merge", "NextIteration", "Switch");

  private static final int MOST_NESTED = 64;

  private final GraphEditor editor;
  private final FunctionLibrary library;
  private final Map<TensorRef, TensorRef> moved = new HashMap<>();
  private final Map<String, Integer> depths = new HashMap<>();
  private final Set<String> added = new LinkedHashSet<>();
  private final Deque<String> open = new ArrayDeque<>();

  private FunctionInlining(GraphDef graph) {
    editor = new GraphEditor(graph);
    library = new FunctionLibrary(graph);
  }

  /**
   * A model without calls. Variables are trainable as far as the bodies do not say otherwise.
   *
   * @param endpoints the model's, in a mode only if one was said
   */
  static GraphModel inline(GraphModel model, Endpoints endpoints) {
    if (model.graphDef().getNodeList().stream().noneMatch(FunctionInlining::isCall)) {
      return model;
    }
    FunctionInlining inlining = new FunctionInlining(model.graphDef());
    GraphDef inlined = inlining.run(nodes(endpoints.inputs().values()));
    Endpoints.Builder ends = endpoints.toBuilder();
    endpoints.outputs().forEach((name, tensor) -> ends.output(name, inlining.tensor(tensor)));
    List<Variable> variables =
        VariableReader.withTrainable(
            new GraphEditor(inlined), model.variables().values(), model.updates());
    return GraphModel.of(inlined, ends.build(), variables);
  }

  private static boolean isCall(NodeDef node) {
    return FunctionLibrary.CALLS.contains(node.getOp());
  }

  private static Set<String> nodes(Collection<String> tensors) {
    return tensors.stream().map(t -> TensorRef.parse(t).node()).collect(Collectors.toSet());
  }

  private GraphDef run(Set<String> fed) {
    Set<String> branched =
        editor.dependents(
            editor.nodes().stream()
                .filter(node -> CONTROL_FLOW.contains(node.getOp()))
                .map(NodeDef::getName)
                .toList());
    editor.nodes().stream()
        .filter(node -> isCall(node) && !fed.contains(node.getName()))
        .filter(node -> !branched.contains(node.getName()))
        .forEach(this::found);
    while (!open.isEmpty()) {
      inline(editor.node(open.pop()));
    }
    dropVainOrder();
    return FunctionLibrary.withNeededOnly(editor.build());
  }

  private void found(NodeDef call) {
    depths.putIfAbsent(call.getName(), 0);
    open.add(call.getName());
  }

  /**
   * Python's functions wait for all that they read; only what changes something, and what that
   * needs, has an order.
   */
  private void dropVainOrder() {
    List<String> effects =
        editor.nodes().stream().filter(node -> hasEffect(node, 0)).map(NodeDef::getName).toList();
    Set<String> later = editor.dependents(effects);
    Set<String> needed = editor.reachable(effects);
    for (String name : added) {
      NodeDef node = editor.node(name);
      if (needed.contains(name)) {
        continue;
      }
      List<String> inputs =
          node.getInputList().stream()
              .filter(input -> !input.startsWith("^") || later.contains(input.substring(1)))
              .toList();
      if (inputs.size() < node.getInputCount()) {
        editor.replace(node.toBuilder().clearInput().addAllInput(inputs).build());
      }
    }
  }

  /** Returns the tensor that took the place of one. */
  private String tensor(String before) {
    TensorRef tensor = TensorRef.parse(before);
    while (moved.containsKey(tensor)) {
      tensor = Objects.requireNonNull(moved.get(tensor));
    }
    return tensor.qualified();
  }

  private @Nullable FunctionDef function(NodeDef call) {
    return library.of(call, "f");
  }

  private void inline(NodeDef call) {
    FunctionDef function = function(call);
    int depth = Objects.requireNonNull(depths.get(call.getName()));
    if (function == null || depth > MOST_NESTED || !isPlain(function)) {
      return;
    }
    FunctionBody body = new FunctionBody(editor, library.definitions(), call, function, depth == 0);
    List<NodeDef> nodes = body.nodes();
    if (nodes == null) {
      return;
    }
    for (NodeDef node : nodes) {
      added.add(editor.add(node));
      if (isCall(node)) {
        depths.put(node.getName(), depth + 1);
        open.push(node.getName());
      }
    }
    List<String> effects = body.waitingFor(effects(function, 0));
    Set<String> done = new LinkedHashSet<>(body.order());
    done.addAll(effects);
    for (int i = 0; i < function.getSignature().getOutputArgCount(); i++) {
      TensorRef result = result(body, call, i, effects);
      TensorRef output = new TensorRef(call.getName(), i);
      editor.redirect(output, result, user -> true);
      moved.put(output, result);
      done.add("^" + result.node());
    }
    // Whoever waits for the call waits for its results.
    added.add(call.getName());
    editor.replace(
        NodeBuilder.op("NoOp", call.getName()).inputs(done.toArray(String[]::new)).build());
  }

  /** One output of a function, which waits for what the function has to do besides. */
  private TensorRef result(FunctionBody body, NodeDef call, int index, List<String> effects) {
    String tensor = body.result(index);
    List<String> waits = new ArrayList<>(effects);
    if (body.isArgument(tensor)) {
      // What is handed through waits for what the call waits for.
      waits.addAll(body.order());
    }
    if (waits.isEmpty()) {
      return TensorRef.parse(tensor);
    }
    List<String> inputs = new ArrayList<>(List.of(tensor));
    inputs.addAll(waits);
    String name = editor.uniqueName(call.getName() + "/output" + index);
    return TensorRef.of(
        editor.add(
            NodeBuilder.op("Identity", name)
                .inputs(inputs.toArray(String[]::new))
                .attr("T", body.resultType(index))
                .build()));
  }

  private static boolean isPlain(FunctionDef function) {
    return FunctionPlan.isPlain(function)
        && function.getNodeDefList().stream()
            .noneMatch(node -> CONTROL_FLOW.contains(node.getOp()));
  }

  /** Returns whether a node has to run although nobody reads it. */
  private boolean hasEffect(NodeDef node, int depth) {
    if (!isCall(node)) {
      return library.effect(node, other -> false) != null;
    }
    FunctionDef called = function(node);
    return called == null || depth > MOST_NESTED || !effects(called, depth + 1).isEmpty();
  }

  /** The nodes that have to run, by their names in the function. */
  private List<String> effects(FunctionDef function, int depth) {
    Map<String, NodeDef> nodes = new HashMap<>();
    function.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
    return function.getControlRetMap().values().stream()
        .distinct()
        .filter(name -> nodes.containsKey(name) && hasEffect(nodes.get(name), depth))
        .toList();
  }
}
