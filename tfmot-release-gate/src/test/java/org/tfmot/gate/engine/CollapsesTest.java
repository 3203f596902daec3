package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.ledger.RunStatus;

/** A claim about a mean once one of its seeds has collapsed. */
class CollapsesTest {

  @TempDir Path folder;

  @Test
  void claimOfAMean_isNotReleasedAnyMore_onceASeedCollapsed_whateverTheFilesAre() throws Exception {
    Toy toy = new Toy(folder);
    // A run that diverges among the first ones, and enough runs to get over it.
    toy.runner.instead.put(3, RunStatus.DIVERGED);
    GateResult first = toy.gate();
    assertFalse(first.released());

    toy.jar = "another jar";
    toy.runner = Toy.healthy();
    GateResult second = toy.gate();

    ClaimVerdict mean = Toy.verdict(second, Toy.ACCURACY);
    assertEquals(ClaimState.INCONCLUSIVE, mean.state());
    assertTrue(
        mean.sentence()
            .startsWith(
                Toy.ACCURACY
                    + " cannot be claimed as PAIRED: run 3 collapsed to accuracy_difference -1"
                    + " under an earlier key"),
        mean.sentence());
    assertTrue(mean.sentence().contains("BOUNDED_MEAN"), mean.sentence());
    assertEquals(0, mean.runs().size(), "no run is made for what cannot be claimed");
    assertEquals(ClaimState.PASS, Toy.verdict(second, Toy.ZEROS).state());
    assertFalse(second.released());
  }

  @Test
  void passOfAMean_saysWhatItsRunsCannotKnow_fromAllRunsThatPassed() throws Exception {
    Toy toy = new Toy(folder);
    toy.limits = new Limits(5, 40, 4);
    ClaimVerdict first = Toy.verdict(toy.gate(), Toy.ACCURACY);
    int runs = first.runs().size();
    assertTrue(
        first.sentence().contains("none of %d runs did, so at most ".formatted(runs)),
        first.sentence());

    toy.jar = "another jar";
    ClaimVerdict second = Toy.verdict(toy.gate(), Toy.ACCURACY);
    int both = runs + second.runs().size();
    assertTrue(
        second.sentence().contains("none of %d runs did".formatted(both)), second.sentence());
  }
}
