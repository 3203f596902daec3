package org.tfmot.gate.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
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
import org.tfmot.gate.json.Json;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.signature.DsseEnvelope;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

class AttestationVerifierTest {

  private static final Instant MADE = Instant.parse("2026-06-01T12:00:00Z");
  private static final String COMMIT = "a".repeat(40);
  private static final Digest CLAIMS = Digest.of(new byte[] {5});
  private static final AttestedClaim ACCURACY =
      new AttestedClaim(
          "pruning/resnet/accuracy",
          0.01,
          0.05 / 12,
          5,
          List.of(11, 12, 13, 14, 15),
          180.5,
          ClaimState.PASS,
          0.912,
          new Interval(0.908, 0.916, 0.95));
  private static final AttestedClaim SIZE =
      new AttestedClaim(
          "pruning/resnet/size", 0.01, 0, 1, List.of(11), null, ClaimState.PASS, 119_000.0, null);

  @TempDir Path folder;

  private final SigningKey release = SigningKey.generate();
  private final SigningKey reviewer = SigningKey.generate();
  private final Map<String, Path> files = new TreeMap<>();
  private Instant now = MADE.plus(Duration.ofDays(3));
  private Duration maxAge = AttestationPolicy.FRESH;
  private String until;

  @BeforeEach
  void build() throws IOException {
    for (String name : List.of("lib-0.1.0.jar", "lib-0.1.0.pom", "lib-0.1.0-sources.jar")) {
      files.put(name, Files.writeString(folder.resolve(name), "bytes of " + name));
    }
  }

  @Test
  void verify_sound() throws IOException {
    assertEquals(Optional.empty(), verify(attest(ACCURACY, SIZE)));
  }

  @Test
  void verify_payloadChangedAfterSigning() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    rewritePayloads(file, "0.912", "0.999");

    found(Kind.SIGNATURE, "the signature is not ci's", file);
  }

  @Test
  void verify_unsigned() throws IOException {
    Attestation signed = Attestation.read(attest(ACCURACY, SIZE));
    Path file = folder.resolve("bare.jsonl");
    List<DsseEnvelope> bare = new ArrayList<>();
    for (DsseEnvelope envelope : signed.envelopes()) {
      bare.add(new DsseEnvelope(envelope.payload(), envelope.payloadType(), List.of()));
    }
    new Attestation(bare).write(file);

    found(Kind.SIGNATURE, "is not signed", file);
  }

  @Test
  void verify_unknownSigner_orOneOfAnotherTeam() throws IOException {
    found(
        Kind.SIGNER_NOT_TRUSTED,
        "no entry of the trusted keys",
        attest(SigningKey.generate(), MADE, ACCURACY, SIZE));
    found(
        Kind.SIGNER_NOT_TRUSTED,
        "signed by tim of TFMOT; releases are attested by RELEASE",
        attest(reviewer, MADE, ACCURACY, SIZE));
  }

  @Test
  void verify_keyThatEnded_releasesNothingNew_butOldReleasesStay() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    until = MADE.plus(Duration.ofDays(1)).toString();
    found(Kind.SIGNER_NOT_TRUSTED, "ended at", file);
    maxAge = null;
    now = MADE.plus(Duration.ofDays(900));
    assertEquals(Optional.empty(), verify(file));
    until = MADE.minus(Duration.ofDays(1)).toString();
    found(Kind.SIGNER_NOT_TRUSTED, "ended at", file);
  }

  @Test
  void verify_jarSwappedAfterTheGate() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    byte[] jar = Files.readAllBytes(files.get("lib-0.1.0.jar"));
    jar[0] ^= 1;
    Files.write(files.get("lib-0.1.0.jar"), jar);

    found(Kind.SUBJECT_DIFFERS, "lib-0.1.0.jar is not the file that was gated", file);
  }

  @Test
  void verify_fileThatWasNotGated() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    files.put("extra.jar", Files.writeString(folder.resolve("extra.jar"), "x"));

    found(Kind.FILE_WITHOUT_SUBJECT, "extra.jar was not gated", file);
  }

  @Test
  void verify_gatedFileThatIsNotThere() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    files.remove("lib-0.1.0.pom");

    found(Kind.SUBJECT_WITHOUT_FILE, "lib-0.1.0.pom was gated, but", file);
  }

  @Test
  void verifyPart_filesThatAreNotAtHand_areNoMatter_butEachAtHandIs() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    files.remove("lib-0.1.0.pom");
    AttestationVerifier verifier = new AttestationVerifier(policy(), clock());
    assertEquals(Optional.empty(), verifier.verifyPart(file, files));

    Files.writeString(files.get("lib-0.1.0.jar"), "another jar");
    assertEquals(Kind.SUBJECT_DIFFERS, verifier.verifyPart(file, files).orElseThrow().kind());
  }

  @Test
  void signed_isWhatTheReleaseTeamSigned_whateverTheFilesAre() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    Files.writeString(files.get("lib-0.1.0.jar"), "the next jar");
    maxAge = null;
    now = MADE.plus(Duration.ofDays(900));
    assertEquals(COMMIT, new AttestationVerifier(policy(), clock()).signed(file).commit());

    Path stranger = attest(reviewer, MADE, ACCURACY, SIZE);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> new AttestationVerifier(policy(), clock()).signed(stranger));
    assertTrue(String.valueOf(e.getMessage()).contains("signed by tim of TFMOT"), e.getMessage());
  }

  @Test
  void verify_claimLeftOut() throws IOException {
    found(
        Kind.CLAIM_MISSING,
        "the required claim pruning/resnet/size was not put to the test",
        attest(ACCURACY));
  }

  @Test
  void verify_claimThatDidNotPass() throws IOException {
    for (ClaimState state : ClaimState.values()) {
      if (state != ClaimState.PASS) {
        found(
            Kind.CLAIM_NOT_PASSED,
            "pruning/resnet/accuracy is " + state + " after 5 runs",
            attest(with(ACCURACY, state), SIZE));
      }
    }
  }

  @Test
  void verify_claimsThatWereNotReviewed() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    AttestationPolicy policy =
        new AttestationPolicy(
            keys(),
            new TreeSet<>(List.of(SIZE.id())),
            new TreeMap<>(Map.of("pruning", Digest.of(new byte[] {6}))),
            COMMIT,
            maxAge);

    Finding finding = new AttestationVerifier(policy, clock()).verify(file, files).orElseThrow();

    assertEquals(Kind.CLAIMS_CHANGED, finding.kind());
  }

  @Test
  void verify_tooOld_andFromTheFuture() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    now = MADE.plus(Duration.ofDays(14));
    assertEquals(Optional.empty(), verify(file));
    now = MADE.plus(Duration.ofDays(15));
    found(Kind.TOO_OLD, "15 days ago; 14 are allowed", file);
    now = MADE.minus(Duration.ofDays(1));
    found(Kind.MALFORMED, "still to come", file);
  }

  @Test
  void verify_otherCommit() throws IOException {
    AttestationPolicy policy =
        new AttestationPolicy(
            keys(), required(), new TreeMap<>(), "b".repeat(40), AttestationPolicy.FRESH);

    Finding finding =
        new AttestationVerifier(policy, clock())
            .verify(attest(ACCURACY, SIZE), files)
            .orElseThrow();

    assertEquals(Kind.COMMIT_DIFFERS, finding.kind());
    assertTrue(finding.message().contains("released is bbbb"), finding.message());
  }

  @Test
  void verify_namesTheFirstOfSeveralThings() throws IOException {
    Path file = attest(with(ACCURACY, ClaimState.FAIL));
    now = MADE.plus(Duration.ofDays(99));
    Files.writeString(files.get("lib-0.1.0.jar"), "other");
    found(Kind.SUBJECT_DIFFERS, "lib-0.1.0.jar", file);
    Files.writeString(files.get("lib-0.1.0.jar"), "bytes of lib-0.1.0.jar");
    found(Kind.CLAIM_MISSING, "size", file);
    found(Kind.CLAIM_NOT_PASSED, "FAIL", attest(with(ACCURACY, ClaimState.FAIL), SIZE));
    found(Kind.TOO_OLD, "99 days", attest(ACCURACY, SIZE));
  }

  @Test
  void verify_recomputed_sameOrNot() throws IOException {
    Path file = attest(ACCURACY, SIZE);
    assertEquals(Optional.empty(), recomputed(file, attested -> attested.claims()));
    recomputedTo(file, "decision INCONCLUSIVE, not PASS", with(ACCURACY, ClaimState.INCONCLUSIVE));
    recomputedTo(file, "seeds [11, 12, 13, 14, 16]", seeds(16, 180.5));
    recomputedTo(file, "evidence 180.6, not 180.5", seeds(15, 180.6));
    assertEquals(
        Optional.empty(), recomputed(file, a -> List.of(seeds(15, 180.5 * (1 + 1e-12)), SIZE)));
    Finding none = recomputed(file, attested -> List.of(SIZE)).orElseThrow();
    assertTrue(none.message().contains("accuracy: the ledger gives no evidence"), none.message());
    Finding damaged =
        recomputed(
                file,
                attested -> {
                  throw new IllegalStateException("ledger.jsonl, line 7: the line was changed");
                })
            .orElseThrow();
    assertEquals(Kind.VERDICT_DIFFERS, damaged.kind());
    assertTrue(damaged.message().contains("line 7"), damaged.message());
  }

  @Test
  void verify_halfAnAttestation_orNone_isMalformed() throws IOException {
    Path whole = attest(ACCURACY, SIZE);
    List<DsseEnvelope> envelopes = Attestation.read(whole).envelopes();
    Path file = folder.resolve("half.jsonl");
    new Attestation(envelopes.subList(0, 1)).write(file);
    found(Kind.MALFORMED, "0 statements of type " + TestResultPredicate.TYPE, file);
    new Attestation(List.of(envelopes.get(0), envelopes.get(0), envelopes.get(1))).write(file);
    found(Kind.MALFORMED, "2 statements of type " + ConvergencePredicate.TYPE, file);
    Files.writeString(file, "");
    found(Kind.MALFORMED, "is empty", file);
    Files.writeString(file, "{\"payload\":");
    found(Kind.MALFORMED, "half.jsonl, line 1", file);
  }

  @Test
  void verify_testResultOrSummaryThatDoesNotFollowFromTheClaims() throws IOException {
    List<DsseEnvelope> failed =
        Attestation.read(attest(with(ACCURACY, ClaimState.FAIL), SIZE)).envelopes();
    List<DsseEnvelope> passed = Attestation.read(attest(ACCURACY, SIZE)).envelopes();
    Path file = folder.resolve("mixed.jsonl");
    new Attestation(List.of(passed.get(0), failed.get(1), passed.get(2))).write(file);
    found(Kind.MALFORMED, "its test result does not follow from its claims", file);
    new Attestation(List.of(passed.get(0), passed.get(1), failed.get(2))).write(file);
    found(Kind.MALFORMED, "its summary does not follow from its claims", file);
    new Attestation(passed.subList(0, 2)).write(file);
    found(Kind.MALFORMED, "0 statements of type " + SummaryPredicate.TYPE, file);
  }

  @Test
  void verify_soundPartsOfDifferentReleases_areMalformed() throws IOException {
    List<DsseEnvelope> first = Attestation.read(attest(ACCURACY, SIZE)).envelopes();
    files.remove("lib-0.1.0.pom");
    List<DsseEnvelope> second = Attestation.read(attest(ACCURACY, SIZE)).envelopes();
    Path file = folder.resolve("mixed.jsonl");
    for (int swapped = 0; swapped < 3; swapped++) {
      List<DsseEnvelope> mixed = new ArrayList<>(first);
      mixed.set(swapped, second.get(swapped));
      new Attestation(mixed).write(file);
      found(Kind.MALFORMED, "not about the same files", file);
    }
  }

  @Test
  void statement_isWhatInTotoAsksFor() throws IOException {
    Attestation attestation =
        Attestation.read(attest(with(ACCURACY, ClaimState.INCONCLUSIVE), SIZE));
    JsonNode convergence = payload(attestation, 0);
    JsonNode tests = payload(attestation, 1);

    JsonNode summary = payload(attestation, 2);
    assertEquals("https://in-toto.io/attestation/svr/v0.1", summary.get("predicateType").asText());
    assertEquals("[]", summary.at("/predicate/properties").toString());
    assertEquals(MADE.toString(), summary.at("/predicate/timeCreated").asText());
    assertTrue(summary.at("/predicate/verifier/id").asText().startsWith("https://"));
    JsonNode passed = payload(Attestation.read(attest(ACCURACY, SIZE)), 2);
    assertEquals("[\"CONVERGENCE_GATE_PASS\"]", passed.at("/predicate/properties").toString());
    assertEquals("application/vnd.in-toto+json", attestation.envelopes().get(0).payloadType());
    assertEquals("https://in-toto.io/Statement/v1", convergence.get("_type").asText());
    assertEquals(3, convergence.get("subject").size());
    assertEquals(
        Digest.of(files.get("lib-0.1.0-sources.jar")).hex(),
        convergence.at("/subject/0/digest/sha256").asText());
    assertEquals(11, convergence.at("/predicate/claims/0/seeds/0").asInt());
    assertEquals(
        "https://in-toto.io/attestation/test-result/v0.1", tests.get("predicateType").asText());
    assertEquals("FAILED", tests.at("/predicate/result").asText());
    assertEquals("[\"pruning/resnet/accuracy\"]", tests.at("/predicate/failedTests").toString());
    assertEquals("[\"pruning/resnet/size\"]", tests.at("/predicate/passedTests").toString());
    assertEquals("claims of pruning", tests.at("/predicate/configuration/0/name").asText());
    assertEquals("gate.lock", tests.at("/predicate/configuration/1/name").asText());
    assertEquals(
        Digest.of(new byte[] {8}).hex(),
        tests.at("/predicate/configuration/1/digest/sha256").asText());
  }

  @Test
  void statement_infiniteEvidence_isReadBack() throws IOException {
    AttestedClaim sure = seeds(15, Double.POSITIVE_INFINITY);

    assertEquals(Optional.empty(), verify(attest(sure, SIZE)));
    assertEquals(Optional.empty(), recomputed(attest(sure, SIZE), attested -> List.of(sure, SIZE)));
  }

  @Test
  void claim_thatContradictsItself_isRefused() {
    refusedClaim("under 1/alpha", 5, List.of(1, 2, 3, 4, 5), 99.0);
    refusedClaim("5 runs and 4 seeds", 5, List.of(1, 2, 3, 4), 180.0);
    refusedClaim("counts a seed twice", 2, List.of(1, 1), 180.0);
    refusedClaim("passed without a run", 0, List.of(), 180.0);
    refusedClaim("under 1/alpha", 2, List.of(1, 2), Double.NaN);
  }

  @Test
  void predicate_statementAndPolicy_refuseWhatSaysNothing() {
    assertThrows(IllegalArgumentException.class, () -> predicate(MADE));
    assertThrows(IllegalArgumentException.class, () -> predicate(MADE, SIZE, SIZE));
    Subject subject = Subject.of("a.jar", CLAIMS);
    assertThrows(
        IllegalArgumentException.class, () -> Statement.of(List.of(subject, subject), "t", "p"));
    assertThrows(IllegalArgumentException.class, () -> Statement.of(List.of(), "t", "p"));
    assertThrows(IllegalArgumentException.class, () -> new Subject("a.jar", Map.of("md5", "00")));
    assertThrows(
        IllegalArgumentException.class,
        () -> new AttestationPolicy(keys(), new TreeSet<>(), new TreeMap<>(), null, null));
  }

  private static void refusedClaim(String sentence, int n, List<Integer> seeds, double evidence) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new AttestedClaim("c", 0.01, 0, n, seeds, evidence, ClaimState.PASS, 1.0, null))
            .getMessage();
    assertTrue(message.contains(sentence), message);
  }

  private static JsonNode payload(Attestation attestation, int index) throws IOException {
    return Json.mapper().readTree(attestation.envelopes().get(index).body());
  }

  private static AttestedClaim with(AttestedClaim claim, ClaimState state) {
    return new AttestedClaim(
        claim.id(),
        claim.alpha(),
        claim.beta(),
        claim.n(),
        claim.seeds(),
        claim.evidence(),
        state,
        claim.estimate(),
        claim.interval());
  }

  private static AttestedClaim seeds(int last, double evidence) {
    return new AttestedClaim(
        ACCURACY.id(),
        0.01,
        0.05 / 12,
        5,
        List.of(11, 12, 13, 14, last),
        evidence,
        ClaimState.PASS,
        0.912,
        ACCURACY.interval());
  }

  private void recomputedTo(Path file, String sentence, AttestedClaim claim) throws IOException {
    Finding finding = recomputed(file, attested -> List.of(claim, SIZE)).orElseThrow();
    assertEquals(Kind.VERDICT_DIFFERS, finding.kind());
    assertTrue(finding.message().contains(sentence), finding.message());
  }

  private Optional<Finding> recomputed(Path file, VerdictRecomputation engine) throws IOException {
    return new AttestationVerifier(policy(), clock()).recomputingWith(engine).verify(file, files);
  }

  private void found(Kind kind, String sentence, Path file) throws IOException {
    Finding finding = verify(file).orElseThrow();
    assertEquals(kind, finding.kind(), finding.message());
    assertTrue(finding.message().contains(sentence), finding.message());
  }

  private Optional<Finding> verify(Path file) throws IOException {
    return new AttestationVerifier(policy(), clock()).verify(file, files);
  }

  private AttestationPolicy policy() {
    return new AttestationPolicy(
        keys(), required(), new TreeMap<>(Map.of("pruning", CLAIMS)), COMMIT, maxAge);
  }

  private static TreeSet<String> required() {
    return new TreeSet<>(List.of(ACCURACY.id(), SIZE.id()));
  }

  private TrustedKeys keys() {
    return new TrustedKeys(
        List.of(
            new TrustedKey("ci", Team.RELEASE, release.publicKey(), until),
            new TrustedKey("tim", Team.TFMOT, reviewer.publicKey(), null)));
  }

  private Clock clock() {
    return Clock.fixed(now, ZoneOffset.UTC);
  }

  private Path attest(AttestedClaim... claims) throws IOException {
    return attest(release, MADE, claims);
  }

  private Path attest(SigningKey key, Instant time, AttestedClaim... claims) throws IOException {
    List<Subject> subjects = new ArrayList<>();
    for (Map.Entry<String, Path> file : files.entrySet()) {
      subjects.add(Subject.of(file.getKey(), file.getValue()));
    }
    Path written = folder.resolve("lib-0.1.0" + Attestation.SUFFIX);
    Attestation.sign(subjects, predicate(time, claims), key).write(written);
    return written;
  }

  private static ConvergencePredicate predicate(Instant time, AttestedClaim... claims) {
    return new ConvergencePredicate(
        "tfmot-release-gate 0.1.0",
        time.toString(),
        COMMIT,
        new TreeMap<>(Map.of("pruning", CLAIMS)),
        new TreeMap<>(Map.of("gate.lock", Digest.of(new byte[] {8}))),
        new HashChain.Head(40, Digest.of(new byte[] {7})),
        null,
        List.of(claims));
  }

  private static void rewritePayloads(Path file, String from, String to) throws IOException {
    List<DsseEnvelope> changed = new ArrayList<>();
    for (DsseEnvelope envelope : Attestation.read(file).envelopes()) {
      String body = new String(envelope.body(), StandardCharsets.UTF_8).replace(from, to);
      String payload = Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8));
      changed.add(new DsseEnvelope(payload, envelope.payloadType(), envelope.signatures()));
    }
    new Attestation(changed).write(file);
  }
}
