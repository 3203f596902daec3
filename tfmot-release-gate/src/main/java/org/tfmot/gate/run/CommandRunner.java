package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Carries out any command, in any language, that prints its reports as lines of JSON: {@code
 * {"step":100,"metric":"accuracy","value":0.91}}. What else it prints goes to the run's log.
 *
 * <p>{@code {seed}} and {@code {folder}} in its arguments, and the environment variables {@value
 * #SEED} and {@value #FOLDER}, tell it the run's seed and the empty folder for its files. Exit code
 * 0 is a run that came to its end, {@value MissingDataException#EXIT_CODE} before any report one
 * without its data, which does not count; any other end is a run that diverged. A line that looks
 * like a report and is none makes the run INVALID, which counts with the claim's worst value.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class CommandRunner implements ConvergenceRunner {

  /** The environment variable with the seed. */
  public static final String SEED = "GATE_SEED";

  /** The environment variable with the jars under test and all else that Java tests have. */
  public static final String CLASSPATH = "GATE_CLASSPATH";

  /** The environment variable with the folder. */
  public static final String FOLDER = "GATE_FOLDER";

  private final List<String> command;
  private final Path directory;
  private final Map<String, String> environment;

  /**
   * A runner.
   *
   * @param command the program and its arguments
   * @param directory that it is started in
   * @param environment variables beside those that every run sees
   * @throws IllegalArgumentException if the command is empty
   */
  public CommandRunner(List<String> command, Path directory, Map<String, String> environment) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("the command is empty: name a program");
    }
    this.command = List.copyOf(command);
    this.directory = directory;
    this.environment = Map.copyOf(environment);
  }

  @Override
  public RunResult run(RunRequest request) throws IOException, InterruptedException {
    RunFolder folder = new RunFolder(request.folder());
    String tree = folder.prepare(request);
    String seed = Long.toString(request.seed());
    String output = folder.output().toString();
    ProcessBuilder builder =
        new ProcessBuilder(
                command.stream()
                    .map(word -> word.replace("{seed}", seed).replace("{folder}", output))
                    .toList())
            .directory(directory.toFile());
    RunEnvironment.limit(builder.environment(), environment);
    // A compiled file beside its source would be a file that the next run depends on.
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.environment().put("JAVA_HOME", OwnJava.home().toString());
    builder.environment().put(SEED, seed);
    builder.environment().put(FOLDER, output);
    ChildProcess.Exit exit;
    PrintedReports reports;
    try (BoundedLog log = new BoundedLog(folder.log());
        CurveRecorder recorder = new CurveRecorder(folder.curves())) {
      reports = new PrintedReports(recorder);
      exit = ChildProcess.run(builder, tree, request.timeLimit(), log, reports);
      if (reports.problem == null && !recorder.wrote(folder.curves())) {
        reports.problem = "the command wrote into " + folder.curves().getFileName() + " itself";
      }
    }
    return Ending.of(exit, folder, request, null, reports.problem, false).result(folder, exit);
  }

  /** Records what is a report, until one cannot be counted. */
  private static final class PrintedReports implements OutputPump.Reports {

    private final CurveRecorder recorder;
    private volatile @Nullable String problem;

    PrintedReports(CurveRecorder recorder) {
      this.recorder = recorder;
    }

    @Override
    public boolean take(String line) throws IOException {
      try {
        MetricPoint point = ReportLine.parse(line);
        if (point == null) {
          return false;
        }
        if (problem == null) {
          recorder.add(point);
        }
      } catch (IllegalArgumentException e) {
        problem = problem == null ? Ending.oneLine(e + " in " + line) : problem;
      }
      return true;
    }

    @Override
    public void tooLong(String beginning) {
      String start = beginning.strip();
      if (problem == null && (start.startsWith("{") || ReportLine.looksLikeReport(start))) {
        problem =
            Ending.oneLine(
                "a line of more than %d characters begins like a report: %s"
                    .formatted(start.length(), start.substring(0, Math.min(80, start.length()))));
      }
    }
  }
}
