package org.tfmot.gate.run;

import org.apiguardian.api.API;

/**
 * A reported value.
 *
 * @param step of the training, not negative
 * @param metric the name that claims know it by, 1 to 200 characters, not blank
 * @param value any double, also NaN and the infinities
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record MetricPoint(long step, String metric, double value) {

  private static final int LONGEST_NAME = 200;

  /**
   * @throws IllegalArgumentException if a component is out of its range
   */
  public MetricPoint {
    if (metric.isBlank() || metric.length() > LONGEST_NAME) {
      throw new InvalidReportException(
          "a metric needs a name of 1 to %d characters, this has %d: \"%.40s\""
              .formatted(LONGEST_NAME, metric.length(), metric));
    }
    if (step < 0) {
      throw new InvalidReportException(
          "%s is reported at step %d: steps start at 0".formatted(metric, step));
    }
  }
}
