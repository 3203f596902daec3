package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.KnownInts;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.functions.FunctionPlan;
import org.tfmot.api.functions.FunctionPlan.Operation;
import org.tfmot.api.functions.FunctionPlan.Source;
import org.tfmot.api.functions.LoopSteps;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/** Writes the steps of loops into a graph, and the functions that they call. */
final class LoopExpansion {

  private static final int MOST_NESTED = 64;

  private final GraphEditor graph;
  private final FunctionLibrary library;
  private final GraphKnowledge knowledge;
  private final int mostSteps;
  private final Map<String, FunctionPlan> plans = new HashMap<>();
  private final Map<String, LoopLeft> left = new LinkedHashMap<>();
  private final Map<String, Long> sizes = new HashMap<>();

  /** The operations that may still be written; what a loop is about to write is taken off. */
  private long free = LoopUnrolling.MOST_NODES;

  private int nodes;
  private int nested;

  LoopExpansion(
      GraphEditor graph, FunctionLibrary library, GraphKnowledge knowledge, int mostSteps) {
    this.graph = graph;
    this.library = library;
    this.knowledge = knowledge;
    this.mostSteps = mostSteps;
  }

  /** Reasons for which a loop stays. */
  sealed interface LoopLeft {
    /** Something only a run knows decides how often it runs. */
    record Open() implements LoopLeft {}

    /** A step of it changes something, or cannot be written out for another reason. */
    record Unknown(String reason) implements LoopLeft {}
  }

  /** The loops that {@link #unroll} left, by name. */
  Map<String, LoopLeft> left() {
    return left;
  }

  /**
   * The names of a loop's nodes.
   *
   * @param loop where they are
   * @param original what the loop was called in its function
   * @param step the step, or -1 for what all steps share
   * @param order what the loop waits for, as control inputs
   */
  private record Scope(String loop, String original, int step, List<String> order) {
    String name(String node) {
      String last = original.substring(original.lastIndexOf('/') + 1) + "/";
      String rest =
          node.startsWith(original + "/")
              ? node.substring(original.length() + 1)
              : node.startsWith(last) ? node.substring(last.length()) : node;
      return step < 0 ? loop + "/" + rest : loop + "/" + step + "/" + rest;
    }

    Scope shared() {
      return new Scope(loop, original, -1, order);
    }
  }

  /**
   * Unrolls a loop of the graph, which stays where it is.
   *
   * @param original what the loop was called where it was written
   * @return the tensors that its outputs are; null if it cannot be unrolled
   */
  @Nullable List<TensorRef> unroll(NodeDef loop, String original) {
    FunctionPlan condition = plan(library.of(loop, "cond"));
    FunctionPlan body = plan(library.of(loop, "body"));
    List<TensorRef> state = new ArrayList<>();
    List<String> order = new ArrayList<>();
    List<@Nullable KnownInts> known = new ArrayList<>();
    for (String input : loop.getInputList()) {
      TensorRef tensor = TensorRef.parse(input);
      if (tensor.isControl()) {
        order.add(input);
      } else {
        state.add(tensor);
        known.add(knowledge.value(tensor));
      }
    }
    if (condition == null
        || body == null
        || condition.arguments() != state.size()
        || condition.results().size() != 1
        || body.arguments() != state.size()
        || body.results().size() != state.size()
        || nested >= MOST_NESTED) {
      return leave(loop, new LoopLeft.Unknown("its functions cannot be written out"));
    }
    NodeDef effect = library.effect(loop, LoopExpansion::isUnseededRandom);
    if (effect != null) {
      return leave(
          loop,
          new LoopLeft.Unknown(
              "its steps have to run one after the other because of \"%s\" (%s)"
                  .formatted(effect.getName(), effect.getOp())));
    }
    int steps = new LoopSteps(condition, body).count(known, mostSteps);
    if (steps == LoopSteps.OPEN) {
      return leave(loop, new LoopLeft.Open());
    }
    if (steps > mostSteps) {
      return leave(
          loop,
          new LoopLeft.Unknown(
              String.format(Locale.ROOT, "it takes more than %,d steps", mostSteps)));
    }
    long promised = steps * size(body);
    if (promised > free) {
      return leave(
          loop,
          new LoopLeft.Unknown(
              String.format(
                  Locale.ROOT,
                  "%,d steps of %,d operations are more than the %,d that loops may become",
                  steps,
                  size(body),
                  LoopUnrolling.MOST_NODES)));
    }
    left.remove(loop.getName());
    long before = free + nodes;
    free -= promised;
    boolean[] same = sharedBySteps(body);
    Map<Integer, List<TensorRef>> shared = new HashMap<>();
    for (int step = 0; step < steps; step++) {
      Scope scope = new Scope(loop.getName(), original, step, order);
      state = execute(body, state, scope, same, shared);
    }
    free = before - nodes;
    return state;
  }

  /** Returns the most operations that a function becomes with those that it calls. */
  private long size(FunctionPlan plan) {
    long size = 0;
    for (Operation operation : plan.operations()) {
      size += size(operation.node());
    }
    return size;
  }

  private long size(NodeDef node) {
    if (node.getOp().equals("Identity")) {
      return 0;
    }
    long size = 1;
    for (String attribute : List.of("f", "then_branch", "else_branch")) {
      FunctionDef called =
          FunctionLibrary.runsFunctions(node) && node.getAttrMap().containsKey(attribute)
              ? library.of(node, attribute)
              : null;
      if (called != null) {
        size = Math.max(size, size(called));
      }
    }
    return size;
  }

  /** Functions that call each other, but not themselves, become a bounded number of operations. */
  private long size(FunctionDef function) {
    String name = function.getSignature().getName();
    Long known = sizes.get(name);
    if (known == null) {
      FunctionPlan plan = plan(function);
      known = plan == null ? 1 : size(plan);
      sizes.put(name, known);
    }
    return known;
  }

  private @Nullable List<TensorRef> leave(NodeDef loop, LoopLeft reason) {
    left.put(loop.getName(), reason);
    return null;
  }

  /** Each draws its own numbers anyway; with a seed the steps would draw the same ones. */
  private static boolean isUnseededRandom(NodeDef node) {
    AttrValue none = AttrValue.getDefaultInstance();
    return RandomOperations.isRandom(node)
        && node.getAttrOrDefault("seed", none).getI() == 0
        && node.getAttrOrDefault("seed2", none).getI() == 0;
  }

  private @Nullable FunctionPlan plan(@Nullable FunctionDef function) {
    if (function == null) {
      return null;
    }
    String name = function.getSignature().getName();
    FunctionPlan plan = plans.get(name);
    if (plan == null) {
      plan = FunctionPlan.of(function, library.definitions());
      if (plan != null) {
        plans.put(name, plan);
      }
    }
    return plan;
  }

  /** Marks the operations of a loop's body that give the same result in every step. */
  private static boolean[] sharedBySteps(FunctionPlan body) {
    boolean[] same = new boolean[body.operations().size()];
    for (int i = 0; i < same.length; i++) {
      Operation operation = body.operations().get(i);
      same[i] =
          !RandomOperations.isRandom(operation.node())
              && !FunctionLibrary.runsFunctions(operation.node());
      for (Source input : operation.inputs()) {
        Source origin = body.origin(input);
        same[i] &=
            origin.operation() < 0
                ? body.origin(body.results().get(origin.index())).equals(origin)
                : same[origin.operation()];
      }
    }
    return same;
  }

  /**
   * Writes a function's operations into the graph.
   *
   * @param same which of them are written once for all steps
   * @param shared the outputs of those that have been written
   */
  private List<TensorRef> execute(
      FunctionPlan plan,
      List<TensorRef> arguments,
      Scope scope,
      boolean[] same,
      Map<Integer, List<TensorRef>> shared) {
    List<List<TensorRef>> values = new ArrayList<>();
    for (int i = 0; i < same.length; i++) {
      List<TensorRef> written = shared.get(i);
      if (written == null) {
        Operation operation = plan.operations().get(i);
        List<TensorRef> inputs = tensors(operation.inputs(), arguments, values);
        written = place(operation, inputs, same[i] ? scope.shared() : scope);
        if (same[i]) {
          shared.put(i, written);
        }
      }
      values.add(written);
    }
    return tensors(plan.results(), arguments, values);
  }

  private static List<TensorRef> tensors(
      List<Source> sources, List<TensorRef> arguments, List<List<TensorRef>> values) {
    List<TensorRef> tensors = new ArrayList<>();
    for (Source source : sources) {
      tensors.add(
          source.operation() < 0
              ? arguments.get(source.index())
              : values.get(source.operation()).get(source.index()));
    }
    return tensors;
  }

  /** The tensors that an operation's outputs are, which is written only if there is need. */
  private List<TensorRef> place(Operation operation, List<TensorRef> inputs, Scope scope) {
    NodeDef node = operation.node();
    if (node.getOp().equals("Identity") || operation.outputs() == 0) {
      return inputs;
    }
    FunctionPlan called = called(node, inputs);
    if (called != null) {
      int first = FunctionFreezing.firstArgument(node);
      nested++;
      List<TensorRef> results =
          execute(
              called,
              inputs.subList(first, inputs.size()),
              scope,
              new boolean[called.operations().size()],
              new HashMap<>());
      nested--;
      return results;
    }
    NodeDef moved = knowledge.zeros().simplified(moved(node, inputs, scope));
    TensorRef item = knowledge.items().read(moved);
    TensorRef alias = item == null ? knowledge.zeros().alias(moved) : item;
    if (alias != null) {
      return List.of(alias);
    }
    NodeDef pack = knowledge.items().packed(moved);
    KnownInts value = pack == null ? knowledge.compute(moved) : null;
    if (pack != null) {
      moved = pack;
    } else if (value != null && value.isComplete()) {
      moved = NodeBuilder.constant(moved.getName(), value.toProto());
    }
    graph.add(moved);
    nodes++;
    knowledge.learn(moved);
    if (FunctionLibrary.LOOPS.contains(node.getOp())) {
      nested++;
      List<TensorRef> results = unroll(moved, node.getName());
      nested--;
      if (results != null) {
        return results;
      }
    }
    return outputs(operation, moved);
  }

  private List<TensorRef> outputs(Operation operation, NodeDef placed) {
    List<TensorRef> outputs = new ArrayList<>();
    for (int i = 0; i < operation.outputs(); i++) {
      outputs.add(new TensorRef(placed.getName(), i));
    }
    TensorRef popped =
        placed.getOp().equals("TensorListPopBack") ? knowledge.items().popped(placed) : null;
    if (popped != null) {
      outputs.set(1, popped);
    }
    return outputs;
  }

  private NodeDef moved(NodeDef node, List<TensorRef> inputs, Scope scope) {
    NodeDef.Builder moved =
        node.toBuilder().setName(graph.uniqueName(scope.name(node.getName()))).clearInput();
    inputs.forEach(input -> moved.addInput(input.toString()));
    if (FunctionLibrary.READERS.contains(node.getOp())) {
      moved.addAllInput(scope.order);
    }
    return moved.build();
  }

  /** The function that an operation runs once, if it is known which; or null. */
  private @Nullable FunctionPlan called(NodeDef node, List<TensorRef> inputs) {
    FunctionPlan plan = null;
    if (nested >= MOST_NESTED) {
      return null;
    } else if (FunctionLibrary.CALLS.contains(node.getOp())) {
      plan = plan(library.of(node, "f"));
    } else if (node.getOp().endsWith("If") && FunctionLibrary.BRANCHES.contains(node.getOp())) {
      KnownInts which = knowledge.value(inputs.get(0));
      plan =
          which == null || !which.isScalar() || !which.isNumber()
              ? null
              : plan(library.of(node, which.get(0) != 0 ? "then_branch" : "else_branch"));
    }
    int arguments = inputs.size() - FunctionFreezing.firstArgument(node);
    return plan != null && plan.arguments() == arguments ? Objects.requireNonNull(plan) : null;
  }
}
