package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.claim.Limits;

class TriesTest {

  private static final String TIME = "2026-01-01T00:00:00Z";

  @TempDir Path folder;
  private Toy toy;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
  }

  private ClaimVerdict gate(String jar, double difference) throws Exception {
    toy.jar = jar;
    toy.runner = Toy.runner(difference, 0.8);
    return Toy.verdict(toy.gate(), Toy.ACCURACY);
  }

  private ClaimVerdict status(String jar) throws Exception {
    toy.jar = jar;
    return Toy.verdict(new Gate(toy.spec()).status(), Toy.ACCURACY);
  }

  private ConvergencePredicate attested() throws Exception {
    Gate gate = new Gate(toy.spec());
    GateResult result = gate.status();
    return new ConvergencePredicate(
        "gate",
        TIME,
        "commit",
        result.claimsDigests(),
        result.inputs(),
        result.ledger(),
        null,
        result.attested(),
        gate.triesSince());
  }

  private void release(String jar) throws Exception {
    toy.jar = jar;
    toy.options = toy.options.withLastRelease(attested());
  }

  @Test
  void number_countsWhatDidNotPass_andHealthyFilesBetweenDoNotTurnItBack() throws Exception {
    assertEquals(1, gate("broken 1", -0.02).tryNumber());
    assertEquals(2, gate("broken 2", -0.02).tryNumber());
    ClaimVerdict healthy = gate("healthy", 0);
    assertEquals(3, healthy.tryNumber());
    assertEquals(ClaimState.PASS, healthy.state());
    assertEquals(3, gate("broken 3", -0.02).tryNumber());
    assertEquals(4, status("not begun").tryNumber());
  }

  @Test
  void number_ofADecidedClaim_staysWhateverIsTriedLater() throws Exception {
    ClaimVerdict first = gate("first", 0);
    gate("broken 1", -0.02);
    gate("broken 2", -0.02);
    assertEquals(first.sentence(), status("first").sentence());
    assertEquals(2, status("broken 2").tryNumber());
  }

  @Test
  void number_beginsAgainAfterARelease_whoseFilesKeepTheirs() throws Exception {
    gate("broken 1", -0.02);
    gate("broken 2", -0.02);
    assertEquals(ClaimState.PASS, gate("healthy", 0).state());
    release("healthy");

    assertEquals(3, status("healthy").tryNumber());
    assertEquals(ClaimState.PASS, status("healthy").state());
    assertEquals(1, gate("next", -0.02).tryNumber());
    assertEquals(2, gate("one more", 0).tryNumber());
  }

  /** Else two runs of everything, then a release, would leave them all at the first level. */
  @Test
  void number_ofFilesThatWereTriedBeforeARelease_getsNoSmallerByIt() throws Exception {
    gate("broken 1", -0.02);
    ClaimVerdict second = gate("broken 2", -0.02);
    gate("healthy", 0);
    release("healthy");
    assertEquals(2, second.tryNumber());
    assertEquals(2, status("broken 2").tryNumber());
    assertEquals(1, status("new").tryNumber());
  }

  @Test
  void number_ofARunThatWasStopped_isATry() throws Exception {
    toy.runner.killedIn = 1;
    try {
      gateOf("stopped");
    } catch (FakeRunner.Killed e) {
      toy.runner = Toy.healthy();
    }
    assertEquals(2, status("another").tryNumber());
  }

  private void gateOf(String jar) throws Exception {
    toy.jar = jar;
    toy.gate();
  }

  @Test
  void plan_saysWhichTryItIs_andItsCost_andTheLimitGrowsWithIt() throws Exception {
    toy.limits = new Limits(5, 12, 4);
    GatePlan.PlannedClaim first = claim(new Gate(toy.spec()).plan());
    assertEquals(1, first.tryNumber());
    assertEquals(12, first.maxRuns());
    assertEquals(first.firstTryRuns(), first.expectedRuns());
    gate("broken 1", -0.02);
    toy.jar = "next";
    GatePlan.PlannedClaim second = claim(new Gate(toy.spec()).plan());
    assertEquals(2, second.tryNumber());
    assertEquals(0.05 / 1.05 / 15, second.alpha(), 1e-12);
    assertTrue(second.expectedRuns() > first.expectedRuns(), second::toString);
    assertEquals(first.expectedRuns(), second.firstTryRuns());
    // ln 315 / ln 24.2 = 1.80 times as much evidence.
    assertEquals(22, second.maxRuns());
  }

  private static GatePlan.PlannedClaim claim(GatePlan plan) {
    return plan.claims().stream()
        .filter(claim -> claim.id().equals(Toy.ACCURACY))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void attestation_saysTriesAndBeginning_andIsDecidedAgainByThem() throws Exception {
    gate("broken 1", -0.02);
    assertEquals(ClaimState.PASS, gate("healthy", 0).state());
    ConvergencePredicate first = attested();
    assertNull(first.triesSince());
    assertEquals(2, first.claim(Toy.ACCURACY).tryNumber());
    assertEquals("", difference(first));
    release("healthy");
    assertEquals(ClaimState.PASS, gate("next", 0).state());
    ConvergencePredicate second = attested();
    assertEquals(first.ledger().lines(), second.triesSince());
    assertEquals(1, second.claim(Toy.ACCURACY).tryNumber());
    assertEquals("", difference(second));
    // The files of the release before, released again.
    toy.jar = "healthy";
    assertEquals("", difference(attested()));
  }

  private String difference(ConvergencePredicate attested) throws Exception {
    return new LedgerVerdicts(toy.spec().ledger(), toy.techniques(), toy.subjects(), toy.options)
        .recompute(attested).stream()
            .filter(claim -> claim.id().equals(Toy.ACCURACY))
            .map(claim -> claim.equals(attested.claim(Toy.ACCURACY)) ? "" : claim.toString())
            .findFirst()
            .orElse("none");
  }

  /** Twenty tries of a claim at its floor, healthy files between them. */
  @Test
  void tries_ofAClaimAtItsFloor_rarelyPass() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    int passed = 0;
    int suites = 20;
    for (int suite = 0; suite < suites; suite++) {
      toy = new Toy(folder.resolve("suite" + suite));
      boolean released = false;
      for (int k = 0; k < 10 && !released; k++) {
        toy.runner =
            Toy.healthy().with("accuracy_difference", r -> -0.01 + 0.002 * random.nextGaussian());
        toy.jar = "broken " + k;
        released = Toy.verdict(toy.gate(), Toy.ACCURACY).state() == ClaimState.PASS;
        assertFalse(gate("healthy " + k, 0).state() == ClaimState.FAIL);
      }
      passed += released ? 1 : 0;
    }
    // Four of twenty or more have a probability of 1.6 % where alpha is kept.
    assertTrue(passed < 4, passed + " of " + suites);
  }
}
