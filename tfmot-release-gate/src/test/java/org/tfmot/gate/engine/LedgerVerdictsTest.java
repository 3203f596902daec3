package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.ledger.LedgerException;

/** Attested verdicts decided again. */
class LedgerVerdictsTest {

  @TempDir Path folder;
  private Toy toy;

  @BeforeEach
  void makeToy() {
    toy = new Toy(folder);
  }

  private static ConvergencePredicate attest(GateResult result, List<AttestedClaim> claims) {
    return new ConvergencePredicate(
        "gate 1",
        "2026-01-31T00:00:00Z",
        "1".repeat(40),
        result.claimsDigests(),
        result.inputs(),
        result.ledger(),
        null,
        claims);
  }

  private LedgerVerdicts verdicts() {
    return new LedgerVerdicts(toy.spec().ledger(), toy.techniques(), toy.subjects(), toy.options);
  }

  private List<AttestedClaim> recompute(ConvergencePredicate attested) throws Exception {
    List<AttestedClaim> computed = new ArrayList<>(verdicts().recompute(attested));
    computed.sort(Comparator.comparing(AttestedClaim::id));
    return computed;
  }

  @Test
  void recompute_honestAttestation_isTheSame() throws Exception {
    GateResult result = toy.gate();
    assertEquals(result.attested(), recompute(attest(result, result.attested())));
  }

  @Test
  void recompute_runsOfAReproducer_areNoEvidenceForARelease() throws Exception {
    toy.reproducer = "tim";
    GateResult result = toy.gate();
    assertTrue(result.released());
    String message =
        assertThrows(
                IllegalStateException.class, () -> recompute(attest(result, result.attested())))
            .getMessage();
    assertTrue(message.contains("tim made them, to reproduce the project's own"), message);
  }

  @Test
  void reproducer_hasSeedsOfTheirOwn() throws Exception {
    List<AttestedClaim> own = toy.gate().attested();
    toy.reproducer = "tim";
    List<AttestedClaim> tims = toy.gate().attested();
    for (int i = 0; i < own.size(); i++) {
      assertTrue(Collections.disjoint(own.get(i).seeds(), tims.get(i).seeds()), own.get(i).id());
    }
  }

  @Test
  void recompute_failedClaimAttestedAsPass_isFail() throws Exception {
    toy.runner = Toy.runner(-0.02, 0.8);
    GateResult result = toy.gate();
    List<AttestedClaim> forged =
        result.attested().stream()
            .map(
                c ->
                    new AttestedClaim(
                        c.id(),
                        c.alpha(),
                        c.beta(),
                        c.n(),
                        c.seeds(),
                        c.evidence() == null ? null : (Double) 99.0,
                        ClaimState.PASS,
                        c.estimate(),
                        c.interval()))
            .toList();
    AttestedClaim accuracy = recompute(attest(result, forged)).get(0);
    assertEquals(Toy.ACCURACY, accuracy.id());
    assertEquals(ClaimState.FAIL, accuracy.decision());
  }

  @Test
  void recompute_evidenceOfAnotherBuild_isRefused() throws Exception {
    GateResult result = toy.gate();
    toy.jar = "swapped";
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> recompute(attest(result, result.attested())));
    assertTrue(e.getMessage().contains("toy.jar"), e.getMessage());
    assertTrue(e.getMessage().contains("something else"), e.getMessage());
  }

  @Test
  void recompute_floorLowered_isRefused() throws Exception {
    GateResult result = toy.gate();
    toy.floor = -0.02;
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> recompute(attest(result, result.attested())));
    assertTrue(e.getMessage().contains("claims were others"), e.getMessage());
  }

  @Test
  void recompute_shorterLedger_isRefused() throws Exception {
    GateResult result = toy.gate();
    Path ledger = toy.spec().ledger();
    List<String> lines = Files.readAllLines(ledger);
    Files.write(ledger, lines.subList(0, lines.size() - 2));
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> recompute(attest(result, result.attested())));
    assertTrue(e.getMessage().contains("not the ledger that was attested"), e.getMessage());
  }

  @Test
  void recompute_changedLine_isRefused() throws Exception {
    GateResult result = toy.gate();
    Path ledger = toy.spec().ledger();
    Files.writeString(
        ledger, Files.readString(ledger).replaceFirst("\"zeros\":0.8", "\"zeros\":0.9"));
    assertThrows(LedgerException.class, () -> recompute(attest(result, result.attested())));
  }

  @Test
  void recompute_ledgerThatWentOn_isTheSame() throws Exception {
    GateResult result = toy.gate();
    Toy next = new Toy(folder);
    next.jar = "next";
    next.gate();
    assertEquals(result.attested(), recompute(attest(result, result.attested())));
  }

  @Test
  void recompute_otherClassPath_isRefused() throws Exception {
    GateResult result = toy.gate();
    ConvergencePredicate attested = attest(result, result.attested());
    attested =
        new ConvergencePredicate(
            attested.gate(),
            attested.time(),
            attested.commit(),
            attested.claimsDigests(),
            AttestedInputs.of(Toy.digest("other lock"), new java.util.TreeMap<>(), null),
            attested.ledger(),
            null,
            attested.claims());
    ConvergencePredicate changed = attested;
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> recompute(changed));
    assertTrue(e.getMessage().contains("class path"), e.getMessage());
  }

  @Test
  void recompute_claimWithoutRuns_isMissing() throws Exception {
    toy.options = toy.options.withShard(new Shard(1, 2));
    GateResult part = toy.gate();
    List<ClaimState> states =
        recompute(attest(part, part.attested())).stream().map(AttestedClaim::decision).toList();
    assertTrue(states.contains(ClaimState.MISSING));
    assertTrue(states.contains(ClaimState.PASS));
  }
}
