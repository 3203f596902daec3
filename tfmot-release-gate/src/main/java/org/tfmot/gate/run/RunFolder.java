package org.tfmot.gate.run;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

/** The files of a run. */
record RunFolder(Path path) {

  /**
   * Input of the process of a run.
   *
   * @param tree the cookie of the run's processes, see {@link ProcessTree}
   */
  record Order(String test, long seed, Path output, Path curves, Path outcome, String tree) {}

  /** Name of such a log, by the id of its process. */
  static final String CLASSES = "classes-%p.log";

  RunFolder {
    path = path.toAbsolutePath().normalize();
  }

  Path order() {
    return path.resolve("request.json");
  }

  Path output() {
    return path.resolve("output");
  }

  Path curves() {
    return path.resolve("curves.jsonl");
  }

  Path outcome() {
    return path.resolve("outcome.json");
  }

  Path log() {
    return path.resolve("run.log");
  }

  Path crash() {
    return path.resolve("hs_err.log");
  }

  /** Logs of the classes that its JVMs loaded, with what is left of one that was too long. */
  List<Path> classes() throws IOException {
    List<Path> logs = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, "classes-*.log*")) {
      entries.forEach(logs::add);
    }
    return logs;
  }

  Path arguments() {
    return path.resolve("java.args");
  }

  /**
   * Empties the folder of an earlier attempt, so that nothing of it can reach the new one: neither
   * its files, nor its processes if the gate was killed and they went on.
   *
   * @return the cookie of the processes to be
   */
  String prepare(RunRequest request) throws IOException {
    Files.createDirectories(path);
    List<Path> content = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        if (isHalfWritten(entry)) {
          Files.delete(entry);
        } else {
          content.add(entry);
        }
      }
    }
    if (!content.isEmpty() && !Files.exists(order())) {
      throw new IllegalArgumentException(
          "%s holds %s and is no folder of a run: name an empty one"
              .formatted(path, content.get(0).getFileName()));
    }
    if (!content.isEmpty()) {
      endEarlierAttempt();
    }
    delete(output());
    for (Path file : List.of(curves(), outcome(), log(), crash(), arguments())) {
      Files.deleteIfExists(file);
    }
    for (Path file : classes()) {
      Files.deleteIfExists(file);
    }
    String tree = UUID.randomUUID().toString();
    Json.write(
        order(), new Order(request.test(), request.seed(), output(), curves(), outcome(), tree));
    Files.createDirectories(output());
    return tree;
  }

  private void endEarlierAttempt() throws IOException {
    try {
      new ProcessTree(null, Json.read(order(), Order.class).tree()).kill();
    } catch (InvalidJsonException e) {
      throw new IllegalArgumentException(
          "%s is no folder of a run: name an empty one".formatted(path), e);
    }
  }

  /**
   * Returns whether an entry is what a kill leaves of a file that was being replaced, see {@link
   * Json#replace}.
   */
  private boolean isHalfWritten(Path entry) {
    String name = String.valueOf(entry.getFileName());
    return name.endsWith(".new")
        && Stream.of(order(), outcome()).anyMatch(f -> name.startsWith("." + f.getFileName()));
  }

  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
