package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Passes and checks of a conversion, by name and in order: over a graph, or over a file. Immutable.
 *
 * @param steps are run one after the other
 */
record Passes<T>(List<Step<T>> steps) {

  /** A rewriting, or a check that returns what it is given. */
  record Step<T>(String name, UnaryOperator<T> action) {}

  Passes {
    steps = List.copyOf(steps);
  }

  static <T> Passes<T> start() {
    return new Passes<>(List.of());
  }

  /** Returns these passes with a rewriting behind them. */
  Passes<T> pass(String name, UnaryOperator<T> action) {
    List<Step<T>> longer = new ArrayList<>(steps);
    longer.add(new Step<>(name, action));
    return new Passes<>(longer);
  }

  /** Returns these passes with a check behind them, which throws if it fails. */
  Passes<T> check(String name, Consumer<T> check) {
    return pass(
        name,
        value -> {
          check.accept(value);
          return value;
        });
  }

  /** Returns these passes with others behind them. */
  Passes<T> then(Passes<T> others) {
    List<Step<T>> longer = new ArrayList<>(steps);
    longer.addAll(others.steps);
    return new Passes<>(longer);
  }

  /** Runs all steps. */
  T run(T value) {
    T result = value;
    for (Step<T> step : steps) {
      result = step.action.apply(result);
    }
    return result;
  }
}
