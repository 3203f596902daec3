package org.tfmot.gate.maven.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tfmot.gate.maven.Refusals.assertRefused;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.engine.Gate;
import org.tfmot.gate.engine.GateListener;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.engine.Toy;
import org.tfmot.gate.maven.People;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent.Reproduced;

class ReproductionTest {

  @TempDir Path folder;

  @Test
  void of_allClaimsAtPass_namesThemAndTheHeadOfTheLedger() throws Exception {
    Toy toy = new Toy(folder);
    Candidate candidate = new People(folder).candidate();
    GateResult result = new Gate(toy.spec()).run(GateListener.NONE);
    Reproduced reproduced = Reproduction.of("tim", candidate, result);
    assertEquals(Set.of(Toy.ACCURACY, Toy.ZEROS, Toy.REACHES), reproduced.passed());
    assertEquals(result.ledger(), reproduced.ledger());
    assertEquals(candidate.revision(), reproduced.revision());
    assertEquals("tim", reproduced.by());
  }

  @Test
  void of_aClaimThatFailsOrHasNoRun_isRefusedWithItsSentence() throws Exception {
    Toy toy = new Toy(folder);
    Candidate candidate = new People(folder).candidate();
    assertRefused(
        () -> Reproduction.of("tim", candidate, new Gate(toy.spec()).status()), Toy.ACCURACY);
    toy.runner = Toy.runner(0, 0.5);
    GateResult result = new Gate(toy.spec()).run(GateListener.NONE);
    assertRefused(() -> Reproduction.of("tim", candidate, result), Toy.ZEROS);
  }
}
