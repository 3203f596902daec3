package org.tfmot.gate.attestation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.Finding.Kind;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.signature.DsseEnvelope;
import org.tfmot.gate.signature.KeySignature;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.UntrustedSignatureException;

/**
 * Checks an attestation against the bytes that are to be released, and names the first thing that
 * is wrong.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class AttestationVerifier {

  private final AttestationPolicy policy;
  private final Clock clock;
  private @Nullable VerdictRecomputation recomputation;

  /** A verifier of the present time. */
  public AttestationVerifier(AttestationPolicy policy) {
    this(policy, Clock.systemUTC());
  }

  AttestationVerifier(AttestationPolicy policy, Clock clock) {
    this.policy = policy;
    this.clock = clock;
  }

  /** Also decides every claim again, from the ledger. */
  public AttestationVerifier recomputingWith(VerdictRecomputation engine) {
    this.recomputation = engine;
    return this;
  }

  /**
   * Verifies.
   *
   * @param attestation the attestation file
   * @param files every file that is to be released, by its name in the repository; without the
   *     attestation file itself
   * @return the first thing that is wrong; empty if nothing is
   * @throws IOException if a file cannot be read
   */
  public Optional<Finding> verify(Path attestation, Map<String, Path> files) throws IOException {
    return verify(attestation, files, true);
  }

  /**
   * Verifies, where only some of the files are at hand: an uploader may take one module at a time.
   * As {@link #verify(Path, Map)}, but files that were gated may be missing.
   */
  public Optional<Finding> verifyPart(Path attestation, Map<String, Path> files)
      throws IOException {
    return verify(attestation, files, false);
  }

  /**
   * Returns what the release team signed, whatever became of the files since.
   *
   * @throws IllegalStateException if it is not signed by a key that the policy trusts
   */
  public ConvergencePredicate signed(Path attestation) throws IOException {
    try {
      return one(statements(attestation), ConvergencePredicate.TYPE)
          .predicateAs(ConvergencePredicate.class);
    } catch (Found found) {
      throw new IllegalStateException("%s: %s".formatted(attestation, found.finding), found);
    }
  }

  private List<Statement> statements(Path attestation) throws IOException {
    List<DsseEnvelope> envelopes = envelopes(attestation);
    Instant at = policy.maxAge() == null ? attestedTime(envelopes) : clock.instant();
    List<Statement> statements = new ArrayList<>();
    for (DsseEnvelope envelope : envelopes) {
      statements.add(statement(envelope, at));
    }
    return statements;
  }

  private Optional<Finding> verify(Path attestation, Map<String, Path> files, boolean all)
      throws IOException {
    try {
      List<Statement> statements = statements(attestation);
      Statement convergence = one(statements, ConvergencePredicate.TYPE);
      Statement tests = one(statements, TestResultPredicate.TYPE);
      Statement summary = one(statements, SummaryPredicate.TYPE);
      if (!convergence.subject().equals(tests.subject())
          || !convergence.subject().equals(summary.subject())) {
        throw new Found(Kind.MALFORMED, "the statements are not about the same files");
      }
      checkFiles(convergence, new TreeMap<>(files), all);
      ConvergencePredicate predicate = convergence.predicateAs(ConvergencePredicate.class);
      checkClaims(predicate);
      checkFollows("test result", tests, TestResultPredicate.of(predicate));
      checkFollows("summary", summary, SummaryPredicate.of(predicate));
      checkTime(Times.parse(predicate.time()));
      checkCommit(predicate.commit());
      checkVerdicts(predicate);
      return Optional.empty();
    } catch (Found found) {
      return Optional.of(found.finding);
    } catch (IllegalArgumentException e) {
      return Optional.of(new Finding(Kind.MALFORMED, String.valueOf(e.getMessage())));
    }
  }

  /** Ends the verification; never leaves this class. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Finding finding;

    Found(Kind kind, String message, @Nullable Object... values) {
      super(message, null, false, false);
      this.finding = new Finding(kind, message.formatted(values));
    }
  }

  private static List<DsseEnvelope> envelopes(Path file) throws IOException {
    List<DsseEnvelope> envelopes = Attestation.read(file).envelopes();
    if (envelopes.isEmpty()) {
      throw new Found(Kind.MALFORMED, "%s is empty", file);
    }
    return envelopes;
  }

  /**
   * Returns the time at which the attestation claims to be made, not verified yet. An old release
   * was signed by a key that may have ended since; a new one must be signed by a key that counts
   * now.
   */
  private Instant attestedTime(List<DsseEnvelope> envelopes) {
    for (DsseEnvelope envelope : envelopes) {
      String time =
          Json.parse("the statement", envelope.body(), JsonNode.class)
              .at("/predicate/time")
              .asText("");
      if (!time.isEmpty()) {
        return Times.parse(time);
      }
    }
    return clock.instant();
  }

  private Statement statement(DsseEnvelope envelope, Instant at) {
    if (envelope.signatures().isEmpty()) {
      throw new Found(Kind.SIGNATURE, "a statement is not signed");
    }
    byte[] body = envelope.body();
    for (KeySignature signature : envelope.signatures()) {
      checkSigner(envelope, body, signature, at);
    }
    if (!envelope.payloadType().equals(Statement.PAYLOAD_TYPE)) {
      throw new Found(Kind.MALFORMED, "%s is no in-toto statement", envelope.payloadType());
    }
    return Json.parse("the statement", body, Statement.class);
  }

  private void checkSigner(DsseEnvelope envelope, byte[] body, KeySignature signature, Instant at) {
    try {
      TrustedKey signer = policy.keys().signer(envelope.payloadType(), body, signature, at);
      if (signer.team() != Team.RELEASE) {
        throw new Found(
            Kind.SIGNER_NOT_TRUSTED,
            "it is signed by %s of %s; releases are attested by %s",
            signer.name(),
            signer.team(),
            Team.RELEASE);
      }
    } catch (UntrustedSignatureException e) {
      throw new Found(e.forged() ? Kind.SIGNATURE : Kind.SIGNER_NOT_TRUSTED, "%s", e.getMessage());
    }
  }

  private static Statement one(List<Statement> statements, String type) {
    List<Statement> found =
        statements.stream().filter(s -> s.predicateType().equals(type)).toList();
    if (found.size() != 1) {
      throw new Found(
          Kind.MALFORMED, "it has %d statements of type %s, one is needed", found.size(), type);
    }
    return found.get(0);
  }

  private static void checkFiles(Statement statement, SortedMap<String, Path> files, boolean all)
      throws IOException {
    SortedMap<String, Digest> subjects = new TreeMap<>();
    statement.subject().forEach(subject -> subjects.put(subject.name(), subject.sha256()));
    for (Map.Entry<String, Path> file : files.entrySet()) {
      Digest gated = subjects.get(file.getKey());
      if (gated != null) {
        Digest now = Digest.of(file.getValue());
        if (!now.equals(gated)) {
          throw new Found(
              Kind.SUBJECT_DIFFERS,
              "%s is not the file that was gated: its digest is %s, gated was %s",
              file.getKey(),
              now,
              gated);
        }
      }
    }
    for (String file : files.keySet()) {
      if (!subjects.containsKey(file)) {
        throw new Found(
            Kind.FILE_WITHOUT_SUBJECT,
            "%s was not gated: the attestation does not mention it",
            file);
      }
    }
    for (String subject : subjects.keySet()) {
      if (all && !files.containsKey(subject)) {
        throw new Found(
            Kind.SUBJECT_WITHOUT_FILE, "%s was gated, but is not among the files", subject);
      }
    }
  }

  private void checkClaims(ConvergencePredicate predicate) {
    TreeSet<String> missing = new TreeSet<>(policy.requiredClaims());
    predicate.claims().forEach(claim -> missing.remove(claim.id()));
    if (!missing.isEmpty()) {
      throw new Found(
          Kind.CLAIM_MISSING,
          "the required claim %s was not put to the test%s",
          missing.first(),
          missing.size() == 1 ? "" : ", nor were %d others".formatted(missing.size() - 1));
    }
    for (AttestedClaim claim : predicate.claims()) {
      if (claim.decision() != ClaimState.PASS) {
        throw new Found(
            Kind.CLAIM_NOT_PASSED,
            "%s is %s after %d runs",
            claim.id(),
            claim.decision(),
            claim.n());
      }
    }
    policy
        .claimsDigests()
        .forEach(
            (technique, digest) -> {
              Digest attested = predicate.claimsDigests().get(technique);
              if (!digest.equals(attested)) {
                throw new Found(
                    Kind.CLAIMS_CHANGED,
                    "the claims of %s are not those that were reviewed: %s, reviewed were %s",
                    technique,
                    attested,
                    digest);
              }
            });
  }

  private static void checkFollows(String what, Statement statement, Object expected) {
    if (!statement.predicate().equals(Json.mapper().valueToTree(expected))) {
      throw new Found(Kind.MALFORMED, "its %s does not follow from its claims", what);
    }
  }

  private void checkTime(Instant time) {
    Instant now = clock.instant();
    if (time.isAfter(now.plus(Duration.ofMinutes(10)))) {
      throw new Found(Kind.MALFORMED, "it was made at %s, which is still to come", time);
    }
    Duration maxAge = policy.maxAge();
    if (maxAge != null && time.plus(maxAge).isBefore(now)) {
      throw new Found(
          Kind.TOO_OLD,
          "it was made at %s, %d days ago; %d are allowed: run the gate again",
          time,
          Duration.between(time, now).toDays(),
          maxAge.toDays());
    }
  }

  private void checkCommit(String commit) {
    if (policy.commit() != null && !policy.commit().equals(commit)) {
      throw new Found(
          Kind.COMMIT_DIFFERS, "it is for commit %s, released is %s", commit, policy.commit());
    }
  }

  private void checkVerdicts(ConvergencePredicate predicate) throws IOException {
    VerdictRecomputation engine = recomputation;
    if (engine == null) {
      return;
    }
    Map<String, AttestedClaim> computed = new TreeMap<>();
    try {
      engine.recompute(predicate).forEach(claim -> computed.put(claim.id(), claim));
    } catch (RuntimeException e) {
      throw new Found(
          Kind.VERDICT_DIFFERS, "the evidence cannot be taken: %s", String.valueOf(e.getMessage()));
    }
    for (AttestedClaim claim : predicate.claims()) {
      AttestedClaim again = computed.get(claim.id());
      String difference = again == null ? "no evidence" : claim.difference(again);
      if (!difference.isEmpty()) {
        throw new Found(Kind.VERDICT_DIFFERS, "%s: the ledger gives %s", claim.id(), difference);
      }
    }
  }
}
