package org.tfmot.gate.maven.debug;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.MetricPoint;

/**
 * The first report in which two runs differ, by one bit at least.
 *
 * @param metric its name
 * @param step of the training
 * @param before what was reported; null if nothing
 * @param after what is reported; null if nothing
 */
record CurveDifference(String metric, long step, @Nullable Double before, @Nullable Double after) {

  /** For each metric that differs, sorted by name. */
  static List<CurveDifference> of(Curves before, Curves after) {
    TreeSet<String> metrics = new TreeSet<>(before.metrics());
    metrics.addAll(after.metrics());
    List<CurveDifference> differences = new ArrayList<>();
    for (String metric : metrics) {
      CurveDifference difference = first(metric, before.of(metric), after.of(metric));
      if (difference != null) {
        differences.add(difference);
      }
    }
    return differences;
  }

  private static @Nullable CurveDifference first(
      String metric, List<MetricPoint> before, List<MetricPoint> after) {
    for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
      MetricPoint old = i < before.size() ? before.get(i) : null;
      MetricPoint now = i < after.size() ? after.get(i) : null;
      // Double.equals: NaN is NaN, and -0 is not 0.
      if (old != null && old.equals(now)) {
        continue;
      }
      long step =
          Math.min(
              old == null ? Long.MAX_VALUE : old.step(), now == null ? Long.MAX_VALUE : now.step());
      return new CurveDifference(metric, step, valueAt(old, step), valueAt(now, step));
    }
    return null;
  }

  private static @Nullable Double valueAt(@Nullable MetricPoint point, long step) {
    return point == null || point.step() != step ? null : (Double) point.value();
  }

  @Override
  public String toString() {
    return "%s at step %d was %s, is %s"
        .formatted(
            metric,
            step,
            before == null ? "not reported" : before,
            after == null ? "not reported" : after);
  }
}
