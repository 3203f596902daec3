package org.tfmot.gate.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs one process to its end, or to the time limit. */
final class ChildProcess {

  /**
   * End of the process.
   *
   * @param startError why it did not start; null if it did
   * @param code its exit code; 128 and the signal's number if a signal ended it
   * @param timedOut whether it was stopped at the time limit
   * @param outOfMemoryKills by how much the kernel's count of such kills went up
   */
  record Exit(
      @Nullable String startError,
      int code,
      boolean timedOut,
      long outOfMemoryKills,
      double seconds,
      OptionalLong peakMemory) {}

  private static final long FIRST_LOOK_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 2000;
  private static final long LAST_OUTPUT_MILLIS = 5000;
  private static final Path KERNEL_COUNTS = Path.of("/proc/vmstat");
  private static final String KILLS = "oom_kill ";

  private ChildProcess() {}

  /**
   * Runs a process.
   *
   * @param cookie of its tree, see {@link ProcessTree}
   * @throws IOException if its output cannot be written
   */
  static Exit run(
      ProcessBuilder builder,
      String cookie,
      Duration limit,
      BoundedLog log,
      OutputPump.Reports reports)
      throws IOException, InterruptedException {
    builder.environment().put(ProcessTree.COOKIE, cookie);
    long killsBefore = outOfMemoryKills();
    long start = System.nanoTime();
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Exit(
          Ending.oneLine(String.valueOf(e.getMessage())), 0, false, 0, 0, OptionalLong.empty());
    }
    ProcessTree tree = new ProcessTree(process.toHandle(), cookie);
    Thread hook = new Thread(tree::kill, "gate-stop-run");
    OutputPump out = new OutputPump(process.getInputStream(), log, reports);
    OutputPump err = new OutputPump(process.getErrorStream(), log, OutputPump.Reports.NONE);
    Thread outThread = start(out);
    Thread errThread = start(err);
    Exit exit;
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      process.getOutputStream().close();
      Watch watch = new Watch(process, tree);
      boolean ended = watch.await(start + limit.toNanos());
      double seconds = (System.nanoTime() - start) / 1e9;
      tree.kill();
      int code = process.waitFor();
      exit =
          new Exit(null, code, !ended, outOfMemoryKills() - killsBefore, seconds, watch.peakMemory);
    } finally {
      tree.kill();
      join(outThread, process);
      join(errThread, process);
      removeHook(hook);
    }
    requireWritten(out.failure());
    requireWritten(err.failure());
    return exit;
  }

  private static void requireWritten(@Nullable IOException failure) throws IOException {
    if (failure != null) {
      throw new IOException(
          "the output of the run cannot be written: %s; make room and run it again"
              .formatted(failure.getMessage()),
          failure);
    }
  }

  /** Waits, and looks at the memory now and then: rarely, for looking costs time too. */
  private static final class Watch {

    private final Process process;
    private final ProcessTree tree;
    private OptionalLong peakMemory = OptionalLong.empty();

    Watch(Process process, ProcessTree tree) {
      this.process = process;
      this.tree = tree;
    }

    /** False if the deadline came first. */
    boolean await(long deadline) throws InterruptedException {
      long pause = TimeUnit.MILLISECONDS.toNanos(FIRST_LOOK_MILLIS);
      while (true) {
        long left = deadline - System.nanoTime();
        if (process.waitFor(Math.min(left, pause), TimeUnit.NANOSECONDS)) {
          return true;
        }
        if (deadline - System.nanoTime() <= 0) {
          return false;
        }
        OptionalLong now = tree.peakMemory();
        if (now.isPresent() && now.getAsLong() > peakMemory.orElse(0)) {
          peakMemory = now;
        }
        pause = Math.min(2 * pause, TimeUnit.MILLISECONDS.toNanos(LONGEST_PAUSE_MILLIS));
      }
    }
  }

  private static Thread start(OutputPump pump) {
    Thread thread = new Thread(pump, "gate-run-output");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void join(Thread pump, Process process) {
    boolean interrupted = Thread.interrupted();
    try {
      pump.join(LAST_OUTPUT_MILLIS);
      if (pump.isAlive()) {
        // Somebody still holds the other end of the pipe.
        process.getInputStream().close();
        process.getErrorStream().close();
        pump.join(LAST_OUTPUT_MILLIS);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } catch (IOException e) {
      pump.interrupt();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This JVM is shutting down: the hook runs or has run.
      hook.setPriority(Thread.NORM_PRIORITY);
    }
  }

  private static long outOfMemoryKills() {
    try {
      for (String line : Files.readAllLines(KERNEL_COUNTS)) {
        if (line.startsWith(KILLS)) {
          return Long.parseLong(line.substring(KILLS.length()).strip());
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }
}
