package org.tfmot.gate.maven.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.run.RunResult;

/**
 * The reference runs of a test that were made so far, in a file of their own.
 *
 * @param file where they are kept
 * @param content what is in it
 */
record ReferenceRuns(Path file, Content content) {

  /** A run. */
  record Run(SortedMap<String, Double> metrics, double seconds) {}

  /** By seed. */
  record Content(String test, SortedMap<Integer, Run> runs) {
    Content {
      runs = Collections.unmodifiableSortedMap(new TreeMap<>(runs));
    }
  }

  static ReferenceRuns read(Path folder, String test) throws IOException {
    Path file = folder.resolve(test.replaceAll("[^A-Za-z0-9._-]", "_") + ".json");
    return new ReferenceRuns(
        file,
        Files.exists(file) ? Json.read(file, Content.class) : new Content(test, new TreeMap<>()));
  }

  boolean has(int seed) {
    return content.runs().containsKey(seed);
  }

  /** With one more, which is on disk when this returns. */
  ReferenceRuns with(int seed, RunResult result) throws IOException {
    SortedMap<Integer, Run> runs = new TreeMap<>(content.runs());
    runs.put(seed, new Run(result.metrics(), result.seconds()));
    ReferenceRuns more = new ReferenceRuns(file, new Content(content.test(), runs));
    Json.write(file, more.content);
    return more;
  }

  /** A metric's values, in the order of the seeds. */
  List<Double> values(String metric) {
    return content.runs().values().stream()
        .map(Run::metrics)
        .filter(metrics -> metrics.containsKey(metric))
        .map((Map<String, Double> metrics) -> metrics.get(metric))
        .toList();
  }
}
