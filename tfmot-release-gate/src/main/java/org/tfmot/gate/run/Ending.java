package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;

/**
 * Meaning of the end of a process, from what machines wrote alone.
 *
 * <p>A run is VOID, and is repeated with its seed, only where the runner itself saw the machine
 * fail it: the process did not start, the kernel was out of memory, or data were missing before
 * anything was reported. Every other end counts, a signal, a crash and the time limit too: a run
 * that dies when it is bad would else be drawn again until it is good.
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

  /** The exit code of a JVM with -XX:+ExitOnOutOfMemoryError, which runs no hooks. */
  private static final int JVM_OUT_OF_MEMORY = 3;

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
    Curves curves;
    try {
      curves = Curves.read(folder.curves());
    } catch (IllegalArgumentException e) {
      // Somebody else wrote into it.
      return invalid(String.valueOf(e.getMessage()));
    }
    if (invalidReport != null) {
      return invalid(invalidReport);
    }
    Ending ended = ofProcess(exit, folder, request, outcome);
    if (ended == null) {
      boolean silent = curves.metrics().isEmpty();
      ended = isTest ? ofTest(exit, outcome, folder, silent) : ofCommand(exit, silent);
    }
    return ended.status == RunStatus.OK ? ofMetrics(curves, request) : ended;
  }

  /** The result of a run in its folder. */
  RunResult result(RunFolder folder, ChildProcess.Exit exit) throws IOException {
    Path curves = folder.curves();
    boolean any = Files.exists(curves) && Files.size(curves) > 0;
    SortedMap<String, Double> metrics =
        status == RunStatus.INVALID ? new TreeMap<>() : Curves.read(curves).last();
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

  /** Explains why a metric's last value cannot be counted; null if it can. */
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
      ChildProcess.Exit exit, RunFolder folder, RunRequest request, @Nullable Outcome outcome) {
    if (exit.startError() != null) {
      return voided(VoidCause.START_FAILED, exit.startError());
    }
    if (exit.timedOut()) {
      return diverged("still running after %d s".formatted(request.timeLimit().toSeconds()));
    }
    int signal = exit.code() - SIGNALS;
    boolean signalled = signal > 0 && signal <= LAST_SIGNAL;
    if (signal == KILL && exit.outOfMemoryKills() > 0) {
      return voided(VoidCause.OUT_OF_MEMORY, "killed by the kernel, which had no more memory");
    }
    if (Files.exists(folder.crash())) {
      return diverged("the JVM crashed: " + folder.crash());
    }
    boolean exited = outcome != null && outcome.state() == Outcome.State.EXITED;
    return signalled && !exited ? diverged("ended by signal " + signal) : null;
  }

  private static Ending ofTest(
      ChildProcess.Exit exit, @Nullable Outcome outcome, RunFolder folder, boolean silent)
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
      case MISSING_DATA -> missingData(detail, silent);
      case OUT_OF_MEMORY -> diverged(detail);
      case INVALID_REPORT -> invalid(detail);
      case NOT_RUN -> voided(VoidCause.START_FAILED, detail);
      case EXITED -> endedItsJvm(exit);
      case STARTED -> {
        if (exit.code() == ConvergenceMain.CANNOT_WRITE) {
          throw new IOException(
              "the run in %s could not write its files: make room and run it again"
                  .formatted(folder.path()));
        }
        yield exit.code() == JVM_OUT_OF_MEMORY ? diverged("OutOfMemoryError") : endedItsJvm(exit);
      }
    };
  }

  private static Ending endedItsJvm(ChildProcess.Exit exit) {
    return diverged("the test ended the JVM with code %d".formatted(exit.code()));
  }

  private static Ending ofCommand(ChildProcess.Exit exit, boolean silent) {
    if (exit.code() == 0) {
      return OK;
    }
    String detail = "exit code " + exit.code();
    return exit.code() == MissingDataException.EXIT_CODE
        ? missingData(detail, silent)
        : diverged(detail);
  }

  /** Whoever has reported had data: then their lack is a way to be drawn again. */
  private static Ending missingData(String detail, boolean silent) {
    return silent
        ? voided(VoidCause.MISSING_DATA, detail)
        : diverged("data were missing after a report: " + detail);
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
        return diverged("it did not report %s, only %s".formatted(metric, curves.metrics()));
      }
    }
    return OK;
  }

  private static Ending voided(VoidCause cause, String detail) {
    return new Ending(RunStatus.VOID, cause, oneLine(detail));
  }

  private static Ending diverged(String detail) {
    return new Ending(RunStatus.DIVERGED, null, oneLine(detail));
  }

  private static Ending invalid(String detail) {
    return new Ending(RunStatus.INVALID, null, oneLine("invalid report: " + detail));
  }
}
