package org.tfmot.gate.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.json.Json;

/** A table of each claim's curves. */
final class CurveCsv {

  private static final String HEADER = "run,seed,status,metric,step,value\n";

  private CurveCsv() {}

  /** Writes one file for each claim with curves, and deletes those of an earlier report. */
  static void write(Path folder, GateDocument document) throws IOException {
    Files.createDirectories(folder);
    Set<Path> written = new HashSet<>();
    for (ClaimVerdict verdict : document.result().verdicts()) {
      List<RunCurve> curves = document.curves(verdict.id());
      if (!curves.isEmpty()) {
        Path file = folder.resolve(Words.slug(verdict.id()) + ".csv");
        Json.replace(file, table(verdict, curves).getBytes(StandardCharsets.UTF_8));
        written.add(file);
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".csv")).toList()) {
        if (!written.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  private static String table(ClaimVerdict verdict, List<RunCurve> curves) {
    StringBuilder table = new StringBuilder(HEADER);
    String metric = quoted(verdict.claim().metric());
    for (RunCurve curve : curves) {
      for (RunCurve.Point point : curve.points()) {
        table.append(
            "%d,%d,%s,%s,%d,%s\n"
                .formatted(
                    curve.index(),
                    curve.seed(),
                    curve.status(),
                    metric,
                    point.step(),
                    Double.isFinite(point.value())
                        ? Json.canonical(point.value())
                        : Double.toString(point.value())));
      }
    }
    return table.toString();
  }

  /** RFC 4180. */
  private static String quoted(String text) {
    return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
