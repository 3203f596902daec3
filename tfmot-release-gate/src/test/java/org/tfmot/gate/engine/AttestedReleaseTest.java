package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.Attestation;
import org.tfmot.gate.attestation.AttestationPolicy;
import org.tfmot.gate.attestation.AttestationVerifier;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.Finding;
import org.tfmot.gate.attestation.Subject;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/** A gate's result, signed, and verified by someone who has files, claims and ledger. */
class AttestedReleaseTest {

  @TempDir Path folder;
  private final SigningKey secret = SigningKey.generate();
  private Toy toy;
  private Path jar;
  private Path attestation;

  @BeforeEach
  void build() throws Exception {
    toy = new Toy(folder);
    jar = Files.writeString(folder.resolve("toy.jar"), toy.jar);
    attestation = folder.resolve("toy-gate.intoto.jsonl");
  }

  private void attest(GateResult result, List<AttestedClaim> claims) throws Exception {
    Attestation.sign(
            List.of(Subject.of("toy.jar", jar)),
            new ConvergencePredicate(
                "gate 1",
                Instant.now().toString(),
                "1".repeat(40),
                result.claimsDigests(),
                result.inputs(),
                result.ledger(),
                null,
                claims),
            secret)
        .write(attestation);
  }

  private Optional<Finding> verify() throws Exception {
    AttestationPolicy policy =
        new AttestationPolicy(
            new TrustedKeys(List.of(new TrustedKey("ci", Team.RELEASE, secret.publicKey(), null))),
            new TreeSet<>(List.of(Toy.ACCURACY, Toy.REACHES, Toy.ZEROS)),
            new TreeMap<>(),
            null,
            AttestationPolicy.FRESH);
    return new AttestationVerifier(policy)
        .recomputingWith(
            new LedgerVerdicts(toy.spec().ledger(), toy.techniques(), toy.subjects(), toy.options))
        .verify(attestation, Map.of("toy.jar", jar));
  }

  private void found(String part) throws Exception {
    Finding finding = verify().orElseThrow();
    assertEquals(Finding.Kind.VERDICT_DIFFERS, finding.kind(), finding.toString());
    assertTrue(finding.message().contains(part), finding.toString());
  }

  @Test
  void verify_soundRelease_findsNothing() throws Exception {
    GateResult result = toy.gate();
    attest(result, result.attested());
    assertEquals(Optional.empty(), verify());
  }

  @Test
  void verify_oneMetricChangedInTheLedger_isFound() throws Exception {
    GateResult result = toy.gate();
    attest(result, result.attested());
    Path ledger = toy.spec().ledger();
    String text = Files.readString(ledger);
    Files.writeString(ledger, text.replaceFirst("\"zeros\":0.8", "\"zeros\":0.9"));
    found("the line was changed");
  }

  @Test
  void verify_ledgerLineRemoved_isFound() throws Exception {
    GateResult result = toy.gate();
    attest(result, result.attested());
    Path ledger = toy.spec().ledger();
    List<String> lines = Files.readAllLines(ledger);
    Files.write(ledger, lines.subList(0, lines.size() - 1));
    found("not the ledger that was attested");
  }

  @Test
  void verify_failSignedAsPass_isFound() throws Exception {
    toy.runner = Toy.runner(0, 0.02);
    GateResult result = toy.gate();
    List<AttestedClaim> forged =
        result.attested().stream()
            .map(
                claim ->
                    new AttestedClaim(
                        claim.id(),
                        claim.alpha(),
                        claim.beta(),
                        claim.n(),
                        claim.seeds(),
                        claim.evidence(),
                        ClaimState.PASS,
                        claim.estimate(),
                        claim.interval()))
            .toList();
    attest(result, forged);
    found("pruning/toy/zeros: the ledger gives decision FAIL, not PASS");
  }

  @Test
  void verify_evidenceOfAnotherBuild_isFound() throws Exception {
    GateResult result = toy.gate();
    toy.jar = "another build";
    Files.writeString(jar, toy.jar);
    attest(result, result.attested());
    found("evidence about something else");
  }
}
