package org.tfmot.gate.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.ledger.RunStatus;

/** A gate that is killed leaves nothing that could disturb the next one. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "orphans are found by /proc")
class KilledGateTest {

  @TempDir Path folder;

  @Test
  void kill9OfTheGate_endsItsRun_andTheNextAttemptEndsWhatTheRunHadStarted() throws Exception {
    Path run = folder.resolve("run");
    Process gate = gate(SampleConvergence.class, "waits").start();
    ProcessHandle child = TestJvms.processIn(run.resolve("output/child"));
    ProcessHandle test = child.parent().orElseThrow();
    assertFalse(TestJvms.isGone(test));

    gate.destroyForcibly().waitFor();
    assertTrue(TestJvms.soon(() -> TestJvms.isGone(test)), "the run outlived its gate");
    assertFalse(TestJvms.isGone(child), "else this test would show nothing");

    RunRequest again =
        new RunRequest("true", 1, run, new TreeSet<>(List.of("loss")), Duration.ofSeconds(10));
    new CommandRunner(List.of("true"), folder, Map.of()).run(again);
    assertTrue(TestJvms.soon(() -> TestJvms.isGone(child)));
    assertFalse(Files.exists(run.resolve("output/child")));
  }

  @Test
  void optionsInTheEnvironment_reachTheGate_butNotItsRuns() throws Exception {
    ProcessBuilder builder = gate(SampleEndings.class, "tellsItsOptions");
    builder.environment().put("JAVA_TOOL_OPTIONS", "-Dgate.sneaked=yes");
    Process gate = builder.start();
    assertTrue(gate.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, gate.exitValue());
    String log = Files.readString(folder.resolve("gate.log"));
    assertTrue(log.contains("Picked up JAVA_TOOL_OPTIONS"), log);
    assertTrue(log.contains(RunStatus.OK.name()), log);
    // The launcher tells of the gate's own options, which log the loaded classes, before that.
    String run = Files.readString(folder.resolve("run/run.log"));
    assertTrue(run.endsWith("sneaked in: null\n"), run);
    assertFalse(run.contains("gate.sneaked"), run);
  }

  private ProcessBuilder gate(Class<?> type, String method) throws IOException {
    return JavaCommand.of(
            JavaCommand.OWN,
            List.of(
                "-Xmx64m",
                "-cp",
                JavaCommand.classPath(TestJvms.classPath()),
                GateStandIn.class.getName(),
                type.getName(),
                method,
                folder.resolve("run").toString()),
            folder.resolve("gate.args"),
            Map.of())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("gate.log").toFile());
  }
}
