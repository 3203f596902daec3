package org.tfmot.gate.run;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tfmot.gate.json.Digest;

/** Writes reports to a file as they come, each with one system call: a kill tears no line. */
final class CurveRecorder implements Closeable {

  private static final int MOST_POINTS = 1_000_000;

  private final DigestOutputStream out;
  private final Map<String, Long> lastSteps = new HashMap<>();
  private final SortedMap<String, List<MetricPoint>> points = new TreeMap<>();
  private int count;

  CurveRecorder(Path file) throws IOException {
    out = new DigestOutputStream(Files.newOutputStream(file), sha256());
  }

  /**
   * @throws InvalidReportException if the step goes back, or there are too many
   */
  synchronized void add(MetricPoint point) throws IOException {
    Long last = lastSteps.get(point.metric());
    if (last != null && point.step() < last) {
      throw new InvalidReportException(
          "%s is reported at step %d after step %d: steps must not go back"
              .formatted(point.metric(), point.step(), last));
    }
    if (count == MOST_POINTS) {
      throw new InvalidReportException(
          "%s at step %d is report %d: report less often"
              .formatted(point.metric(), point.step(), count + 1));
    }
    count++;
    lastSteps.put(point.metric(), point.step());
    points.computeIfAbsent(point.metric(), name -> new ArrayList<>()).add(point);
    out.write((ReportLine.write(point) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of what has been reported. */
  synchronized Curves curves() {
    SortedMap<String, List<MetricPoint>> copy = new TreeMap<>();
    points.forEach((metric, curve) -> copy.put(metric, List.copyOf(curve)));
    return new Curves(copy);
  }

  /** Returns whether a file holds what was added, and nothing else. */
  synchronized boolean wrote(Path file) throws IOException {
    MessageDigest written = out.getMessageDigest();
    return Files.isRegularFile(file)
        && MessageDigest.isEqual(written.digest(), Digest.of(file).bytes());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
