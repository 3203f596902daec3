package org.tfmot.techniques.tflite;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The costs of a model's operators in one run, as {@link ThreadChoice#cost} counts. */
final class RunCost {

  /**
   * A place of an operator.
   *
   * @param graph the index of its subgraph
   * @param position in it
   */
  record Place(int graph, int position) {}

  private final Map<Place, Double> costs = new HashMap<>();

  /** Adds what one execution of an operator costs. */
  void add(Place place, double cost) {
    costs.merge(place, cost, Double::sum);
  }

  /** Returns the cost of all operators except some. */
  double without(Set<Place> places) {
    return costs.entrySet().stream()
        .filter(cost -> !places.contains(cost.getKey()))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
