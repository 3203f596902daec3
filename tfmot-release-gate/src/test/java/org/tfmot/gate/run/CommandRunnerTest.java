package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tfmot.gate.ledger.RunStatus;

class CommandRunnerTest {

  private static final String REPORT =
      "printf '{\"step\":1,\"metric\":\"loss\",\"value\":0.%s}\\n' ";

  @TempDir Path folder;

  @Test
  void reports_areTakenFromTheOutput_theRestGoesToTheLog() throws Exception {
    RunResult result =
        sh(
            "echo training; "
                + REPORT.formatted("25")
                + "; echo '{\"other\": 1}'; pwd > $GATE_FOLDER/x");
    assertEquals(RunStatus.OK, result.status(), String.valueOf(result.cause()));
    assertEquals(Map.of("loss", 0.25), result.metrics());
    assertEquals("training\n{\"other\": 1}\n", Files.readString(result.logFile()));
    assertTrue(Files.exists(folder.resolve("run/output/x")));
  }

  @Test
  void seedAndFolder_areToldByPlaceholderAndEnvironment() throws Exception {
    RunResult result =
        sh(
            "[ {seed} = $GATE_SEED ] && [ {folder} = $GATE_FOLDER ] && "
                + "printf '{\"step\":1,\"metric\":\"loss\",\"value\":0.%s}\\n' $GATE_SEED");
    assertEquals(0.7, result.metrics().get("loss"), String.valueOf(result.cause()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit 0", "kill -9 $$", "kill -11 $$", "sleep 60"})
  void runThatDoesNotComeToItsEnd_counts(String script) throws Exception {
    RunResult result = sh(script);
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
  }

  @Test
  void dataThatAreMissing_areVoid_beforeAReportOnly() throws Exception {
    assertEquals(VoidCause.MISSING_DATA, sh("exit 66").voidCause());
    assertEquals(RunStatus.DIVERGED, sh(REPORT.formatted("5") + "; exit 66").status());
  }

  @Test
  void exitCode_thatIsNotZero_isADivergedRun() throws Exception {
    RunResult result = sh(REPORT.formatted("5") + "; exit 1");
    assertEquals(RunStatus.DIVERGED, result.status());
    assertEquals("exit code 1", result.cause());
  }

  @Test
  void reportThatCannotBeCounted_isInvalid_andSaysWhy() throws Exception {
    RunResult result =
        sh("echo '{\"step\":\"one\",\"metric\":\"loss\",\"value\":0.5}'; " + REPORT.formatted("5"));
    assertEquals(RunStatus.INVALID, result.status());
    assertTrue(String.valueOf(result.cause()).contains("step"), result.cause());
  }

  /** After a good value, each of these would else leave that standing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"step\":2,\"metric\":\"loss\",\"value\":nan}",
        "{\"step\":2,\"metric\":\"loss\",\"value\":0,95}",
        "{\"step\":2,\"metric\":\"loss\",\"value\":0.95} done",
        "epoch 1 {\"step\":2,\"metric\":\"loss\",\"value\":0.95}",
        "{\"step\":2,\"metric\":\"loss\"}",
        "{\"step\":2,\"step\":3,\"metric\":\"loss\",\"value\":0.95}",
        "{step: 2, metric: loss, value: 0.95}",
        "50 %\r{\"step\":2,\"metric\":\"loss\",\"value\":0.95}",
        "\ufeff{\"step\":2,\"metric\":\"loss\",\"value\":0.95}"
      })
  void lineThatLooksLikeAReport_andIsNone_makesTheRunInvalid(String line) throws Exception {
    Path file = folder.resolve("lines");
    Files.writeString(file, line + "\n");
    RunResult result = sh(REPORT.formatted("5") + "; cat " + file);
    assertEquals(RunStatus.INVALID, result.status(), String.valueOf(result.cause()));
    assertTrue(result.metrics().isEmpty());
  }

  @Test
  void lineLongerThanAnyReport_thatBeginsLikeOne_makesTheRunInvalid() throws Exception {
    RunResult result =
        sh(
            REPORT.formatted("5")
                + "; printf '{\"step\":2,'; head -c 40000 /dev/zero | tr '\\0' ' ';"
                + " echo '\"metric\":\"loss\",\"value\":0.95}'");
    assertEquals(RunStatus.INVALID, result.status(), String.valueOf(result.cause()));
  }

  @Test
  void commandThatWritesTheCurvesItself_isInvalid() throws Exception {
    RunResult result =
        sh(REPORT.formatted("5") + "; printf '%0999d' 0 >> \"$GATE_FOLDER/../curves.jsonl\"");
    assertEquals(RunStatus.INVALID, result.status(), String.valueOf(result.cause()));
    assertTrue(String.valueOf(result.cause()).contains("itself"), result.cause());
  }

  @Test
  void bareNaN_isADivergedRun() throws Exception {
    RunResult result = sh("echo '{\"step\":1,\"metric\":\"loss\",\"value\":NaN}'");
    assertEquals(RunStatus.DIVERGED, result.status(), String.valueOf(result.cause()));
  }

  @Test
  void floodOfOutput_endsAndIsCut() throws Exception {
    RunResult result =
        sh("head -c 30000000 /dev/zero | tr '\\0' 'x'; echo; " + REPORT.formatted("5"));
    assertEquals(RunStatus.OK, result.status(), String.valueOf(result.cause()));
    assertTrue(Files.size(result.logFile()) < 6_000_000);
  }

  @Test
  void programThatDoesNotExist_isVoid() throws Exception {
    RunResult result = run(List.of("no-such-program-at-all"));
    assertEquals(VoidCause.START_FAILED, result.voidCause());
    assertTrue(String.valueOf(result.cause()).contains("no-such-program-at-all"), result.cause());
  }

  @Test
  void emptyCommand_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new CommandRunner(List.of(), folder, Map.of()));
  }

  private RunResult sh(String script) throws IOException, InterruptedException {
    return run(List.of("sh", "-c", script));
  }

  private RunResult run(List<String> command) throws IOException, InterruptedException {
    return new CommandRunner(command, folder, Map.of())
        .run(
            new RunRequest(
                "train",
                7,
                folder.resolve("run"),
                new TreeSet<>(List.of("loss")),
                Duration.ofSeconds(3)));
  }
}
