package org.tfmot.examples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs by users get the right result or a refusal that names the cause. They run in a process
 * of their own: one that ends it is wrong, and the others run in the next process.
 */
class UserProgramsTest {

  private static final int PATIENCE_MINUTES = 5;

  @TempDir private Path temporary;

  @TestFactory
  Stream<DynamicTest> programGetsTheRightResultOrARefusalThatNamesTheCause() throws Exception {
    Map<String, String> results = new LinkedHashMap<>();
    List<String> open = new ArrayList<>(UserPrograms.ALL.stream().map(UserPrograms::name).toList());
    while (!open.isEmpty()) {
      run(open, results);
      open.removeAll(results.keySet());
    }
    return results.entrySet().stream()
        .map(
            result ->
                DynamicTest.dynamicTest(
                    result.getKey(),
                    () -> assertEquals(UserPrograms.RIGHT + result.getKey(), result.getValue())));
  }

  /** Runs programs until all have a result or one ends the process. */
  private void run(List<String> programs, Map<String, String> results) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx2g",
                "-XX:ErrorFile=" + temporary.resolve("crash.log"),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                UserPrograms.class.getName()));
    command.addAll(programs);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Thread watch = watch(process);
    String last = read(process, results);
    int exit = process.waitFor();
    watch.interrupt();
    String first = last == null ? programs.get(0) : last;
    if (exit != 0 || last == null) {
      results.putIfAbsent(first, "the process ended with " + exit);
    }
  }

  private static Thread watch(Process process) {
    Thread watch =
        new Thread(
            () -> {
              try {
                if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    watch.setDaemon(true);
    watch.start();
    return watch;
  }

  /** Reads the results and returns the program that began last. */
  private static String read(Process process, Map<String, String> results) throws IOException {
    String last = null;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith(UserPrograms.BEGIN)) {
          last = line.substring(UserPrograms.BEGIN.length());
        } else if (last != null
            && (line.startsWith(UserPrograms.RIGHT) || line.startsWith(UserPrograms.WRONG))) {
          results.put(last, line);
        }
      }
    }
    return last;
  }
}
