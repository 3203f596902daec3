package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of kernels: what the runtime's kernel for an operator asserts or takes for
 * granted, and the shapes that it makes. Built once, then only read.
 */
final class OperatorRule {

  private static final int MOST_NAMED = 8;

  /** Computes the shapes of the results; null where they depend on values that are not known. */
  interface ShapeFunction {
    List<int @Nullable []> shapes(OperatorCall call);
  }

  /** Computes the shape of the only result. */
  interface SingleShape {
    int @Nullable [] shape(OperatorCall call);
  }

  /** Computes the rank of the only result where its shape is not known, or -1. */
  interface RankFunction {
    int rank(OperatorCall call);
  }

  /** Computes the elements of the only result, an integer tensor of few elements, or null. */
  interface ValueFunction {
    long @Nullable [] values(OperatorCall call);
  }

  private final String name;
  private final List<OperandTypes> types = new ArrayList<>();
  private final List<Consumer<OperatorCall>> assumptions = new ArrayList<>();
  private @Nullable String options;
  private ShapeFunction shapes = call -> Collections.nCopies(call.resultCount(), null);
  private ValueFunction values = call -> null;
  private RankFunction ranks = call -> -1;
  private boolean takesUnknown;

  private OperatorRule(String name) {
    this.name = name;
  }

  /** Starts the row of an operator. */
  static OperatorRule rule(String name) {
    return new OperatorRule(name);
  }

  /**
   * Adds combinations of operand types, as {@link OperandTypes} reads them. A last input with
   * {@code ?} may be left out or absent.
   */
  OperatorRule types(String... combinations) {
    for (String combination : combinations) {
      if (combination.contains("?")) {
        String rest = combination.replaceFirst(" \\S+\\?", "");
        types(combination.replace("?", ""), rest, rest.replace(" >", " _ >"));
      } else {
        types.add(OperandTypes.of(combination));
      }
    }
    return this;
  }

  /** Adds a combination for each kind, which takes the place of {@code T}. */
  OperatorRule typesOf(String combination, String kinds) {
    for (String kind : kinds.split(" ")) {
      types(combination.replace("T", kind));
    }
    return this;
  }

  /** Sets which options the kernel reads, such as {@code Conv2D}. */
  OperatorRule options(String type) {
    OperatorOptions.number(type);
    options = type;
    return this;
  }

  /** Adds an assumption of the kernel: a check that throws if it does not hold. */
  OperatorRule assume(Consumer<OperatorCall> assumption) {
    assumptions.add(assumption);
    return this;
  }

  /** Sets the shape of the only result. */
  OperatorRule makes(SingleShape shape) {
    return makesAll(call -> Collections.singletonList(shape.shape(call)));
  }

  /** Sets the shapes of all results. */
  OperatorRule makesAll(ShapeFunction function) {
    shapes = function;
    return this;
  }

  /** Sets how the values of the result follow from those of the inputs where these are known. */
  OperatorRule values(ValueFunction function) {
    values = function;
    return this;
  }

  /** Sets the rank of the result where its shape depends on values. */
  OperatorRule ranks(RankFunction function) {
    ranks = function;
    return this;
  }

  /**
   * Lets operands pass whose shapes a run computes: the kernel verifies them itself then, or works
   * with any. Without it they are refused, since nothing else stands between them and the kernel.
   */
  OperatorRule takesUnknown() {
    takesUnknown = true;
    return this;
  }

  /** Returns a row for another operator with the same rules. */
  OperatorRule as(String other) {
    OperatorRule copy = new OperatorRule(other);
    copy.types.addAll(types);
    copy.assumptions.addAll(assumptions);
    copy.options = options;
    copy.shapes = shapes;
    copy.values = values;
    copy.ranks = ranks;
    copy.takesUnknown = takesUnknown;
    return copy;
  }

  String name() {
    return name;
  }

  List<OperandTypes> types() {
    return types;
  }

  @Nullable String options() {
    return options;
  }

  /** The combinations of types that there are kernels for, as many as a reader bears. */
  private String kernels() {
    String some =
        types.stream()
            .limit(MOST_NAMED)
            .map(OperandTypes::toString)
            .collect(Collectors.joining(" | "));
    int more = types.size() - MOST_NAMED;
    return more > 0 ? "%s and %d more".formatted(some, more) : some;
  }

  /**
   * Checks one operator.
   *
   * @return the shapes of its results
   * @throws IllegalArgumentException naming the operator and the rule that does not hold
   */
  List<int @Nullable []> check(OperatorCall call) {
    if (types.stream().noneMatch(combination -> combination.match(call.inputs(), call.results()))) {
      throw call.refusal(
          "the runtime has no kernel from (%s) to (%s); it has %s",
          describe(call.inputs()), describe(call.results()), kernels());
    }
    for (int i = 0; i < call.inputCount() && !takesUnknown; i++) {
      call.require(
          !call.has(i) || call.shape(i) != null,
          "the shape of input %d \"%s\" is computed in the run, where the kernel does not verify"
              + " it",
          i,
          call.has(i) ? call.input(i).name() : "");
    }
    assumptions.forEach(assumption -> assumption.accept(call));
    return shapes.shapes(call);
  }

  int rank(OperatorCall call) {
    return ranks.rank(call);
  }

  long @Nullable [] values(OperatorCall call) {
    return values.values(call);
  }

  private static String describe(List<@Nullable TfLiteTensor> tensors) {
    return String.join(", ", tensors.stream().map(OperandKind::describe).toList());
  }
}
