package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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
  private final RunCost cost = new RunCost();

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
    List<int @Nullable []> shapes = new ArrayList<>();
    follow(graph, inputs.stream().map(Form::of).toList()).forEach(form -> shapes.add(form.shape));
    return shapes;
  }

  /**
   * The known facts of a tensor.
   *
   * @param shape or null if a run computes it
   * @param rank or -1 if a run computes it
   */
  private record Form(int @Nullable [] shape, int rank) {

    private static Form of(int @Nullable [] shape) {
      return of(shape, -1);
    }

    private static Form of(int @Nullable [] shape, int rank) {
      return new Form(shape, shape == null ? rank : shape.length);
    }

    /** Returns what two tensors have in common of which a run chooses one. */
    private Form common(Form other) {
      return of(Arrays.equals(shape, other.shape) ? shape : null, rank == other.rank ? rank : -1);
    }
  }

  private List<Form> follow(Subgraph graph, List<Form> inputs) {
    KnownTensors known = new KnownTensors(graph);
    for (int i = 0; i < inputs.size(); i++) {
      set(known, graph.inputs().get(i), inputs.get(i), null);
    }
    active.add(graph.index());
    for (int i = 0; i < graph.operators().size(); i++) {
      check(graph, i, known);
    }
    active.remove(graph.index());
    return graph.outputs().stream()
        .map(output -> Form.of(known.shape(output), known.rank(output)))
        .toList();
  }

  private static void set(KnownTensors known, int tensor, Form form, long @Nullable [] values) {
    known.set(tensor, form.shape, values);
    if (form.shape == null) {
      known.setRank(tensor, form.rank);
    }
  }

  /** Returns how many elements all results together have as far as they are known. */
  long elements() {
    return elements;
  }

  /** Returns what the operators cost, those of loops and branches once for each call. */
  RunCost cost() {
    return cost;
  }

  private void check(Subgraph graph, int position, KnownTensors known) {
    TfLiteOperator operator = graph.operators().get(position);
    OperatorOptions options = graph.options().get(position);
    List<Form> forms;
    long[] values = null;
    switch (operator.custom() ? "" : operator.name()) {
      case IF -> forms = branches(new OperatorCall(graph, position, options.as("If"), known));
      case WHILE -> forms = loop(new OperatorCall(graph, position, options.as("While"), known));
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
        List<int @Nullable []> shapes = rule.check(call);
        cost.add(
            new RunCost.Place(graph.index(), position),
            ThreadChoice.cost(operator.name(), call, shapes));
        values = rule.values(call);
        int rank = rule.rank(call);
        forms = shapes.stream().map(shape -> Form.of(shape, rank)).toList();
      }
    }
    for (int result = 0; result < operator.outputs().size(); result++) {
      TfLiteTensor tensor = graph.tensors().get(operator.outputs().get(result));
      int[] shape = forms.get(result).shape;
      requireSize(operator, tensor, shape);
      elements += shape == null ? 0 : Shapes.size(shape);
      set(known, operator.outputs().get(result), forms.get(result), values);
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
  private List<Form> branches(OperatorCall call) {
    call.require(
        call.inputCount() > 0 && call.has(0) && call.type(0) == TensorType.BOOL,
        "the condition is no boolean");
    Shapes.requireElements(call, 0, 1);
    List<Form> forms = null;
    for (int branch = 0; branch <= 1; branch++) {
      Subgraph graph = graph(call, branch, 1, call.resultCount());
      requireTypes(call, graph.tensors(), graph.outputs(), call.results(), 0);
      List<Form> made = follow(graph, forms(call, 1));
      forms = forms == null ? made : common(forms, made);
    }
    return forms == null ? List.of() : forms;
  }

  /** {@code WHILE}: what the body makes is what it takes again. */
  private List<Form> loop(OperatorCall call) {
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
    List<Form> state = forms(call, 0);
    while (true) {
      // A state of an open shape may open others in the next step.
      follow(condition, state);
      List<Form> made = common(state, follow(body, state));
      if (areSame(state, made)) {
        return made;
      }
      state = made;
    }
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

  private static List<Form> forms(OperatorCall call, int first) {
    List<Form> forms = new ArrayList<>();
    for (int i = first; i < call.inputCount(); i++) {
      forms.add(Form.of(call.shape(i), call.has(i) ? call.rank(i) : -1));
    }
    return forms;
  }

  private static boolean areSame(List<Form> left, List<Form> right) {
    return IntStream.range(0, left.size())
        .allMatch(
            i ->
                Arrays.equals(left.get(i).shape, right.get(i).shape)
                    && left.get(i).rank == right.get(i).rank);
  }

  private static List<Form> common(List<Form> left, List<Form> right) {
    List<Form> forms = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      forms.add(left.get(i).common(right.get(i)));
    }
    return forms;
  }
}
