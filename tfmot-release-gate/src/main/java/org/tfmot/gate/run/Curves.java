package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;

/**
 * All that a run reported: per metric its points, in the order of their steps.
 *
 * <p>On disk they are JSON lines, {@code {"metric":"accuracy","step":100,"value":0.91}}, the same
 * bytes for the same reports; values that are not finite are written as {@code "NaN"}, {@code
 * "Infinity"} and {@code "-Infinity"}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Curves {

  private final SortedMap<String, List<MetricPoint>> points;

  Curves(SortedMap<String, List<MetricPoint>> points) {
    this.points = points;
  }

  /**
   * Reads the curves of a run. A last line that its writer did not finish is left out; a file that
   * does not exist has no points.
   *
   * @throws IllegalArgumentException naming file and line if any other line is no report
   */
  public static Curves read(Path file) throws IOException {
    SortedMap<String, List<MetricPoint>> points = new TreeMap<>();
    if (Files.exists(file)) {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      int number = 1;
      for (int start = 0, end; (end = text.indexOf('\n', start)) >= 0; start = end + 1, number++) {
        MetricPoint point = point(file, number, text.substring(start, end));
        points.computeIfAbsent(point.metric(), name -> new ArrayList<>()).add(point);
      }
    }
    return new Curves(points);
  }

  /** The names of the metrics, sorted. */
  public Set<String> metrics() {
    return Collections.unmodifiableSet(points.keySet());
  }

  /** The points of a metric; empty if it was not reported. */
  public List<MetricPoint> of(String metric) {
    return Collections.unmodifiableList(points.getOrDefault(metric, List.of()));
  }

  /** The last value of each metric. */
  public SortedMap<String, Double> last() {
    SortedMap<String, Double> last = new TreeMap<>();
    points.forEach((metric, curve) -> last.put(metric, curve.get(curve.size() - 1).value()));
    return Collections.unmodifiableSortedMap(last);
  }

  private static MetricPoint point(Path file, int number, String line) {
    String problem = "is no report";
    try {
      MetricPoint point = ReportLine.parse(line);
      if (point != null) {
        return point;
      }
    } catch (InvalidReportException e) {
      problem = String.valueOf(e.getMessage());
    }
    throw new IllegalArgumentException("%s, line %d: %s".formatted(file, number, problem));
  }
}
