package org.tfmot.examples.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs in a process of their own. A program that ends it has failed, and so has the last
 * one of a process that fails after its result; the others run in the next process.
 */
final class ProgramProcesses {

  private static final int PATIENCE_MINUTES = 5;
  private static final int LAST_LINES = 5;

  private final Class<?> main;
  private final Path temporary;

  /**
   * Prepares processes.
   *
   * @param main prints the lines of {@link UserPrograms} for the programs that are its arguments
   * @param temporary takes crash logs and errors
   */
  ProgramProcesses(Class<?> main, Path temporary) {
    this.main = main;
    this.temporary = temporary;
  }

  /** Returns the line of each program, or how its process ended. */
  Map<String, String> run(List<String> programs) throws Exception {
    Map<String, String> results = new LinkedHashMap<>();
    List<String> open = new ArrayList<>(programs);
    while (!open.isEmpty()) {
      runUntilOneEnds(open, results);
      open.removeAll(results.keySet());
    }
    return results;
  }

  private void runUntilOneEnds(List<String> programs, Map<String, String> results)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx2g",
                "-XX:ErrorFile=" + temporary.resolve("crash.log"),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(programs);
    Path errors = temporary.resolve("errors.txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    Thread watch = watch(process);
    String last = read(process, results);
    int exit = process.waitFor();
    watch.interrupt();
    String blamed = last == null ? programs.get(0) : last;
    if (exit != 0 || !results.containsKey(blamed)) {
      // A crash at shutdown or in a thread left behind comes after the result, and replaces it.
      results.put(blamed, "the process ended with " + exit + ": " + lastLines(errors));
    }
  }

  private static String lastLines(Path file) throws IOException {
    // Native code may write bytes that are no text.
    List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    List<String> end = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
    return String.join(System.lineSeparator(), end);
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

  /** Reads the results and returns the program that began last; null if none did. */
  private static @Nullable String read(Process process, Map<String, String> results)
      throws IOException {
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
