package org.tfmot.gate.maven.debug;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tfmot.gate.run.MetricPoint;

/**
 * The first of several steps in a row at which a run is outside of what passing runs did.
 *
 * @param metric its name
 * @param step of the training
 * @param value of the run
 * @param mean of the passing runs
 * @param deviation of the passing runs, by n - 1
 */
record Departure(String metric, long step, double value, double mean, double deviation) {

  /** So many standard deviations from the mean is outside. */
  static final double WIDTH = 3;

  /** So many steps in a row, so that one odd step is none. */
  static final int STEPS = 3;

  /** For the deviation of equal values, which are not quite equal to their mean. */
  private static final double ROUNDING = 1e-12;

  /**
   * Finds it. Steps that fewer than two passing runs reported are passed over.
   *
   * @param run the points of one metric
   * @param passing the points of the same metric, of each passing run
   */
  static Optional<Departure> first(
      String metric, List<MetricPoint> run, List<List<MetricPoint>> passing) {
    SortedMap<Long, List<Double>> envelope = new TreeMap<>();
    for (List<MetricPoint> points : passing) {
      bySteps(points)
          .forEach(
              (step, value) -> envelope.computeIfAbsent(step, s -> new ArrayList<>()).add(value));
    }
    Departure first = null;
    int outside = 0;
    for (var point : bySteps(run).entrySet()) {
      List<Double> values = envelope.getOrDefault(point.getKey(), List.of());
      if (values.size() < 2) {
        continue;
      }
      Departure here = at(metric, point.getKey(), point.getValue(), values);
      if (!here.isOutside()) {
        first = null;
        outside = 0;
        continue;
      }
      first = first == null ? here : first;
      outside++;
      if (outside == STEPS) {
        return Optional.of(first);
      }
    }
    return Optional.empty();
  }

  /** The last report of each step. */
  private static SortedMap<Long, Double> bySteps(List<MetricPoint> points) {
    SortedMap<Long, Double> values = new TreeMap<>();
    points.forEach(point -> values.put(point.step(), point.value()));
    return values;
  }

  private static Departure at(String metric, long step, double value, List<Double> values) {
    double mean = values.stream().mapToDouble(v -> v).sum() / values.size();
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return new Departure(metric, step, value, mean, Math.sqrt(squares / (values.size() - 1)));
  }

  private boolean isOutside() {
    // Turned round so that NaN is outside.
    return !(Math.abs(value - mean) <= WIDTH * deviation + ROUNDING * Math.abs(mean));
  }
}
