package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Json;

/** The files of a run. */
record RunFolder(Path path) {

  /** What the process of a run is told. */
  record Order(String test, long seed, Path output, Path curves, Path outcome) {}

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

  Path arguments() {
    return path.resolve("java.args");
  }

  /** Empties the folder of an earlier attempt, so that nothing of it can reach the new one. */
  void prepare(RunRequest request) throws IOException {
    Files.createDirectories(path);
    List<Path> content;
    try (Stream<Path> entries = Files.list(path)) {
      content = entries.toList();
    }
    if (!content.isEmpty() && !Files.exists(order())) {
      throw new IllegalArgumentException(
          "%s holds %s and is no folder of a run: name an empty one"
              .formatted(path, content.get(0).getFileName()));
    }
    delete(output());
    for (Path file : List.of(curves(), outcome(), log(), crash(), arguments())) {
      Files.deleteIfExists(file);
    }
    Json.write(order(), new Order(request.test(), request.seed(), output(), curves(), outcome()));
    Files.createDirectories(output());
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
