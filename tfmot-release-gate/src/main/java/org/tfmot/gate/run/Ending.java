package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;

/**
 * How a process that has ended counts, read from what machines wrote alone.
 *
 * @param status whether and how it counts
 * @param voidCause why it does not count; null unless VOID
 * @param detail what happened; null if OK
 */
record Ending(RunStatus status, @Nullable VoidCause voidCause, @Nullable String detail) {

  private static final Ending OK = new Ending(RunStatus.OK, null, null);

  private static final int SIGNALS = 128;
  private static final int KILL = 9;
  private static final int LAST_SIGNAL = 64;

  /** ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS: what a broken program is sent. */
  private static final Set<Integer> CRASHES = Set.of(4, 5, 6, 7, 8, 11, 31);

  /** HUP, INT, TERM: at them a JVM runs its hooks and exits by itself, with the signal's code. */
  private static final Set<Integer> REQUESTS = Set.of(1, 2, 15);

  /** The exit code of a JVM with -XX:+ExitOnOutOfMemoryError, which runs no hooks. */
  private static final int JVM_OUT_OF_MEMORY = 3;

  /** In a crash file: no more native memory, and a full heap under -XX:+CrashOnOutOfMemoryError. */
  private static final List<String> OUT_OF_MEMORY_MARKS =
      List.of("Out of Memory Error", "insufficient memory", "OutOfMemory encountered");

  private static final int LONGEST_DETAIL = 300;

  /**
   * Reads how a run ended.
   *
   * @param outcome the marker of a test's process; null for a command, which writes none
   * @param invalidReport what was wrong with a report of a command; null if nothing was
   * @throws IOException if the files of the run could not be written
   */
  static Ending of(
      ChildProcess.Exit exit,
      RunFolder folder,
      RunRequest request,
      @Nullable Outcome outcome,
      @Nullable String invalidReport,
      boolean isTest)
      throws IOException {
    Ending ended = ofProcess(exit, folder, request, outcome);
    if (ended == null && invalidReport != null) {
      ended = voided(VoidCause.INVALID_REPORT, invalidReport);
    }
    if (ended == null) {
      ended = isTest ? ofTest(exit, outcome, folder) : ofCommand(exit);
    }
    Curves curves;
    try {
      curves = Curves.read(folder.curves());
    } catch (IllegalArgumentException e) {
      // Somebody else wrote into it.
      return voided(VoidCause.INVALID_REPORT, String.valueOf(e.getMessage()));
    }
    return ended.status == RunStatus.OK ? ofMetrics(curves, request) : ended;
  }

  /** The result of a run in its folder. */
  RunResult result(RunFolder folder, ChildProcess.Exit exit) throws IOException {
    Path curves = folder.curves();
    boolean any = Files.exists(curves) && Files.size(curves) > 0;
    SortedMap<String, Double> metrics =
        voidCause == VoidCause.INVALID_REPORT ? new TreeMap<>() : Curves.read(curves).last();
    return new RunResult(
        status,
        voidCause,
        detail,
        metrics,
        curves,
        any ? Digest.of(curves) : null,
        folder.log(),
        exit.seconds(),
        exit.peakMemory());
  }

  /** Why a metric's last value cannot be counted; null if it can. */
  static @Nullable String notFinite(Curves curves, String metric) {
    List<MetricPoint> points = curves.of(metric);
    if (points.isEmpty()) {
      return null;
    }
    MetricPoint last = points.get(points.size() - 1);
    return Double.isFinite(last.value())
        ? null
        : "%s is %s at step %d".formatted(metric, last.value(), last.step());
  }

  /** A message in one line of bounded length. */
  static String oneLine(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "...";
  }

  private static @Nullable Ending ofProcess(
      ChildProcess.Exit exit, RunFolder folder, RunRequest request, @Nullable Outcome outcome)
      throws IOException {
    if (exit.startError() != null) {
      return voided(VoidCause.START_FAILED, exit.startError());
    }
    if (exit.timedOut()) {
      return voided(
          VoidCause.TIMEOUT, "still running after %d s".formatted(request.timeLimit().toSeconds()));
    }
    if (Files.exists(folder.crash())) {
      String head = head(folder.crash());
      return OUT_OF_MEMORY_MARKS.stream().anyMatch(head::contains)
          ? voided(VoidCause.OUT_OF_MEMORY, "the JVM was given no more memory: " + folder.crash())
          : voided(VoidCause.NATIVE_CRASH, "the JVM crashed: " + folder.crash());
    }
    int signal = exit.code() - SIGNALS;
    if (signal <= 0 || signal > LAST_SIGNAL) {
      return null;
    }
    if (outcome != null && outcome.state() == Outcome.State.EXITED && !REQUESTS.contains(signal)) {
      return null;
    }
    if (signal == KILL && exit.outOfMemoryKills() > 0) {
      return voided(VoidCause.OUT_OF_MEMORY, "killed by the kernel, which had no more memory");
    }
    return CRASHES.contains(signal)
        ? voided(VoidCause.NATIVE_CRASH, "ended by signal " + signal)
        : voided(VoidCause.KILLED, "ended by signal " + signal);
  }

  private static Ending ofTest(ChildProcess.Exit exit, @Nullable Outcome outcome, RunFolder folder)
      throws IOException {
    if (outcome == null) {
      return voided(
          VoidCause.START_FAILED,
          "the JVM ended with code %d before the test".formatted(exit.code()));
    }
    String detail = outcome.detail() == null ? "" : outcome.detail();
    return switch (outcome.state()) {
      case FINISHED -> OK;
      case FAILED -> new Ending(RunStatus.DIVERGED, null, detail);
      case MISSING_DATA -> voided(VoidCause.MISSING_DATA, detail);
      case OUT_OF_MEMORY -> voided(VoidCause.OUT_OF_MEMORY, detail);
      case INVALID_REPORT -> voided(VoidCause.INVALID_REPORT, detail);
      case NOT_RUN -> voided(VoidCause.START_FAILED, detail);
      case EXITED -> endedItsJvm(exit);
      case STARTED -> {
        if (exit.code() == ConvergenceMain.CANNOT_WRITE) {
          throw new IOException(
              "the run in %s could not write its files: make room and run it again"
                  .formatted(folder.path()));
        }
        yield exit.code() == JVM_OUT_OF_MEMORY
            ? voided(VoidCause.OUT_OF_MEMORY, "OutOfMemoryError")
            : endedItsJvm(exit);
      }
    };
  }

  private static Ending endedItsJvm(ChildProcess.Exit exit) {
    return new Ending(
        RunStatus.DIVERGED, null, "the test ended the JVM with code %d".formatted(exit.code()));
  }

  private static Ending ofCommand(ChildProcess.Exit exit) {
    if (exit.code() == 0) {
      return OK;
    }
    return exit.code() == MissingDataException.EXIT_CODE
        ? voided(VoidCause.MISSING_DATA, "exit code " + exit.code())
        : new Ending(RunStatus.DIVERGED, null, "exit code " + exit.code());
  }

  private static Ending ofMetrics(Curves curves, RunRequest request) {
    // A diverged run must count, also if it has then not come to report the rest.
    for (String metric : request.metrics()) {
      String problem = notFinite(curves, metric);
      if (problem != null) {
        return new Ending(RunStatus.DIVERGED, null, problem);
      }
    }
    for (String metric : request.metrics()) {
      if (curves.of(metric).isEmpty()) {
        return voided(
            VoidCause.NO_METRIC,
            "it did not report %s, only %s".formatted(metric, curves.metrics()));
      }
    }
    return OK;
  }

  private static Ending voided(VoidCause cause, String detail) {
    return new Ending(RunStatus.VOID, cause, oneLine(detail));
  }

  private static String head(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return new String(bytes, 0, Math.min(bytes.length, 4096), StandardCharsets.ISO_8859_1);
  }
}
