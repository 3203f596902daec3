package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.engine.GatePlan.PlannedClaim;
import org.tfmot.gate.engine.GatePlan.PlannedTest;

class GatePlanTest {

  @TempDir Path folder;
  private Toy toy;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
  }

  private static PlannedClaim claim(GatePlan plan, String id) {
    return plan.claims().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
  }

  private static PlannedTest test(GatePlan plan, String name) {
    return plan.tests().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void plan_withoutEvidence_takesTheClaimsLimits() throws Exception {
    GatePlan plan = new Gate(toy.spec()).plan();
    PlannedClaim accuracy = claim(plan, Toy.ACCURACY);
    assertEquals(ClaimState.MISSING, accuracy.state());
    assertEquals(0, accuracy.runs());
    assertEquals(1, accuracy.next().index());
    assertEquals(5, accuracy.expectedRuns(), "a margin of three deviations needs the least");
    assertEquals(20, accuracy.expectedMinutes());
    assertEquals(1, claim(plan, Toy.ZEROS).expectedRuns());
    PlannedTest training = test(plan, Toy.TRAINING);
    assertEquals(5, training.expectedRuns(), "shared, not six");
    assertEquals(4, training.minutesPerRun());
    assertEquals(List.of(Toy.ACCURACY, Toy.ZEROS), training.undecided());
    // .95 ln(.95/.5) + .05 ln(.05/.5) = .4946; ln 20 by that is 6.06.
    assertEquals(7, claim(plan, Toy.REACHES).expectedRuns());
    assertEquals(12, plan.expectedRuns());
    assertEquals(5 * 4 + 7 * 2, plan.expectedMinutes());
  }

  @Test
  void plan_withoutHistory_putsTheCheaperTestFirst() throws Exception {
    GatePlan plan = new Gate(toy.spec()).plan();
    // Training: 20 min, fails with 1 - .5 * .5; the command: 14 min with .5. 26.7 < 28.
    assertEquals(0.75, test(plan, Toy.TRAINING).failure());
    assertEquals(
        List.of(Toy.TRAINING, Toy.COMMAND), plan.tests().stream().map(PlannedTest::name).toList());
  }

  @Test
  void plan_earlierBuilds_giveTimeAndChances() throws Exception {
    for (String jar : List.of("a", "b", "c")) {
      toy.jar = jar;
      toy.gate();
    }
    toy.jar = "d";
    GatePlan plan = new Gate(toy.spec()).plan();
    PlannedTest training = test(plan, Toy.TRAINING);
    assertTrue(training.measured());
    assertEquals(FakeRunner.SECONDS / 60, training.minutesPerRun(), 1e-9);
    // Three passes: .5 / 4 each.
    assertEquals(1 - 0.875 * 0.875, training.failure(), 1e-9);
    assertEquals(ClaimState.STALE, claim(plan, Toy.ACCURACY).state());
  }

  @Test
  void plan_decidedClaims_needNothing() throws Exception {
    toy.gate();
    GatePlan plan = new Gate(toy.spec()).plan();
    assertEquals(0, plan.expectedRuns());
    assertEquals(0, plan.expectedMinutes());
    assertNull(claim(plan, Toy.ACCURACY).next());
    assertEquals(ClaimState.PASS, claim(plan, Toy.ACCURACY).state());
    assertTrue(claim(plan, Toy.ACCURACY).runs() >= 5);
  }

  @Test
  void plan_interruptedRun_isNext() throws Exception {
    toy.runner.killedIn = 2;
    try {
      toy.gate();
    } catch (FakeRunner.Killed e) {
      PlannedClaim accuracy = claim(new Gate(toy.spec()).plan(), Toy.ACCURACY);
      assertEquals(1, accuracy.runs());
      assertEquals(2, accuracy.next().index());
      assertTrue(accuracy.next().repeated());
      assertEquals(4, accuracy.expectedRuns());
      return;
    }
    throw new AssertionError("not killed");
  }

  @Test
  void plan_shard_countsItsOwnRunsOnly() throws Exception {
    toy.options = toy.options.withShard(new Shard(2, 2));
    GatePlan plan = new Gate(toy.spec()).plan();
    assertEquals(7, plan.expectedRuns());
    assertEquals(2, plan.tests().size());
  }

  @Test
  void advice_namesLimitsThatAreTooLow() {
    toy.limits = new Limits(5, 40, 4);
    assertEquals(List.of(), new Gate(toy.spec()).advice());
    toy.limits = new Limits(5, 5, 4);
    List<String> advice = new Gate(toy.spec()).advice();
    assertEquals(1, advice.size());
    assertTrue(
        advice.get(0).matches("pruning/toy/accuracy: with maxRuns 5 .*; \\d+ runs are enough"),
        advice.get(0));
  }

  @Test
  void plan_thousandClaims_knowsWhatALargeLedgerHasOfEach() throws Exception {
    GateSpec spec = Thousand.spec(toy, 250);
    Thousand.write(spec, 10_000);
    GatePlan plan = new Gate(spec).plan();
    assertEquals(1000, plan.claims().size());
    assertTrue(plan.claims().stream().anyMatch(claim -> claim.runs() > 0));
    assertTrue(plan.claims().stream().anyMatch(claim -> claim.state() == ClaimState.STALE));
  }
}
