package org.tfmot.gate.run;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Json;

/** Finds the convergence tests of a project. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ConvergenceTests {

  private static final long LIMIT_MINUTES = 2;

  private ConvergenceTests() {}

  /**
   * Every method with {@link ConvergenceTest} in some jars or folders, found by JUnit in a JVM of
   * its own: none of their classes is loaded here.
   *
   * @param classPath as for {@link JvmRunner}
   * @param roots where to look, each a part of the class path
   * @return {@code package.Class#method} to the ids of the claims that it says it proves
   * @throws IOException if the JVM cannot be started or does not come to its end; the message has
   *     what it printed
   * @throws InterruptedException if this thread is interrupted
   */
  public static SortedMap<String, SortedSet<String>> find(
      List<Path> classPath, Collection<Path> roots) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("gate-tests");
    try {
      Path found = folder.resolve("found.json");
      Path log = folder.resolve("log");
      Path order = folder.resolve("roots.json");
      Json.write(
          order,
          new ConvergenceLister.Order(
              roots.stream().map(root -> root.toAbsolutePath().toString()).toList(),
              found.toString()));
      Process process =
          JavaCommand.of(
                  JavaCommand.OWN,
                  List.of(
                      "-cp",
                      JavaCommand.classPath(classPath),
                      ConvergenceLister.class.getName(),
                      order.toString()),
                  folder.resolve("java.args"),
                  Map.of())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
          throw new IOException(
              "the convergence tests of %s could not be listed:%n%s"
                  .formatted(roots, Files.readString(log, StandardCharsets.UTF_8).strip()));
        }
      } finally {
        process.destroyForcibly();
      }
      return new TreeMap<>(Json.read(found, ConvergenceLister.Found.class).tests());
    } finally {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
