package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(value = OS.LINUX, disabledReason = "sh, setsid and /proc are needed")
class ChildProcessTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir Path folder;

  @Test
  void processThatEnds_hasItsCode_andNoInput() throws Exception {
    ChildProcess.Exit exit = run("cat; exit 5", MINUTE);
    assertNull(exit.startError());
    assertEquals(5, exit.code());
    assertFalse(exit.timedOut());
  }

  @Test
  void childThatDetachedItself_isEndedWithItsParent() throws Exception {
    ChildProcess.Exit exit =
        run("setsid sleep 600 & echo $! > pid; while [ ! -s pid ]; do :; done", MINUTE);
    assertEquals(0, exit.code());
    assertTrue(TestJvms.soon(() -> isGone("pid")));
  }

  /** Such a child has no cookie and, once its parent has ended, no parent: it has to be known. */
  @Test
  void childThatClearedItsEnvironment_isEndedAtTheTimeLimit() throws Exception {
    ChildProcess.Exit exit =
        run(
            "(env -i setsid sleep 600 & echo $! > pid; sleep 1); exec sleep 600",
            Duration.ofSeconds(3));
    assertTrue(exit.timedOut());
    assertTrue(TestJvms.soon(() -> isGone("pid")));
  }

  @Test
  void grandchildThatIgnoresRequestsToEnd_isEndedAtTheTimeLimit() throws Exception {
    ChildProcess.Exit exit =
        run(
            "trap '' TERM INT HUP; sh -c 'echo $$ > pid; while :; do sleep 1; done' & wait",
            Duration.ofSeconds(1));
    assertTrue(exit.timedOut());
    assertTrue(exit.seconds() >= 1 && exit.seconds() < 10, "took " + exit.seconds());
    assertTrue(TestJvms.soon(() -> isGone("pid")));
  }

  @Test
  void interruption_endsTheProcess() throws Exception {
    FutureTask<ChildProcess.Exit> task =
        new FutureTask<>(() -> run("echo $$ > pid; exec sleep 600", MINUTE));
    Thread thread = new Thread(task);
    thread.start();
    ProcessHandle process = TestJvms.processIn(folder.resolve("pid"));
    thread.interrupt();
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> task.get(30, TimeUnit.SECONDS));
    assertEquals(InterruptedException.class, e.getCause().getClass());
    assertTrue(TestJvms.soon(() -> TestJvms.isGone(process)));
  }

  @Test
  void diskThatIsFull_isNoFaultOfTheRun() {
    IOException e =
        assertThrows(
            IOException.class,
            () -> {
              try (BoundedLog log = new BoundedLog(Path.of("/dev/full"))) {
                run(
                    "i=0; while [ $i -lt 20000 ]; do echo line $i || exit 9; i=$((i+1)); done; "
                        + "echo end > end",
                    MINUTE,
                    log);
              }
            });
    assertTrue(String.valueOf(e.getMessage()).contains("make room"), e.getMessage());
    assertTrue(Files.exists(folder.resolve("end")), "it was held up by a log that is full");
  }

  @Test
  void peakMemory_isThatOfTheWholeTree() throws Exception {
    // Two children hold 30 MB each; the shell itself a tenth of that, and looks are 2 s apart.
    String holder = "(x=$(head -c 30000000 /dev/zero | tr '\\0' x); : > %s; sleep 60; :) & ";
    ChildProcess.Exit exit =
        run(
            holder.formatted("a")
                + holder.formatted("b")
                + "while [ ! -e a ] || [ ! -e b ]; do sleep 0.1; done; sleep 2.5",
            MINUTE);
    long peak = exit.peakMemory().orElse(0);
    assertTrue(peak > 60_000_000, "only " + peak);
  }

  @Test
  void manyRunsAtOnce_doNotDisturbEachOther() {
    CompletableFuture<?>[] runs = new CompletableFuture<?>[8];
    for (int i = 0; i < runs.length; i++) {
      int code = i;
      runs[i] =
          CompletableFuture.runAsync(
              () -> {
                try (BoundedLog log = new BoundedLog(folder.resolve("log" + code))) {
                  assertEquals(code, run("sleep 0.2; exit " + code, MINUTE, log).code());
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
    }
    CompletableFuture.allOf(runs).join();
  }

  private boolean isGone(String file) {
    try {
      return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve(file)).strip()))
          .map(TestJvms::isGone)
          .orElse(true);
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  private ChildProcess.Exit run(String script, Duration limit)
      throws IOException, InterruptedException {
    try (BoundedLog log = new BoundedLog(folder.resolve("log"))) {
      return run(script, limit, log);
    }
  }

  private ChildProcess.Exit run(String script, Duration limit, BoundedLog log)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", script).directory(folder.toFile());
    return ChildProcess.run(
        builder, UUID.randomUUID().toString(), limit, log, OutputPump.Reports.NONE);
  }
}
