package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.engine.Toy.ACCURACY;
import static org.tfmot.gate.engine.Toy.REACHES;
import static org.tfmot.gate.engine.Toy.ZEROS;
import static org.tfmot.gate.engine.Toy.verdict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.run.RunRequest;

/** How the gate goes on, ends and is told about. */
class GateRunTest {

  @TempDir Path folder;
  private Toy toy;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
  }

  @Test
  void run_killedInAnyRun_goesOnWithThatRunAndDecidesTheSame() throws Exception {
    Toy whole = new Toy(folder.resolve("whole"));
    GateResult expected = whole.gate();
    for (int run = 1; run <= expected.newRuns(); run++) {
      toy = new Toy(folder.resolve("killed" + run));
      toy.runner.killedIn = run;
      assertThrows(FakeRunner.Killed.class, () -> toy.gate());
      RunRequest killed = toy.runner.requests.get(run - 1);
      toy.runner = Toy.healthy();
      GateResult result = toy.gate();
      RunRequest first = toy.runner.requests.get(0);
      assertEquals(killed.seed(), first.seed(), "the same seed, run " + run);
      assertEquals(killed.metrics(), first.metrics());
      assertEquals(killed.folder(), first.folder(), "the same number");
      assertTrue(result.released());
      for (ClaimVerdict verdict : result.verdicts()) {
        assertEquals(verdict(expected, verdict.id()).runs(), verdict.runs());
      }
    }
  }

  @Test
  void run_processKilledInARun_goesOn() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HangingGate.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    assertEquals("hanging", process.inputReader().readLine());
    process.destroyForcibly();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals(1, verdict(new Gate(toy.spec()).status(), ACCURACY).interrupted());
    GateResult result = toy.gate();
    assertTrue(result.released());
    Toy whole = new Toy(folder.resolve("whole"));
    assertEquals(verdict(whole.gate(), ACCURACY).runs(), verdict(result, ACCURACY).runs());
  }

  /** A gate that stays in the third run of its training. */
  static final class HangingGate {
    public static void main(String[] args) throws Exception {
      Toy toy = new Toy(Path.of(args[0]));
      int[] runs = {0};
      GateTest test =
          new GateTest(
              Toy.TRAINING,
              Toy.test(Toy.TRAINING, toy.runner, ACCURACY, ZEROS).claimIds(),
              Toy.digest(Toy.TRAINING),
              request -> {
                if (++runs[0] == 3) {
                  System.out.println("hanging");
                  Thread.sleep(60_000);
                }
                return toy.runner.run(request);
              });
      GateSpec spec =
          toy.spec(toy.techniques(), List.of(test, Toy.test(Toy.COMMAND, toy.runner, REACHES)));
      new Gate(spec).run(GateListener.NONE);
    }
  }

  @Test
  void run_timeIsUp_startsNoRunAndGoesOnNextTime() throws Exception {
    toy.options = toy.options.withTimeBudget(Duration.ofMinutes(5));
    GateResult result = new Gate(toy.spec(), minuteByMinute()).run(GateListener.NONE);
    assertTrue(result.newRuns() > 0 && result.newRuns() < 6, "runs: " + result.newRuns());
    assertFalse(result.released());
    ClaimVerdict open =
        result.verdicts().stream()
            .filter(v -> v.state() == ClaimState.INCONCLUSIVE)
            .findFirst()
            .orElseThrow();
    assertTrue(open.sentence().contains("would decide it"), open.sentence());
    assertEquals("mvn -Prelease-gate clean verify", open.command());
    assertTrue(
        result.verdicts().stream().anyMatch(v -> v.state() == ClaimState.MISSING), "not begun");
    toy.options = GateOptions.STANDARD;
    assertTrue(toy.gate().released());
  }

  /** A clock that is a minute later each time that it is looked at. */
  private static Clock minuteByMinute() {
    return new Clock() {
      private Instant now = Instant.EPOCH;

      @Override
      public Instant instant() {
        now = now.plusSeconds(60);
        return now;
      }

      @Override
      public ZoneOffset getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(java.time.ZoneId zone) {
        return this;
      }
    };
  }

  @Test
  void run_failFast_endsAtTheFirstFail() throws Exception {
    toy.runner = Toy.runner(0, 0.02);
    toy.options = toy.options.withFailFast();
    GateResult result = toy.gate();
    assertEquals(ClaimState.FAIL, verdict(result, ZEROS).state());
    int runs = result.newRuns();
    assertEquals(0, toy.gate().newRuns(), "and does not begin again");
    toy.options = GateOptions.STANDARD;
    assertTrue(toy.gate().newRuns() > 0);
    assertEquals(ClaimState.PASS, verdict(toy.gate(), ACCURACY).state());
    assertTrue(runs < 7, "runs: " + runs);
  }

  @Test
  void run_listener_hearsPlanRunsAndResult() throws Exception {
    List<String> heard = new ArrayList<>();
    GateResult result =
        new Gate(toy.spec())
            .run(
                new GateListener() {
                  @Override
                  public void planned(GatePlan plan) {
                    heard.add("planned");
                  }

                  @Override
                  public void started(String test, RunStarted run) {
                    heard.add("started");
                  }

                  @Override
                  public void finished(String test, RunFinished run, List<ClaimVerdict> verdicts) {
                    heard.add("finished");
                    assertEquals(test.equals(Toy.TRAINING) ? 2 : 1, verdicts.size());
                    assertEquals(1, toRecorded(run));
                  }

                  @Override
                  public void ended(GateResult end) {
                    heard.add("ended");
                    assertTrue(end.released());
                  }
                });
    assertEquals(2 + 2 * result.newRuns(), heard.size());
    assertEquals("planned", heard.get(0));
    assertEquals("started", heard.get(1));
    assertEquals("finished", heard.get(2));
    assertEquals("ended", heard.get(heard.size() - 1));
  }

  private long toRecorded(RunFinished run) {
    try {
      return Ledger.read(folder.resolve("ledger.jsonl")).records().stream()
          .filter(run::equals)
          .count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void run_folders_areByTestKeyAndNumber() throws Exception {
    ClaimVerdict accuracy = verdict(toy.gate(), ACCURACY);
    Path run = RunFolders.of(toy.spec().output(), Toy.TRAINING, accuracy.key(), 2);
    assertTrue(Files.exists(RunFolders.curves(run)), run.toString());
    assertTrue(run.toString().contains("org.example.ToyTest_pruned"), run.toString());
  }

  @Test
  void spec_withoutTechnique_isRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> toy.spec(List.of(), List.of()));
    assertTrue(e.getMessage().contains("let anything pass"), e.getMessage());
  }

  @Test
  void options_outOfRange_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> GateOptions.STANDARD.withMaxVoids(-1));
    assertThrows(
        IllegalArgumentException.class,
        () -> GateOptions.STANDARD.withTimeBudget(Duration.ofSeconds(-1)));
  }

  @Test
  void run_interrupted_leavesARunThatIsRepeated() throws Exception {
    GateTest test =
        new GateTest(
            Toy.COMMAND,
            Toy.test(Toy.COMMAND, toy.runner, REACHES).claimIds(),
            Toy.digest(Toy.COMMAND),
            request -> {
              throw new InterruptedException();
            });
    GateSpec spec = toy.spec(toy.techniques(), List.of(test));
    assertThrows(InterruptedException.class, () -> new Gate(spec).run(GateListener.NONE));
    ClaimVerdict reaches = verdict(new Gate(spec).status(), REACHES);
    assertEquals(1, reaches.interrupted());
    assertEquals(0, reaches.voids());
    assertEquals(ClaimState.PASS, verdict(toy.gate(), REACHES).state());
  }

  @Test
  void run_whileAnotherGateRunsOnTheLedger_isRefused_andTheFirstComesToItsEnd() throws Exception {
    List<String> refusals = new ArrayList<>();
    GateResult result =
        new Gate(toy.spec())
            .run(
                new GateListener() {
                  @Override
                  public void finished(String name, RunFinished run, List<ClaimVerdict> verdicts) {
                    refusals.add(
                        String.valueOf(
                            assertThrows(IllegalStateException.class, toy::gate).getMessage()));
                  }
                });
    assertTrue(result.released());
    assertEquals(result.newRuns(), refusals.size(), "the second made no run");
    assertTrue(refusals.get(0).contains("another gate"), refusals.get(0));
    assertTrue(toy.gate().released(), "and can start when the first has ended");
  }

  @Test
  void spec_testTwice_isRefused() {
    GateTest test = Toy.test(Toy.COMMAND, toy.runner, REACHES);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> toy.spec(toy.techniques(), List.of(test, test)));
    assertTrue(e.getMessage().contains(Toy.COMMAND + " is there twice"), e.getMessage());
  }
}
