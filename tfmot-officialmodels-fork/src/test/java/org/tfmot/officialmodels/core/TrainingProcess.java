package org.tfmot.officialmodels.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@link TinyRun} in a JVM of its own that prints every step, so that it can be killed. */
final class TrainingProcess implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 240;

  private final Process process;
  private final BufferedReader output;
  private final List<String> messages = new ArrayList<>();
  private long last = -1;

  TrainingProcess(Path folder) throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-Xmx512m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TrainingProcess.class.getName(),
                    folder.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  public static void main(String[] arguments) {
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(long step, float loss) {
            System.out.println("step " + step);
            sleep(5); // The one who kills needs a moment to hear of it.
          }

          @Override
          public void stopped(long steps, Path folder) {
            ProgressListener.lines(System.out).stopped(steps, folder);
          }
        };
    TinyRun.train(Path.of(arguments[0]), listener);
  }

  void awaitStep(long step) throws IOException {
    String line;
    while ((line = output.readLine()) != null) {
      last = step(line);
      if (last == step) {
        return;
      }
    }
    throw new AssertionError("the process ended before step " + step);
  }

  /** SIGKILL, where there is such a thing. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM; returns the number of the last step that was computed. */
  long terminate() throws IOException, InterruptedException {
    process.toHandle().destroy(); // Unlike Process.destroy leaves the output open.
    String line;
    while ((line = output.readLine()) != null) {
      if (line.startsWith("step ")) {
        last = step(line);
      } else {
        messages.add(line);
      }
    }
    awaitEnd();
    return last;
  }

  /** What it printed at its end beside the steps. */
  List<String> messages() {
    return messages;
  }

  int exitCode() {
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the process does not end");
    }
  }

  private static long step(String line) {
    return Long.parseLong(line.substring("step ".length()));
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
