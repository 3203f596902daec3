package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.gate.engine.Toy.ACCURACY;
import static org.tfmot.gate.engine.Toy.REACHES;
import static org.tfmot.gate.engine.Toy.ZEROS;
import static org.tfmot.gate.engine.Toy.verdict;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.run.RunRequest;
import org.tfmot.gate.run.VoidCause;

/** What the gate decides, with a scripted training as the oracle. */
class GateVerdictTest {

  @TempDir Path folder;
  private Toy toy;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
  }

  @Test
  void run_healthyTechnique_releasesIt() throws Exception {
    GateResult result = toy.gate();
    assertTrue(result.released(), () -> result.problems().toString());
    assertEquals(List.of(), result.problems());
    assertEquals(3, result.counts().get(ClaimState.PASS));
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(0.05 / 3, accuracy.beta());
    assertTrue(accuracy.evidence().value() >= 20);
    assertEquals(15 / 13.0 * 1.05 / 0.05, accuracy.evidence().upper(), 1e-9);
    assertEquals(0.05 / 3 / 2, accuracy.evidence().lower(), 1e-12);
    assertTrue(accuracy.interval().low() > -0.01 && accuracy.interval().high() < 0.01);
    assertTrue(accuracy.sentence().contains("holds"), accuracy.sentence());
    assertTrue(accuracy.sentence().contains("ada"), accuracy.sentence());
    ClaimVerdict reaches = verdict(result, REACHES);
    assertEquals(1, reaches.estimate());
    // Each success is worth .95/.5; the fifth takes the evidence to 24.76, over 24.2.
    assertEquals(5, reaches.runs().size());
    assertEquals(Math.pow(1.9, 5), reaches.evidence().value(), 1e-9);
  }

  @Test
  void run_claimsOfOneTest_shareItsRunsAndADecidedOneTakesNoMore() throws Exception {
    GateResult result = toy.gate();
    int training = verdict(result, ACCURACY).runs().size();
    assertEquals(1, verdict(result, ZEROS).runs().size());
    assertEquals(training + verdict(result, REACHES).runs().size(), result.newRuns());
    List<RunRequest> requests =
        toy.runner.requests.stream().filter(r -> r.test().equals(Toy.TRAINING)).toList();
    assertEquals(new TreeSet<>(Set.of("accuracy_difference", "zeros")), requests.get(0).metrics());
    assertEquals(new TreeSet<>(Set.of("accuracy_difference")), requests.get(1).metrics());
  }

  @Test
  void run_silentlyDoesNothing_isRefusedByItsZeros() throws Exception {
    toy.runner = Toy.runner(0, 0.02);
    GateResult result = toy.gate();
    assertFalse(result.released());
    assertEquals(ClaimState.PASS, verdict(result, ACCURACY).state());
    ClaimVerdict zeros = verdict(result, ZEROS);
    assertEquals(ClaimState.FAIL, zeros.state());
    assertNull(zeros.evidence());
    assertTrue(
        zeros
            .sentence()
            .startsWith(
                "pruning/toy/zeros is lost: zeros is 0.02 in 1 run, 0.77 worse than the floor 0.79"
                    + " and 0.78 worse than the documented 0.8"),
        zeros.sentence());
    assertEquals("mvn package gate:debug -Dgate.claim=pruning/toy/zeros", zeros.command());
  }

  @Test
  void run_twoPointsLost_isRefused() throws Exception {
    toy.runner = Toy.runner(-0.02, 0.8);
    GateResult result = toy.gate();
    assertFalse(result.released());
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(ClaimState.FAIL, accuracy.state());
    assertEquals(-0.02, accuracy.estimate(), 0.005);
    assertTrue(accuracy.evidence().value() <= accuracy.evidence().lower());
    assertTrue(accuracy.sentence().contains("worse than the floor -0.01"), accuracy.sentence());
    assertEquals(1, result.problems().size());
  }

  @Test
  void run_exactlyAtTheFloor_isNotReleased() throws Exception {
    toy.runner = Toy.runner(-0.01, 0.8);
    GateResult result = toy.gate();
    assertFalse(result.released());
    assertTrue(verdict(result, ACCURACY).state() != ClaimState.PASS);
  }

  @Test
  void run_againAfterAFail_makesNoRunAndStaysRed() throws Exception {
    toy.runner = Toy.runner(-0.02, 0.8);
    GateResult red = toy.gate();
    toy.runner = Toy.healthy();
    for (int night = 0; night < 5; night++) {
      GateResult again = toy.gate();
      assertEquals(red.verdicts(), again.verdicts());
      assertEquals(red.ledger(), again.ledger());
      assertFalse(again.released());
    }
    assertEquals(List.of(), toy.runner.requests);
  }

  /** All tries share alpha; 15 * 3 * 2 / 2 * 1.05 / 0.05 = 945. */
  @Test
  void triesWithChangedFiles_needMoreEvidence_andSaySo() throws Exception {
    toy.runner = Toy.runner(-0.02, 0.8);
    assertFalse(verdict(toy.gate(), ACCURACY).sentence().contains("It is try"));
    toy.jar = "second";
    toy.gate();
    toy.jar = "third";
    toy.reproducer = "tim";
    toy.gate();
    toy.reproducer = "";
    toy.runner = Toy.healthy();
    String third = verdict(toy.gate(), ACCURACY).sentence();
    assertTrue(
        third.contains(
            "It is try 3 since the last release (other files, other seeds): 945 to 1 is needed"
                + " instead of 24.2"),
        third);
    assertTrue(third.contains("all tries of a broken claim together pass in at most 5 of"), third);
    assertEquals(945, verdict(toy.gate(), ACCURACY).evidence().upper(), 1e-9);
    assertFalse(verdict(toy.gate(), Toy.REACHES).sentence().contains("It is try"));
    toy.jar = "fourth";
    ClaimVerdict fourth = verdict(toy.gate(), ACCURACY);
    assertEquals(3, fourth.tryNumber(), "one that passed is no try more");
    assertEquals(3, fourth.attested().tryNumber());
    assertEquals(1 / 945.0, fourth.attested().tryAlpha(), 1e-12);
  }

  @Test
  void run_againAfterItsLimit_makesNoRun() throws Exception {
    toy.limits = new Limits(5, 6, 4);
    double[] differences = {-0.005, -0.006, -0.0102, -0.005, -0.006, -0.005};
    int[] run = {0};
    toy.runner.with("accuracy_difference", random -> differences[run[0]++ % 6]);
    GateResult first = toy.gate();
    ClaimVerdict verdict = verdict(first, ACCURACY);
    assertEquals(ClaimState.INCONCLUSIVE, verdict.state());
    assertEquals(6, verdict.runs().size());
    assertTrue(verdict.sentence().contains("not decided by its 6 runs"), verdict.sentence());
    assertTrue(verdict.sentence().contains("its limit is 6"), verdict.sentence());
    toy.runner = Toy.healthy();
    assertEquals(first.verdicts(), toy.gate().verdicts());
    assertEquals(List.of(), toy.runner.requests);
  }

  @Test
  void run_divergedRun_countsWithTheWorstValue() throws Exception {
    toy.runner.instead.put(position(Toy.TRAINING), RunStatus.DIVERGED);
    GateResult result = toy.gate();
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(-1, accuracy.runs().get(0).value());
    assertEquals(RunStatus.DIVERGED, accuracy.runs().get(0).status());
    assertEquals("loss is NaN at step 300", accuracy.runs().get(0).cause());
    assertEquals(0, verdict(result, ZEROS).runs().get(0).value());
    assertEquals(ClaimState.FAIL, verdict(result, ZEROS).state());
    assertFalse(result.released());
  }

  @Test
  void run_divergedRunOfATarget_didNotReachIt() throws Exception {
    toy.runner.instead.put(position(Toy.COMMAND), RunStatus.DIVERGED);
    ClaimVerdict reaches = verdict(toy.gate(), REACHES);
    assertEquals(0, reaches.runs().get(0).value());
    assertTrue(reaches.runs().size() > 5);
  }

  @Test
  void run_targetReachedTooLate_doesNotCount() throws Exception {
    toy.runner.normal("accuracy", 0.85, 0.002);
    ClaimVerdict reaches = verdict(toy.gate(), REACHES);
    assertEquals(ClaimState.FAIL, reaches.state());
    assertEquals(0, reaches.estimate());
    assertTrue(
        reaches.sentence().contains("0 of 2 runs reached accuracy ≥ 0.9 by step 1000"),
        reaches.sentence());
  }

  @Test
  void run_voidRun_isRepeatedWithItsSeedAndCountsForNothing() throws Exception {
    toy.runner.instead.put(position(Toy.TRAINING), RunStatus.VOID);
    GateResult result = toy.gate();
    assertTrue(result.released());
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(1, accuracy.voids());
    assertEquals(1, accuracy.runs().get(0).index());
    List<RunRequest> requests =
        toy.runner.requests.stream().filter(r -> r.test().equals(Toy.TRAINING)).toList();
    assertEquals(requests.get(0), requests.get(1));
  }

  @Test
  void run_withoutItsData_isTriedOnce_andSaysSo() throws Exception {
    toy.runner.voidCause = VoidCause.MISSING_DATA;
    toy.runner.instead.put(position(Toy.TRAINING), RunStatus.VOID);
    ClaimVerdict accuracy = verdict(toy.gate(), ACCURACY);
    assertEquals(1, accuracy.voids());
    assertTrue(
        accuracy.sentence().contains("The last try was VOID: MISSING_DATA"), accuracy.sentence());
    assertTrue(toy.gate().released(), "the data is there again");
  }

  @Test
  void run_tooManyVoids_endsInItsOwnState() throws Exception {
    toy.options = toy.options.withMaxVoids(2);
    for (int run = 1; run <= 20; run++) {
      toy.runner.instead.put(run, RunStatus.VOID);
    }
    GateResult result = toy.gate();
    assertEquals(6, result.newRuns());
    assertFalse(result.released());
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(ClaimState.VOID_LIMIT, accuracy.state());
    assertEquals(3, accuracy.voids());
    assertTrue(
        accuracy.sentence().contains("3 runs were VOID, at most 2 may be"), accuracy.sentence());
    assertTrue(accuracy.sentence().contains("OUT_OF_MEMORY"), accuracy.sentence());
  }

  @Test
  void run_otherJar_doesNotCountItsEvidence() throws Exception {
    GateResult released = toy.gate();
    toy.jar = "another jar";
    toy.runner = Toy.healthy();
    GateResult stale = new Gate(toy.spec()).status();
    assertFalse(stale.released());
    ClaimVerdict accuracy = verdict(stale, ACCURACY);
    assertEquals(ClaimState.STALE, accuracy.state());
    assertEquals(List.of(), accuracy.runs());
    assertTrue(accuracy.sentence().contains("subject toy.jar changed"), accuracy.sentence());
    GateResult again = toy.gate();
    assertTrue(again.released());
    assertTrue(again.newRuns() >= 10);
    assertFalse(
        verdict(released, ACCURACY).runs().get(0).seed()
            == verdict(again, ACCURACY).runs().get(0).seed());
  }

  @Test
  void run_floorLoweredAfterAFail_startsFromNothing() throws Exception {
    toy.runner = Toy.runner(-0.02, 0.8);
    assertEquals(ClaimState.FAIL, verdict(toy.gate(), ACCURACY).state());
    toy.floor = -0.03;
    GateResult edited = new Gate(toy.spec()).status();
    ClaimVerdict accuracy = verdict(edited, ACCURACY);
    assertEquals(ClaimState.STALE, accuracy.state());
    assertTrue(accuracy.sentence().contains("claims changed"), accuracy.sentence());
    assertEquals(
        ClaimState.STALE, verdict(edited, ZEROS).state(), "it shared the runs of that test");
    assertEquals(ClaimState.PASS, verdict(edited, REACHES).state(), "another test");
    assertFalse(edited.released());
  }

  @Test
  void run_claimWithoutTest_isMissing() throws Exception {
    GateSpec spec =
        toy.spec(toy.techniques(), List.of(Toy.test(Toy.TRAINING, toy.runner, ACCURACY, ZEROS)));
    GateResult result = new Gate(spec).run(GateListener.NONE);
    assertFalse(result.released());
    ClaimVerdict reaches = verdict(result, REACHES);
    assertEquals(ClaimState.MISSING, reaches.state());
    assertTrue(reaches.sentence().contains("no test train-toy names it"), reaches.sentence());
    assertEquals(1, result.coverageProblems().size());
    assertEquals(ClaimState.PASS, verdict(result, ACCURACY).state());
  }

  @Test
  void run_claimLeftOutOfItsTest_isMissing() throws Exception {
    GateSpec spec =
        toy.spec(
            toy.techniques(),
            List.of(
                Toy.test(Toy.TRAINING, toy.runner, ACCURACY),
                Toy.test(Toy.COMMAND, toy.runner, REACHES)));
    GateResult result = new Gate(spec).run(GateListener.NONE);
    assertFalse(result.released());
    assertEquals(ClaimState.MISSING, verdict(result, ZEROS).state());
    assertEquals(ClaimState.PASS, verdict(result, ACCURACY).state());
  }

  @Test
  void run_testWithoutClaim_blocksTheRelease() throws Exception {
    GateSpec spec = toy.spec();
    List<GateTest> tests = new java.util.ArrayList<>(spec.tests());
    tests.add(Toy.test("org.example.OtherTest#more", toy.runner, "pruning/toy/more"));
    GateResult result = new Gate(toy.spec(toy.techniques(), tests)).run(GateListener.NONE);
    assertFalse(result.released());
    assertEquals(3, result.counts().get(ClaimState.PASS));
    assertTrue(result.problems().get(0).contains("without its claim"), result.problems().get(0));
  }

  @Test
  void run_marginUnderTheNoise_isRefusedAndNotRun() throws Exception {
    toy.calibration = List.of(0.02, -0.02, 0.02, -0.02, 0.02, -0.02, 0.02, -0.02);
    GateResult result = toy.gate();
    assertFalse(result.released());
    assertEquals(1, result.refusals().size());
    ClaimVerdict accuracy = verdict(result, ACCURACY);
    assertEquals(ClaimState.MISSING, accuracy.state());
    assertTrue(accuracy.sentence().contains("Three ways out"), accuracy.sentence());
    assertEquals(ClaimState.PASS, verdict(result, ZEROS).state());
  }

  @Test
  void result_releasedThatDoesNotFollow_isRefused() throws Exception {
    toy.runner = Toy.runner(0, 0.02);
    GateResult red = toy.gate();
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new GateResult(
                    true,
                    red.verdicts(),
                    List.of(),
                    List.of(),
                    red.claimsDigests(),
                    red.inputs(),
                    red.ledger(),
                    "1/1",
                    0,
                    0));
    assertTrue(e.getMessage().contains("does not follow"), e.getMessage());
  }

  /** The number of a test's first run: tests are run in the order of the plan. */
  private int position(String test) throws Exception {
    int runs = 1;
    for (GatePlan.PlannedTest planned : new Gate(toy.spec()).plan().tests()) {
      if (planned.name().equals(test)) {
        return runs;
      }
      Toy other = new Toy(folder.resolve("elsewhere"));
      other.gate();
      runs =
          1
              + (int)
                  other.runner.requests.stream()
                      .filter(r -> r.test().equals(planned.name()))
                      .count();
    }
    throw new IllegalArgumentException(test);
  }
}
