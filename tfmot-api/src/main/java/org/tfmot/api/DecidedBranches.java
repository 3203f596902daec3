package org.tfmot.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TBool;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Takes the branches of TensorFlow 1 ({@code Switch}, {@code Merge}) out of a graph whose condition
 * is a constant, such as the learning phase of Keras in old frozen graphs: a placeholder whose
 * default is {@code false}. What the condition chooses is read directly; the other branch is dead,
 * in TensorFlow's sense, and nothing reads it any more. A condition that is an input of the model,
 * or that depends on one, decides in every run and stays.
 */
final class DecidedBranches {

  private static final Set<String> SWITCHES = Set.of("RefSwitch", "Switch");

  private final GraphEditor editor;
  private final Endpoints endpoints;

  /** The conditions that are constants, by the names of their nodes. */
  private final Map<String, Boolean> conditions = new HashMap<>();

  private final Set<String> decided = new HashSet<>();

  /** Tensors that never have a value. */
  private final Set<TensorRef> dead = new LinkedHashSet<>();

  /** Nodes that never run: a value that they read, or a node that they wait for, is dead. */
  private final Set<String> deadNodes = new HashSet<>();

  private DecidedBranches(GraphEditor editor, Endpoints endpoints) {
    this.editor = editor;
    this.endpoints = endpoints;
  }

  /** Returns whether {@link #take} would change a graph. */
  static boolean areIn(GraphModel model) {
    if (model.graphDef().getNodeList().stream().noneMatch(DecidedBranches::isSwitch)) {
      return false;
    }
    DecidedBranches branches =
        new DecidedBranches(new GraphEditor(model.graphDef()), model.endpoints());
    branches.decide();
    return !branches.decided.isEmpty();
  }

  /**
   * Changes a graph; what is dead stays in it, unread.
   *
   * @throws IllegalArgumentException if an output is in a branch that is never taken
   */
  static void take(GraphEditor editor, Endpoints endpoints) {
    if (editor.nodes().stream().anyMatch(DecidedBranches::isSwitch)) {
      new DecidedBranches(editor, endpoints).take();
    }
  }

  private static boolean isSwitch(NodeDef node) {
    return SWITCHES.contains(node.getOp());
  }

  private void take() {
    boolean merged = true;
    // A merge may be the condition of further branches.
    while (merged) {
      decide();
      spread();
      endpoints.outputs().forEach(this::requireLive);
      merged = false;
      for (NodeDef node : editor.nodes()) {
        if (node.getOp().equals("Merge") && !deadNodes.contains(node.getName())) {
          merged |= merge(node);
        }
      }
    }
  }

  /**
   * Follows constant conditions to the switches that they decide. What a switch hands on is read
   * directly from then on, so that a condition inside of the branch is followed as well.
   */
  private void decide() {
    Deque<String> open = new ArrayDeque<>();
    editor.nodes().forEach(node -> learn(node, open));
    while (!open.isEmpty()) {
      for (NodeDef user : editor.consumers(TensorRef.of(open.pop()))) {
        if (!isSwitch(user)) {
          learn(user, open);
        } else if (condition(user, 1) != null && decided.add(user.getName())) {
          decide(user);
          if (condition(user, 0) != null) {
            open.push(TensorRef.parse(user.getInput(0)).node());
          }
        }
      }
    }
  }

  private void learn(NodeDef node, Deque<String> open) {
    if (conditions.containsKey(node.getName())
        || endpoints.inputs().containsValue(node.getName() + ":0")) {
      return;
    }
    Boolean value = value(node);
    if (value != null) {
      conditions.put(node.getName(), value);
      open.push(node.getName());
    }
  }

  private void decide(NodeDef node) {
    boolean taken = Boolean.TRUE.equals(condition(node, 1));
    TensorRef live = new TensorRef(node.getName(), taken ? 1 : 0);
    if (condition(node, 0) != null) {
      editor.consumers(live).forEach(this::release);
    }
    editor.redirect(live, TensorRef.parse(node.getInput(0)), user -> true);
    dead.add(new TensorRef(node.getName(), taken ? 0 : 1));
  }

  /** Whatever is in a branch waits for its pivot, which is no matter of order any more. */
  private void release(NodeDef pivot) {
    String order = "^" + pivot.getName();
    for (NodeDef user : editor.consumers(pivot.getName())) {
      List<String> inputs = new ArrayList<>(user.getInputList());
      if (inputs.removeIf(order::equals)) {
        editor.replace(user.toBuilder().clearInput().addAllInput(inputs).build());
      }
    }
  }

  /** Finds all nodes that never run. */
  private void spread() {
    Deque<NodeDef> open = new ArrayDeque<>();
    dead.forEach(tensor -> open.addAll(editor.consumers(tensor)));
    while (!open.isEmpty()) {
      NodeDef node = open.pop();
      boolean never =
          node.getOp().equals("Merge")
              ? entries(node).stream().allMatch(this::isDead)
              : node.getInputList().stream().anyMatch(this::isDead);
      if (never && deadNodes.add(node.getName())) {
        open.addAll(editor.consumers(node.getName()));
      }
    }
  }

  /** The values that a merge takes, without those that come around a loop. */
  private List<String> entries(NodeDef merge) {
    return merge.getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .filter(input -> !editor.producer(input).getOp().equals("NextIteration"))
        .toList();
  }

  private boolean isDead(String input) {
    TensorRef tensor = TensorRef.parse(input);
    return deadNodes.contains(tensor.node()) || dead.contains(tensor);
  }

  private void requireLive(String name, String tensor) {
    if (isDead(TensorRef.parse(tensor).toString())) {
      throw new IllegalArgumentException(
          ("the output \"%s\" (%s) never has a value: it is in a branch that a constant condition"
                  + " excludes. Make the condition an input, or take another output")
              .formatted(name, tensor));
    }
  }

  /** With one value left that can come, a merge is that value; returns whether it is one. */
  private boolean merge(NodeDef node) {
    List<String> values = node.getInputList().stream().filter(i -> !i.startsWith("^")).toList();
    List<String> live = values.stream().filter(input -> !isDead(input)).toList();
    TensorRef index = new TensorRef(node.getName(), 1);
    if (live.size() != 1
        || live.size() == values.size()
        || endpoints.outputs().containsValue(index.qualified())) {
      return false;
    }
    if (!editor.consumers(index).isEmpty()) {
      String name = editor.uniqueName(node.getName() + "/value_index");
      editor.add(NodeBuilder.constant(name, TensorProtos.scalar(values.indexOf(live.get(0)))));
      editor.redirect(index, TensorRef.of(name), user -> true);
    }
    NodeBuilder identity =
        NodeBuilder.op("Identity", node.getName())
            .inputs(live.get(0))
            .attr("T", node.getAttrOrThrow("T"));
    node.getInputList().stream()
        .filter(input -> input.startsWith("^") && !isDead(input))
        .forEach(identity::inputs);
    editor.replace(identity.build());
    return true;
  }

  /** Returns the constant that an operand is, or null. */
  private @Nullable Boolean condition(NodeDef node, int operand) {
    TensorRef tensor = TensorRef.parse(node.getInput(operand));
    return tensor.index() == 0 ? conditions.get(tensor.node()) : null;
  }

  private @Nullable Boolean value(NodeDef node) {
    switch (node.getOp()) {
      case "Const":
        return constant(node.getAttrOrThrow("value").getTensor());
      case "Identity", "PlaceholderWithDefault", "StopGradient":
        return condition(node, 0);
      case "LogicalNot":
        Boolean operand = condition(node, 0);
        return operand == null ? null : !operand;
      case "LogicalAnd", "LogicalOr":
        Boolean one = condition(node, 0);
        Boolean other = condition(node, 1);
        if (one == null || other == null) {
          return null;
        }
        return node.getOp().equals("LogicalAnd") ? one && other : one || other;
      default:
        return null;
    }
  }

  private static @Nullable Boolean constant(TensorProto value) {
    if (value.getDtype() != DataType.DT_BOOL || TensorProtos.shape(value).size() != 1) {
      return null;
    }
    try (TBool tensor = (TBool) TensorProtos.toTensor(value)) {
      return tensor.scalars().iterator().next().getBoolean();
    }
  }
}
