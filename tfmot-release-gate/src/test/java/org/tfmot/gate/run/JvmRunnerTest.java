package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.RunStatus;

class JvmRunnerTest {

  @TempDir Path folder;

  @Test
  void test_reportsToTheGate_underItsSeed() throws Exception {
    RunResult result = run("reports", 42, Duration.ofMinutes(1));
    assertEquals(RunStatus.OK, result.status(), String.valueOf(result.cause()));
    assertEquals(0.75 + 0.042, result.metrics().get("accuracy"));
    assertEquals(3, result.curves().of("accuracy").size());
    assertEquals(Digest.of(result.curvesFile()), result.curvesDigest());
    assertEquals("42", Files.readString(folder.resolve("run/output/seed.txt")));
    assertTrue(Files.readString(result.logFile()).contains("to the log"));
    assertTrue(result.seconds() > 0);
  }

  @Test
  void sameSeed_givesTheSameCurves_andAnotherOthers() throws Exception {
    Digest first = run("reports", 1, Duration.ofMinutes(1)).curvesDigest();
    assertEquals(first, run("reports", 1, Duration.ofMinutes(1)).curvesDigest());
    assertNotEquals(first, run("reports", 2, Duration.ofMinutes(1)).curvesDigest());
  }

  @ParameterizedTest
  @CsvSource({
    "fails, the loss went up",
    "reportsNaN, accuracy is NaN at step 2",
    "halts, ended the JVM with code 0",
    "reportsNothing, it did not report accuracy",
    "fillsTheHeap, OutOfMemoryError"
  })
  void runThatFailsItself_counts(String test, String detail) throws Exception {
    RunResult result = run(test, 1, Duration.ofMinutes(1));
    assertEquals(RunStatus.DIVERGED, result.status());
    assertTrue(String.valueOf(result.cause()).contains(detail), result.cause());
  }

  @Test
  void reportThatIsNone_makesTheRunInvalid() throws Exception {
    RunResult result = run("goesBack", 1, Duration.ofMinutes(1));
    assertEquals(RunStatus.INVALID, result.status(), String.valueOf(result.cause()));
  }

  @ParameterizedTest
  @CsvSource({"lacksData, MISSING_DATA", "isDisabled, START_FAILED", "doesNotExist, START_FAILED"})
  void runThatTheMachineFailed_isVoid(String test, VoidCause cause) throws Exception {
    RunResult result = run(test, 1, Duration.ofMinutes(1));
    assertEquals(RunStatus.VOID, result.status());
    assertEquals(cause, result.voidCause(), String.valueOf(result.cause()));
  }

  @Test
  void runOverItsTime_isEnded_withItsChildren() throws Exception {
    RunResult result = run("waits", 1, Duration.ofSeconds(12));
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
    assertGone(Long.parseLong(Files.readString(folder.resolve("run/output/child"))));
  }

  @Test
  void killFromOutside_counts() throws Exception {
    CompletableFuture<RunResult> running =
        CompletableFuture.supplyAsync(() -> uncheckedRun("waits"));
    Path child = folder.resolve("run/output/child");
    for (int i = 0; i < 300 && !Files.exists(child); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    ProcessHandle test =
        ProcessHandle.current().children().filter(JvmRunnerTest::isRun).findFirst().orElseThrow();
    assertTrue(test.destroyForcibly());
    RunResult result = running.get(30, TimeUnit.SECONDS);
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
  }

  @Test
  void strangeFolder_isNotEmptied() throws IOException {
    Path precious = folder.resolve("run/thesis.txt");
    Files.createDirectories(precious.getParent());
    Files.writeString(precious, "years of work");
    assertThrows(IllegalArgumentException.class, () -> run("reports", 1, Duration.ofMinutes(1)));
    assertTrue(Files.exists(precious));
  }

  @Test
  void classPathThatIsNotBuilt_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new JvmRunner(List.of(folder.resolve("missing.jar")), List.of()));
    assertTrue(String.valueOf(e.getMessage()).contains("missing.jar"), e.getMessage());
  }

  private static boolean isRun(ProcessHandle process) {
    String line = process.info().commandLine().orElse("");
    return line.contains("java.args");
  }

  private static void assertGone(long pid) throws InterruptedException {
    for (int i = 0;
        i < 50 && ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
  }

  private RunResult uncheckedRun(String test) {
    try {
      return run(test, 1, Duration.ofMinutes(1));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private RunResult run(String test, long seed, Duration limit)
      throws IOException, InterruptedException {
    List<Path> classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    TreeSet<String> metrics = new TreeSet<>(List.of("accuracy"));
    return new JvmRunner(classPath, List.of("-Xmx64m"))
        .run(
            new RunRequest(
                SampleConvergence.class.getName() + "#" + test,
                seed,
                folder.resolve("run"),
                metrics,
                limit));
  }
}
