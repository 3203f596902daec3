package org.tfmot.gate.maven.debug;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tfmot.gate.engine.ClaimHistory;
import org.tfmot.gate.engine.RunFolders;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.MetricPoint;

/** The curves and logs of a claim's runs, in a folder that is small enough to be sent. */
final class DebugFiles {

  /** Limits of all curves together and of all logs together, in bytes. */
  static final int CURVES = 2_500_000;

  static final int LOGS = 2_000_000;

  private static final String HEADER = "metric,step,value\n";
  private static final int KEY_DIGITS = 16;

  private DebugFiles() {}

  /** The name of a run in files and texts: digits of its key, and its number. */
  static String name(Digest key, int index) {
    return digits(key) + "-" + index;
  }

  /** The first digits of a key. */
  static String digits(Digest key) {
    return key.hex().substring(0, KEY_DIGITS);
  }

  /** The last end of each run under a key, by number. */
  static SortedMap<Integer, RunFinished> ends(ClaimHistory history) {
    SortedMap<Integer, RunFinished> ends = new TreeMap<>();
    history.evidence().voids().forEach(end -> ends.put(end.index(), end));
    history.evidence().runs().forEach(end -> ends.put(end.index(), end));
    history.evidence().waiting().forEach(end -> ends.put(end.index(), end));
    return ends;
  }

  /**
   * Writes {@code curves/<run>.csv} and {@code logs/<run>.log} for every run whose folder is there.
   *
   * @param output the folder that the runs are kept in
   * @param test the claim's
   */
  static void write(Path folder, List<ClaimHistory> histories, Path output, String test)
      throws IOException {
    List<RunFinished> ends = new ArrayList<>();
    histories.forEach(history -> ends.addAll(ends(history).values()));
    for (RunFinished end : ends) {
      String name = name(end.key(), end.index());
      Optional<Curves> curves = RecordedRun.curves(output, test, end);
      if (curves.isPresent()) {
        write(folder.resolve("curves"), name + ".csv", csv(curves.get(), CURVES / ends.size()));
      }
      Path log = RunFolders.of(output, test, end.key(), end.index()).resolve("run.log");
      if (Files.isRegularFile(log)) {
        write(folder.resolve("logs"), name + ".log", part(log, LOGS / ends.size()));
      }
    }
  }

  private static void write(Path folder, String name, byte[] bytes) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve(name), bytes);
  }

  /** A table; of too long ones every second point is left out until it fits, the last one never. */
  static byte[] csv(Curves curves, int most) {
    for (int every = 1; ; every *= 2) {
      StringBuilder table = new StringBuilder(HEADER);
      int points = 0;
      for (String metric : curves.metrics()) {
        List<MetricPoint> all = curves.of(metric);
        for (int i = 0; i < all.size(); i++) {
          if (i % every == 0 || i == all.size() - 1) {
            row(metric, all.get(i), table);
            points = Math.max(points, i / every);
          }
        }
      }
      byte[] bytes = table.toString().getBytes(StandardCharsets.UTF_8);
      if (bytes.length <= most || points <= 1) {
        return bytes.length <= most ? bytes : Arrays.copyOf(bytes, Math.max(0, most));
      }
    }
  }

  private static void row(String metric, MetricPoint point, StringBuilder table) {
    table
        .append(quoted(metric))
        .append(',')
        .append(point.step())
        .append(',')
        .append(
            Double.isFinite(point.value())
                ? Json.canonical(point.value())
                : Double.toString(point.value()))
        .append('\n');
  }

  /** RFC 4180. */
  private static String quoted(String text) {
    return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** Of a long file its beginning and its end, which is where a run says why it ended. */
  static byte[] part(Path file, int most) throws IOException {
    long size = Files.size(file);
    try (InputStream in = Files.newInputStream(file)) {
      if (size <= most) {
        return in.readNBytes(most);
      }
      byte[] gap = "\n... left out ...\n".getBytes(StandardCharsets.UTF_8);
      int left = Math.max(0, most - gap.length);
      ByteArrayOutputStream part = new ByteArrayOutputStream();
      part.write(in.readNBytes(left / 4));
      in.skipNBytes(size - left);
      part.write(gap);
      part.write(in.readNBytes(left - left / 4));
      return part.toByteArray();
    }
  }
}
