package org.tfmot.gate.attestation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.Finding.Kind;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.signature.DsseEnvelope;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;
import org.tfmot.gate.statistics.Boundaries;
import org.tfmot.gate.statistics.Decision;
import org.tfmot.gate.statistics.SequentialT;

/** A release with a real ledger, and what is done to it between the gate and the upload. */
class SabotageTest {

  private static final String CLAIM = "pruning/resnet/accuracy";
  private static final double FLOOR = 0.90;
  private static final String COMMIT = "c".repeat(40);
  private static final Digest CLAIMS = Digest.of(new byte[] {1});

  @TempDir Path folder;

  private final SigningKey release = SigningKey.generate();
  private final Map<String, Path> files = new TreeMap<>();
  private Path ledgerFile;
  private Digest key;
  private Path attestation;

  @BeforeEach
  void release() throws IOException {
    files.put("lib-1.0.0.jar", Files.writeString(folder.resolve("lib-1.0.0.jar"), "a jar"));
    files.put("lib-1.0.0.pom", Files.writeString(folder.resolve("lib-1.0.0.pom"), "a POM"));
    ledgerFile = folder.resolve("ledger.jsonl");
    Ledger ledger = Ledger.open(ledgerFile);
    key = declare(ledger, files.get("lib-1.0.0.jar"));
    for (double accuracy : new double[] {0.921, 0.919, 0.923, 0.920, 0.922, 0.918}) {
      run(ledger, key, accuracy);
    }
    attestation = attest(ledger.head(), decide(ledger, key));
  }

  @Test
  void nothingTouched_isReleased() throws IOException {
    assertEquals(Optional.empty(), verify());
    Ledger ledger = Ledger.open(ledgerFile);
    run(ledger, declare(ledger, files.get("lib-1.0.0.pom")), 0.5);
    // Runs of other jars came after: the evidence of this one is the same.
    assertEquals(Optional.empty(), verify());
  }

  @Test
  void oneByteOfAJar() throws IOException {
    byte[] jar = Files.readAllBytes(files.get("lib-1.0.0.jar"));
    for (int i = 0; i < jar.length; i++) {
      byte[] swapped = jar.clone();
      swapped[i] ^= 1;
      Files.write(files.get("lib-1.0.0.jar"), swapped);
      found(Kind.SUBJECT_DIFFERS, "lib-1.0.0.jar is not the file that was gated");
    }
  }

  @Test
  void oneLineOfTheLedgerRemoved() throws IOException {
    List<String> lines = Files.readAllLines(ledgerFile);
    for (int removed = 0; removed < lines.size(); removed++) {
      List<String> rest = new ArrayList<>(lines);
      rest.remove(removed);
      Files.write(ledgerFile, rest);
      found(Kind.VERDICT_DIFFERS, "the evidence cannot be taken: ");
    }
  }

  @Test
  void oneLineOfTheLedgerChanged() throws IOException {
    String text = Files.readString(ledgerFile);
    Files.writeString(ledgerFile, text.replace(":0.918", ":0.981"));

    found(Kind.VERDICT_DIFFERS, "line 13: its content does not have its digest");
  }

  @Test
  void anotherLedgerWithBetterRuns() throws IOException {
    Files.delete(ledgerFile);
    Ledger better = Ledger.open(ledgerFile);
    declare(better, files.get("lib-1.0.0.jar"));
    for (int i = 0; i < 6; i++) {
      run(better, key, 0.95 + i * 0.001);
    }

    found(Kind.VERDICT_DIFFERS, "is not the ledger that was attested");
  }

  @Test
  void evidenceOfAnotherBuild() throws IOException {
    Path other = Files.writeString(folder.resolve("other.jar"), "a worse jar");
    files.put("lib-1.0.0.jar", other);
    Ledger ledger = Ledger.open(ledgerFile);
    // The verdict of the first jar, attested for the second.
    attestation = attest(ledger.head(), decide(ledger, key));

    found(Kind.VERDICT_DIFFERS, "no evidence");
  }

  @Test
  void verdictThatTheEvidenceDoesNotGive() throws IOException {
    Ledger ledger = Ledger.open(ledgerFile);
    AttestedClaim honest = decide(ledger, key);
    attestation =
        attest(
            ledger.head(),
            new AttestedClaim(
                CLAIM, 0.01, 0.05, honest.n(), honest.seeds(), 1e9, ClaimState.PASS, 0.93, null));

    found(Kind.VERDICT_DIFFERS, "evidence ");
  }

  @Test
  void failedClaimCalledPassed() throws IOException {
    Ledger ledger = Ledger.open(folder.resolve("bad.jsonl"));
    ledgerFile = folder.resolve("bad.jsonl");
    declare(ledger, files.get("lib-1.0.0.jar"));
    for (int i = 0; i < 6; i++) {
      run(ledger, key, 0.88 + i * 0.001);
    }
    AttestedClaim failed = decide(ledger, key);
    assertEquals(ClaimState.FAIL, failed.decision());
    attestation = attest(ledger.head(), failed);
    found(Kind.CLAIM_NOT_PASSED, CLAIM + " is FAIL after 6 runs");
    attestation =
        attest(
            ledger.head(),
            new AttestedClaim(
                CLAIM, 0.01, 0.05, 6, failed.seeds(), 101.0, ClaimState.PASS, 0.93, null));

    found(Kind.VERDICT_DIFFERS, "the ledger gives decision FAIL, not PASS");
  }

  /** Whatever byte is changed: it is found, or what was signed is still read as it was. */
  @Test
  void oneByteOfTheAttestation() throws IOException {
    byte[] sound = Files.readAllBytes(attestation);
    List<byte[]> bodies = bodies();
    int refused = 0;
    for (int i = 0; i < sound.length; i += 13) {
      for (int bit : new int[] {0x01, 0x80}) {
        byte[] damaged = sound.clone();
        damaged[i] ^= (byte) bit;
        Files.write(attestation, damaged);
        if (verify().isPresent()) {
          refused++;
        } else {
          List<byte[]> now = bodies();
          for (int j = 0; j < bodies.size(); j++) {
            assertArrayEquals(bodies.get(j), now.get(j), "byte " + i);
          }
        }
      }
    }
    assertTrue(refused > sound.length / 13, refused + " of " + sound.length);
  }

  private List<byte[]> bodies() throws IOException {
    return Attestation.read(attestation).envelopes().stream().map(DsseEnvelope::body).toList();
  }

  private void found(Kind kind, String sentence) throws IOException {
    Finding finding = verify().orElseThrow();
    assertEquals(kind, finding.kind(), finding.message());
    assertTrue(finding.message().contains(sentence), finding.message());
  }

  private Optional<Finding> verify() throws IOException {
    AttestationPolicy policy =
        new AttestationPolicy(
            new TrustedKeys(List.of(new TrustedKey("ci", Team.RELEASE, release.publicKey(), null))),
            new TreeSet<>(List.of(CLAIM)),
            new TreeMap<>(Map.of("pruning", CLAIMS)),
            COMMIT,
            AttestationPolicy.FRESH);
    return new AttestationVerifier(policy)
        .recomputingWith(this::recompute)
        .verify(attestation, files);
  }

  /**
   * As a gate does it: the key comes from the files that are there, the verdict from the ledger.
   */
  private List<AttestedClaim> recompute(ConvergencePredicate attested) throws IOException {
    Ledger ledger = Ledger.read(ledgerFile);
    if (!ledger.contains(attested.ledger())) {
      throw new IllegalStateException(ledgerFile + " is not the ledger that was attested");
    }
    Digest now = keyOf(files.get("lib-1.0.0.jar")).digest();
    return ledger.evidence(now, CLAIM).runs().isEmpty() ? List.of() : List.of(decide(ledger, now));
  }

  private static AttestedClaim decide(Ledger ledger, Digest key) {
    List<RunFinished> runs = ledger.evidence(key, CLAIM).runs();
    SequentialT test = SequentialT.of(2, Boundaries.of(0.01, 0.05), 5, 0.0001);
    double sum = 0;
    for (double value : ledger.evidence(key, CLAIM).values("accuracy", 0)) {
      test = test.add(value - FLOOR);
      sum += value;
    }
    return new AttestedClaim(
        CLAIM,
        0.01,
        0.05,
        runs.size(),
        runs.stream().map(RunFinished::seed).toList(),
        test.evidence(),
        test.decision() == Decision.PASS
            ? ClaimState.PASS
            : test.decision() == Decision.FAIL ? ClaimState.FAIL : ClaimState.INCONCLUSIVE,
        sum / runs.size(),
        null);
  }

  private static EvidenceKey keyOf(Path jar) throws IOException {
    Digest example = Digest.of("example".getBytes(StandardCharsets.UTF_8));
    return new EvidenceKey(
        new TreeMap<>(Map.of("lib.jar", Digest.of(jar))),
        example,
        example,
        new TreeMap<>(),
        CLAIMS,
        "linux-x86_64",
        "");
  }

  private static Digest declare(Ledger ledger, Path jar) throws IOException {
    return ledger.declare(keyOf(jar));
  }

  private static void run(Ledger ledger, Digest key, double accuracy) throws IOException {
    int index = ledger.evidence(key, CLAIM).next().index();
    RunStarted start = RunStarted.of(key, new TreeSet<>(List.of(CLAIM)), index);
    ledger.append(start);
    ledger.append(
        new RunFinished(
            key,
            index,
            start.seed(),
            RunStatus.OK,
            new TreeMap<>(Map.of("accuracy", accuracy)),
            null,
            1,
            null));
  }

  private Path attest(HashChain.Head head, AttestedClaim claim) throws IOException {
    List<Subject> subjects = new ArrayList<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      subjects.add(Subject.of(file.getKey(), file.getValue()));
    }
    Path written = folder.resolve("lib-1.0.0" + Attestation.SUFFIX);
    Attestation.sign(
            subjects,
            new ConvergencePredicate(
                "gate 1",
                Instant.now().toString(),
                COMMIT,
                new TreeMap<>(Map.of("pruning", CLAIMS)),
                new TreeMap<>(),
                head,
                null,
                List.of(claim)),
            release)
        .write(written);
    return written;
  }
}
