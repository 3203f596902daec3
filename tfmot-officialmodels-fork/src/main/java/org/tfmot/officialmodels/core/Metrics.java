package org.tfmot.officialmodels.core;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Named results of an evaluation, in order.
 *
 * @param values a number for each metric's name
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Metrics(Map<String, Double> values) {

  /** No metric at all. */
  public static final Metrics NONE = new Metrics(Map.of());

  /** Copies the map. */
  public Metrics {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * One metric.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public double get(String name) {
    Double value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "there is no metric \"%s\", only %s".formatted(name, values.keySet()));
    }
    return value;
  }
}
