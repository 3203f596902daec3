package org.tfmot.gate.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.engine.RunValue;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.MetricPoint;

/**
 * Curve that a run reported of a claim's metric.
 *
 * @param claim the claim's id
 * @param index the run's number
 * @param seed its seed
 * @param status OK, DIVERGED or INVALID
 * @param reports how many points it reported
 * @param points those, or, of more than {@value #MOST_POINTS}, so many evenly spaced ones
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record RunCurve(
    String claim, int index, int seed, RunStatus status, int reports, List<Point> points) {

  /** As many points as a reader can tell apart. */
  public static final int MOST_POINTS = 1000;

  /**
   * A report.
   *
   * @param step of the training
   * @param value any double, also NaN and the infinities
   */
  public record Point(long step, double value) {}

  /** Copies the list. */
  public RunCurve {
    points = List.copyOf(points);
  }

  /**
   * Reads the curve of a run from its folder; null if it is not there, or not the one that the
   * ledger knows.
   */
  static @Nullable RunCurve read(Path output, ClaimVerdict verdict, RunValue run)
      throws IOException {
    Digest key = verdict.key();
    if (key == null || run.curvesDigest() == null) {
      return null;
    }
    Path file = RunFolders.curves(RunFolders.of(output, verdict.claim().test(), key, run.index()));
    if (!Files.isRegularFile(file) || !Digest.of(file).equals(run.curvesDigest())) {
      return null;
    }
    List<MetricPoint> all = Curves.read(file).of(verdict.claim().metric());
    List<Point> points = new ArrayList<>();
    int count = Math.min(all.size(), MOST_POINTS);
    for (int i = 0; i < count; i++) {
      int at = count == 1 ? 0 : (int) Math.round((double) i * (all.size() - 1) / (count - 1));
      points.add(new Point(all.get(at).step(), all.get(at).value()));
    }
    return new RunCurve(verdict.id(), run.index(), run.seed(), run.status(), all.size(), points);
  }
}
