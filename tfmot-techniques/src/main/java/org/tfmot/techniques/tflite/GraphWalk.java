package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows shapes through the graphs of a model and checks each operator against its rule, in loops
 * and branches with the shapes that they are called with.
 */
final class GraphWalk {

  private static final String IF = "IF";
  private static final String WHILE = "WHILE";
  // Nested calls multiply; the runtime prepares each of them.
  private static final int MOST_CALLS = 1000;

  private final List<Subgraph> graphs;
  private final Set<Integer> active = new HashSet<>();
  private int calls;
  private long elements;
  private double cost;

  GraphWalk(List<Subgraph> graphs) {
    this.graphs = graphs;
  }

  /**
   * Walks along one graph.
   *
   * @param inputs the shapes of its inputs, null for one that is not known
   * @return the shapes of its outputs
   * @throws IllegalArgumentException naming the operator and the rule that does not hold
   */
  List<int @Nullable []> walk(Subgraph graph, List<int @Nullable []> inputs) {
    KnownTensors known = new KnownTensors(graph);
    for (int i = 0; i < inputs.size(); i++) {
      known.set(graph.inputs().get(i), inputs.get(i), null);
    }
    active.add(graph.index());
    for (int i = 0; i < graph.operators().size(); i++) {
      check(graph, i, known);
    }
    active.remove(graph.index());
    List<int @Nullable []> outputs = new ArrayList<>();
    for (int output : graph.outputs()) {
      outputs.add(known.shape(output));
    }
    return outputs;
  }

  /** Returns how many elements all results together have as far as they are known. */
  long elements() {
    return elements;
  }

  /** Returns what all operators together cost, as {@link ThreadChoice#cost} counts. */
  double cost() {
    return cost;
  }

  private void check(Subgraph graph, int position, KnownTensors known) {
    TfLiteOperator operator = graph.operators().get(position);
    OperatorOptions options = graph.options().get(position);
    List<int @Nullable []> shapes;
    long[] values = null;
    int rank = -1;
    switch (operator.custom() ? "" : operator.name()) {
      case IF -> shapes = branches(new OperatorCall(graph, position, options.as("If"), known));
      case WHILE -> shapes = loop(new OperatorCall(graph, position, options.as("While"), known));
      default -> {
        OperatorRule rule = KernelRules.rule(operator);
        String type = rule == null ? null : rule.options();
        OperatorOptions none = operator.custom() ? options : OperatorOptions.NONE;
        OperatorCall call =
            new OperatorCall(graph, position, type == null ? none : options.as(type), known);
        if (rule == null) {
          call.require(
              !operator.custom(),
              "of custom operators only %s is run, not [%s]",
              KernelRules.custom(),
              operator.name());
          throw call.refusal(
              "what the runtime's kernel of this operator takes for granted is not known, so that"
                  + " the model cannot be run safely");
        }
        shapes = rule.check(call);
        cost += ThreadChoice.cost(operator.name(), call, shapes);
        values = rule.values(call);
        rank = rule.rank(call);
      }
    }
    for (int result = 0; result < operator.outputs().size(); result++) {
      TfLiteTensor tensor = graph.tensors().get(operator.outputs().get(result));
      int[] shape = shapes.get(result);
      requireSize(operator, tensor, shape);
      elements += shape == null ? 0 : Shapes.size(shape);
      known.set(operator.outputs().get(result), shapes.get(result), values);
      if (shape == null) {
        known.setRank(operator.outputs().get(result), rank);
      }
    }
  }

  /** Requires a result to fit into memory whose size the runtime keeps in 31 bits. */
  private static void requireSize(
      TfLiteOperator operator, TfLiteTensor tensor, int @Nullable [] shape) {
    if (shape == null) {
      return;
    }
    long bytes = Math.max(1, tensor.type().bits() / 8);
    for (int dimension : shape) {
      bytes *= Math.max(1, dimension);
      if (dimension < 0 || bytes > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s makes \"%s\" of the shape %s, which is too large for the runtime"
                .formatted(operator.name(), tensor.name(), Arrays.toString(shape)));
      }
    }
  }

  /** {@code IF}: a condition, then what both branches take. */
  private List<int @Nullable []> branches(OperatorCall call) {
    call.require(
        call.inputCount() > 0 && call.has(0) && call.type(0) == TensorType.BOOL,
        "the condition is no boolean");
    Shapes.requireElements(call, 0, 1);
    List<int @Nullable []> shapes = null;
    for (int branch = 0; branch <= 1; branch++) {
      Subgraph graph = graph(call, branch, 1, call.resultCount());
      requireTypes(call, graph.tensors(), graph.outputs(), call.results(), 0);
      List<int @Nullable []> made = walk(graph, shapes(call, 1));
      shapes = shapes == null ? made : common(shapes, made);
    }
    return shapes == null ? List.of() : shapes;
  }

  /** {@code WHILE}: what the body makes is what it takes again. */
  private List<int @Nullable []> loop(OperatorCall call) {
    int count = call.inputCount();
    call.require(count == call.resultCount(), "%d inputs, %d results", count, call.resultCount());
    Subgraph condition = graph(call, 0, 0, 1);
    Subgraph body = graph(call, 1, 0, count);
    call.require(condition.index() != body.index(), "condition and body are one subgraph");
    call.require(
        condition.tensors().get(condition.outputs().get(0)).type() == TensorType.BOOL,
        "the condition is no boolean");
    requireTypes(call, body.tensors(), body.outputs(), call.results(), 0);
    requireTypes(call, body.tensors(), body.inputs(), call.results(), 0);
    List<int @Nullable []> state = shapes(call, 0);
    walk(condition, state);
    List<int @Nullable []> made = common(state, walk(body, state));
    if (made.stream().anyMatch(shape -> shape == null)) {
      walk(condition, made);
      return common(made, walk(body, made));
    }
    return made;
  }

  /** Returns the graph that an option refers to, which takes the inputs from one on. */
  private Subgraph graph(OperatorCall call, int option, int first, int results) {
    int index = call.options().getInt(option, 0);
    call.require(
        index > 0 && index < graphs.size() && !active.contains(index),
        "refers to subgraph %d of %d, or one that contains it",
        index,
        graphs.size());
    calls++;
    call.require(calls <= MOST_CALLS, "loops and branches are nested too deeply");
    Subgraph graph = graphs.get(index);
    call.require(
        graph.inputs().size() == call.inputCount() - first && graph.outputs().size() == results,
        "subgraph %d has %d inputs and %d outputs instead of %d and %d",
        index,
        graph.inputs().size(),
        graph.outputs().size(),
        call.inputCount() - first,
        results);
    requireTypes(call, graph.tensors(), graph.inputs(), call.inputs(), first);
    return graph;
  }

  private static void requireTypes(
      OperatorCall call,
      List<TfLiteTensor> tensors,
      List<Integer> inner,
      List<@Nullable TfLiteTensor> outer,
      int first) {
    for (int i = 0; i < inner.size(); i++) {
      TfLiteTensor inside = tensors.get(inner.get(i));
      TfLiteTensor outside = outer.get(first + i);
      call.require(
          outside != null
              && outside.type() == inside.type()
              && outside.quantization().equals(inside.quantization()),
          "\"%s\" of a subgraph is %s instead of %s",
          inside.name(),
          OperandKind.describe(inside),
          OperandKind.describe(outside));
    }
  }

  private static List<int @Nullable []> shapes(OperatorCall call, int first) {
    List<int @Nullable []> shapes = new ArrayList<>();
    for (int i = first; i < call.inputCount(); i++) {
      shapes.add(call.shape(i));
    }
    return shapes;
  }

  /** Returns shapes where both lists have the same. */
  private static List<int @Nullable []> common(
      List<int @Nullable []> left, List<int @Nullable []> right) {
    List<int @Nullable []> shapes = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      shapes.add(Arrays.equals(left.get(i), right.get(i)) ? left.get(i) : null);
    }
    return shapes;
  }
}
