package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.RunStatus;

/** JVMs that really end in these ways. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no signals")
class JvmEndingTest {

  @TempDir Path folder;

  /** 3 is what a full heap ends with, 137 is what a kill looks like. */
  @ParameterizedTest
  @ValueSource(longs = {3, 137})
  void exitOfTheTestsOwn_counts_whateverItsCodeLooksLike(long code) throws Exception {
    RunResult result = run("exitsWithItsSeed", code);
    assertEquals(RunStatus.DIVERGED, result.status());
    assertEquals("the test ended the JVM with code " + code, result.cause());
  }

  @ParameterizedTest
  @ValueSource(longs = {9, 15, 11})
  void signal_counts(long signal) throws Exception {
    RunResult result = run("sendsItselfASignal", signal);
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
    assertEquals(
        signal == 11, Files.exists(folder.resolve("run 100%p/hs_err.log")), "the crash file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fillsTheHeapInAnotherThread", "wantsTooMuchDirectMemory"})
  void memoryThatTheTestFilled_counts(String test) throws Exception {
    assertEquals(RunStatus.DIVERGED, run(test, 1).status());
  }

  @Test
  void crashFileOfAFullHeap_counts() throws Exception {
    RunResult result = run("fillsTheHeapInAnotherThread", 1, "-XX:+CrashOnOutOfMemoryError");
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
    assertTrue(Files.exists(folder.resolve("run 100%p/hs_err.log")));
  }

  @Test
  void assumptionThatDoesNotHold_isVoid_andSaysWhich() throws Exception {
    RunResult result = run("assumesAGpu", 1);
    assertEquals(VoidCause.START_FAILED, result.voidCause());
    assertTrue(String.valueOf(result.cause()).contains("no GPU"), result.cause());
  }

  @Test
  void curvesThatSomebodyElseWrote_countAsTheWorst() throws Exception {
    RunResult result = run("spoilsItsCurves", 1);
    assertEquals(RunStatus.INVALID, result.status(), String.valueOf(result.cause()));
    assertTrue(String.valueOf(result.cause()).contains("line 1"), result.cause());
    assertTrue(result.metrics().isEmpty());
  }

  @Test
  void floodOfOutput_onBothStreams_andAThreadLeftBehind_doNotHoldTheRun() throws Exception {
    RunResult result = run("printsAGreatDeal", 1);
    assertEquals(RunStatus.OK, result.status(), String.valueOf(result.cause()));
    assertTrue(Files.size(result.logFile()) < BoundedLog.HEAD + BoundedLog.TAIL + 100);
  }

  @Test
  void javaThatDoesNotExist_isVoid() throws Exception {
    RunResult result =
        new JvmRunner(folder.resolve("no-jdk/bin/java"), TestJvms.classPath(), List.of(), Map.of())
            .run(request("exitsWithItsSeed", 1));
    assertEquals(VoidCause.START_FAILED, result.voidCause());
    assertTrue(String.valueOf(result.cause()).contains("no-jdk"), result.cause());
  }

  @Test
  void optionThatTheJvmDoesNotKnow_isVoid() throws Exception {
    assertEquals(VoidCause.START_FAILED, run("exitsWithItsSeed", 1, "-XX:Nonsense").voidCause());
  }

  @Test
  void curvesThatCannotBeWritten_areNoResult() throws Exception {
    RunFolder files = new RunFolder(folder.resolve("full"));
    RunRequest request = request("exitsWithItsSeed", 0);
    String tree = files.prepare(request);
    Json.write(
        files.order(),
        new RunFolder.Order(
            request.test(), 0, files.output(), Path.of("/dev/full"), files.outcome(), tree));
    List<String> arguments =
        List.of(
            "-cp",
            JavaCommand.classPath(TestJvms.classPath()),
            ConvergenceMain.class.getName(),
            files.order().toString());
    ChildProcess.Exit exit;
    try (BoundedLog log = new BoundedLog(files.log())) {
      exit =
          ChildProcess.run(
              JavaCommand.of(JavaCommand.OWN, arguments, files.arguments(), Map.of()),
              tree,
              Duration.ofMinutes(1),
              log,
              OutputPump.Reports.NONE);
    }
    assertEquals(ConvergenceMain.CANNOT_WRITE, exit.code());
    Outcome outcome = Outcome.read(files.outcome());
    IOException e =
        assertThrows(IOException.class, () -> Ending.of(exit, files, request, outcome, null, true));
    assertTrue(String.valueOf(e.getMessage()).contains("make room"), e.getMessage());
  }

  private RunResult run(String test, long seed, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("-Xmx48m"));
    all.addAll(List.of(options));
    return new JvmRunner(TestJvms.classPath(), all).run(request(test, seed));
  }

  private RunRequest request(String test, long seed) {
    return TestJvms.request(
        SampleEndings.class, test, seed, folder.resolve("run 100%p"), Duration.ofMinutes(1));
  }
}
