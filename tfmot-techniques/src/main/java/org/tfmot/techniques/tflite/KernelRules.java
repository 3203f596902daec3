package org.tfmot.techniques.tflite;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * a class for each family: {@link ElementwiseRules}, {@link ActivationRules}, {@link ProductRules},
 * {@link WindowRules}, {@link MovementRules}, {@link SelectionRules}, {@link ScatterRules}, {@link
 * VolumeRules}, {@link DetectionRules}, {@link RecurrentRules}; loops and branches are {@link
 * GraphWalk}'s.
 *
 * <p>Shapes are followed from the inputs through the graph, with the small integer tensors that
 * shapes are computed from, so that a resized input is checked as the declared one is.
 *
 * <p>An operator without a row is refused. General checks, such as no absent operand, do not hold
 * what its kernel takes for granted, and a kernel that does not check may end the process.
 */
final class KernelRules {

  private static final Map<String, OperatorRule> RULES = table();

  private static final Map<String, OperatorRule> CUSTOM =
      DetectionRules.custom().stream().collect(toUnmodifiableMap(OperatorRule::name, r -> r));

  private KernelRules() {}

  private static Map<String, OperatorRule> table() {
    Map<String, OperatorRule> table = new HashMap<>();
    Stream.of(
            ElementwiseRules.rules(),
            ActivationRules.rules(),
            ProductRules.rules(),
            WindowRules.rules(),
            MovementRules.rules(),
            SelectionRules.rules(),
            ScatterRules.rules(),
            VolumeRules.rules(),
            DetectionRules.rules(),
            RecurrentRules.rules())
        .flatMap(List::stream)
        .forEach(
            rule -> {
              if (table.put(rule.name(), rule) != null) {
                throw new IllegalStateException("two rules for " + rule.name());
              }
            });
    return Map.copyOf(table);
  }

  /** Returns all rows. */
  static Map<String, OperatorRule> rules() {
    return RULES;
  }

  /** Returns the row of an operator, or null if the table has none. */
  static @Nullable OperatorRule rule(TfLiteOperator operator) {
    return (operator.custom() ? CUSTOM : RULES).get(operator.name());
  }

  /** Returns the names of custom operators that have a row. */
  static Set<String> custom() {
    return CUSTOM.keySet();
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
   * @return what the operators of a run cost
   * @throws IllegalArgumentException as {@link #check(TfLiteModel)}
   */
  static RunCost check(TfLiteModel model, Map<Integer, int[]> inputs) {
    RunCost cost = new RunCost();
    // The delegate looks at every graph by itself, too.
    for (Subgraph graph : model.subgraphs()) {
      List<int @Nullable []> shapes = new ArrayList<>();
      for (int input : graph.inputs()) {
        int[] declared = KnownTensors.declared(graph.tensors().get(input));
        shapes.add(graph.index() == 0 ? inputs.getOrDefault(input, declared) : declared);
      }
      GraphWalk walk = new GraphWalk(model.subgraphs());
      walk.walk(graph, shapes);
      // Graphs that the main one calls are in its cost.
      cost = graph.index() == 0 ? walk.cost() : cost;
    }
    return cost;
  }
}
