package org.tfmot.gate.engine;

import java.util.SortedMap;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.MetricPoint;

/**
 * Steps at which runs reached the target of a claim. It is read off the curve when the run ends and
 * recorded with its metrics, so that the ledger alone decides.
 */
final class TargetSteps {

  private TargetSteps() {}

  static String metric(Claim claim) {
    return "reached:" + claim.id();
  }

  /** Adds the step of the first point at or better than the target; infinity if there is none. */
  static void add(Claim claim, Target target, Curves curves, SortedMap<String, Double> metrics) {
    double due = claim.direction().oriented(target.value());
    double step = Double.POSITIVE_INFINITY;
    for (MetricPoint point : curves.of(claim.metric())) {
      if (claim.direction().oriented(point.value()) >= due) {
        step = Math.min(step, point.step());
      }
    }
    metrics.put(metric(claim), step);
  }
}
