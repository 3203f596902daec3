package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The table of what the runtime's kernels (TensorFlow Lite 2.18) assert or take for granted, one
 * {@link OperatorRule} for each operator, and the check of a model against it.
 *
 * <p>A kernel that finds a bad operand in its {@code Prepare} function mostly reports an error, but
 * not always: it follows a null pointer, divides by a stride of 0, aborts the process where a ratio
 * of scales has no fixed-point form, or writes to memory that it sized for another shape. So
 * everything that a kernel relies on is checked before native code sees the model. The rows are in
 * a class for each family: {@link ElementwiseRules}, {@link ActivationRules}, {@link ProductRules}.
 *
 * <p>Shapes are followed from the inputs through the graph, with the small integer tensors that
 * shapes are computed from, so that a resized input is checked as the declared one is.
 */
final class KernelRules {

  private static final Map<String, OperatorRule> RULES = table();

  private KernelRules() {}

  private static Map<String, OperatorRule> table() {
    Map<String, OperatorRule> table = new HashMap<>();
    Stream.of(ElementwiseRules.rules(), ActivationRules.rules(), ProductRules.rules())
        .flatMap(List::stream)
        .forEach(
            rule -> {
              if (table.put(rule.name(), rule) != null) {
                throw new IllegalStateException("two rules for " + rule.name());
              }
            });
    return Map.copyOf(table);
  }

  /** Returns the row of an operator, or null if the table has none. */
  static @Nullable OperatorRule rule(String operator) {
    return RULES.get(operator);
  }

  /**
   * Checks a model with its inputs in the shapes that the file declares.
   *
   * @throws IllegalArgumentException naming the operator, the tensors, and what does not hold
   */
  static void check(TfLiteModel model) {
    check(model, Map.of());
  }

  /**
   * Checks a model with inputs of other shapes.
   *
   * @param inputs shapes by tensor; inputs that are not in it have the declared ones
   * @throws IllegalArgumentException as {@link #check(TfLiteModel)}
   */
  static void check(TfLiteModel model, Map<Integer, int[]> inputs) {
    for (Subgraph graph : model.subgraphs()) {
      KnownTensors known = new KnownTensors(graph);
      for (int input : graph.inputs()) {
        int[] declared = KnownTensors.declared(graph.tensors().get(input));
        boolean main = graph.index() == 0;
        known.set(input, main ? inputs.getOrDefault(input, declared) : declared, null);
      }
      walk(graph, known);
    }
  }

  private static void walk(Subgraph graph, KnownTensors known) {
    for (int i = 0; i < graph.operators().size(); i++) {
      TfLiteOperator operator = graph.operators().get(i);
      OperatorRule rule = operator.custom() ? null : rule(operator.name());
      if (rule == null) {
        operator.outputs().forEach(result -> known.set(result, null, null));
        continue;
      }
      OperatorCall call = new OperatorCall(graph, i, options(graph, i, rule), known);
      List<int @Nullable []> shapes = new ArrayList<>(rule.check(call));
      long[] values = rule.values(call);
      for (int result = 0; result < shapes.size(); result++) {
        requireSize(call, result, shapes.get(result));
        known.set(operator.outputs().get(result), shapes.get(result), values);
      }
    }
  }

  private static OperatorOptions options(Subgraph graph, int position, OperatorRule rule) {
    OperatorOptions options = graph.options().get(position);
    return rule.options() == null ? OperatorOptions.NONE : options.as(rule.options());
  }

  /** Requires a result to fit into memory whose size the runtime keeps in 31 bits. */
  private static void requireSize(OperatorCall call, int result, int @Nullable [] shape) {
    if (shape != null) {
      TfLiteTensor tensor = call.result(result);
      long bytes = Math.max(1, tensor.type().bits() / 8);
      for (int dimension : shape) {
        bytes *= Math.max(1, dimension);
        call.require(
            dimension >= 0 && bytes <= Integer.MAX_VALUE,
            "the result has the shape %s, which is too large for the runtime",
            java.util.Arrays.toString(shape));
      }
    }
  }
}
