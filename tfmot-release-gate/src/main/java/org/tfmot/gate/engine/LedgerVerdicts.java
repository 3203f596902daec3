package org.tfmot.gate.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.attestation.VerdictRecomputation;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.HashChain;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.RunSignature;

/**
 * Decides an attested release again from its ledger and its claims. Only evidence about the very
 * files counts; what the attestation says of verdicts, runs and numbers is not looked at, but for
 * the head of the ledger, the inputs, and the seeds where several machines have evidence.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class LedgerVerdicts implements VerdictRecomputation {

  private final Path ledgerFile;
  private final List<TechniqueDescriptor> techniques;
  private final SortedMap<String, Digest> files;
  private final GateOptions options;
  private final @Nullable ReleasedContent content;

  /**
   * @param ledgerFile the ledger
   * @param techniques the descriptors in the released jars
   * @param files the released files: name to digest
   * @param options the limits that the gate was run with
   */
  public LedgerVerdicts(
      Path ledgerFile,
      List<TechniqueDescriptor> techniques,
      SortedMap<String, Digest> files,
      GateOptions options) {
    this(ledgerFile, techniques, files, options, null);
  }

  /**
   * @param content classes of the release, and what runs depended on; null if runs count that are
   *     about its whole files alone
   */
  public LedgerVerdicts(
      Path ledgerFile,
      List<TechniqueDescriptor> techniques,
      SortedMap<String, Digest> files,
      GateOptions options,
      @Nullable ReleasedContent content) {
    this.content = content;
    this.ledgerFile = ledgerFile;
    this.techniques = List.copyOf(techniques);
    this.files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    this.options = options;
  }

  @Override
  public List<AttestedClaim> recompute(ConvergencePredicate attested) throws IOException {
    Ledger ledger = Ledger.read(ledgerFile);
    HashChain.Head head = attested.ledger();
    if (!ledger.contains(head)) {
      throw new IllegalStateException(
          ("%s is not the ledger that was attested: that had %d lines and the digest %s, this has"
                  + " %d lines and is not its continuation")
              .formatted(ledgerFile, head.lines(), head.digest(), ledger.head().lines()));
    }
    Map<String, Digest> claims = Suite.claimsByTest(techniques);
    Register register = Register.of(techniques, options.policy());
    Map<String, String> collapses = Collapses.of(register, ledger);
    Tries tries = tries(ledger, attested);
    List<AttestedClaim> computed = new ArrayList<>();
    for (Member member : register.members().values()) {
      Claim claim = member.claim();
      ClaimRule rule = member.rule();
      if (rule == null) {
        throw new IllegalStateException(String.valueOf(member.refusal()));
      }
      Digest key = key(claim, claims.get(claim.test()), ledger, attested);
      computed.add(
          key == null
              ? missing(rule)
              : attested(rule, key, ledger, attested, tries, collapses.get(claim.id())));
    }
    return computed;
  }

  private AttestedClaim attested(
      ClaimRule rule,
      Digest key,
      Ledger ledger,
      ConvergencePredicate attested,
      Tries tries,
      @Nullable String collapse) {
    Evidence evidence = evidence(key, rule.claim(), ledger);
    requireYoung(rule, evidence, attested);
    Runners runners = options.runners();
    if (runners != null) {
      runners.requireWhole(ledger, rule.claim().test());
    }
    EvidenceKey parts = ledger.declared(key).orElseThrow();
    ClaimRule asTried = rule.atTry(tries.number(rule, key, parts));
    Standing standing = Standing.of(asTried, evidence, options.maxVoids(), collapse);
    EvidenceLevel level = standing.level();
    return new AttestedClaim(
        standing.id(),
        rule.claim().alpha(),
        rule.beta(),
        standing.runs().size(),
        standing.runs().stream().map(RunValue::seed).toList(),
        level == null ? null : (Double) level.value(),
        standing.state(),
        standing.estimate(),
        standing.interval(),
        rule.exact() ? null : (Integer) asTried.number(),
        rule.exact() ? null : (Double) asTried.alpha(),
        standing.batches().orElse(null));
  }

  private Tries tries(Ledger ledger, ConvergencePredicate attested) {
    Long since = attested.triesSince();
    return new Tries(
        ledger, LedgerIndex.of(ledger), options, since == null ? 0 : since, attested.claims());
  }

  private Evidence evidence(Digest key, Claim claim, Ledger ledger) {
    return ledger.evidence(key, claim.id(), options.admission());
  }

  /** A run that is signed says when it was made; an old one proves an old machine and its world. */
  private void requireYoung(ClaimRule rule, Evidence evidence, ConvergencePredicate attested) {
    Duration age = Duration.ofDays(options.policy().maxRunAgeDays());
    Instant attestedAt = Instant.parse(attested.time());
    for (RunFinished run : evidence.runs()) {
      RunSignature signed = run.signed();
      if (signed != null && signed.at().plus(age).isBefore(attestedAt)) {
        throw new IllegalStateException(
            ("run %d of %s was made at %s, more than the %d days before the attestation that the"
                    + " policy allows")
                .formatted(run.index(), rule.claim().id(), signed.time(), age.toDays()));
      }
    }
  }

  private static AttestedClaim missing(ClaimRule rule) {
    return new AttestedClaim(
        rule.claim().id(),
        rule.claim().alpha(),
        rule.beta(),
        0,
        List.of(),
        null,
        ClaimState.MISSING,
        null,
        null);
  }

  /** The key of the evidence about the released files; null if the claim has no run at all. */
  private @Nullable Digest key(
      Claim claim, @Nullable Digest claims, Ledger ledger, ConvergencePredicate attested) {
    List<Digest> keys = ledger.keys(claim.id());
    Digest found = null;
    String difference = null;
    List<Integer> seeds =
        Optional.ofNullable(attested.claim(claim.id())).map(AttestedClaim::seeds).orElse(List.of());
    for (Digest key : keys) {
      EvidenceKey parts = ledger.declared(key).orElseThrow();
      String other = difference(parts, claim.test(), claims, ledger, attested);
      if (other != null) {
        difference = other;
        continue;
      }
      List<Integer> own =
          evidence(key, claim, ledger).runs().stream().map(run -> run.seed()).toList();
      found = key;
      if (own.equals(seeds)) {
        return key;
      }
    }
    if (found == null && difference != null) {
      throw new IllegalStateException(
          "the runs for %s are evidence about something else: %s"
              .formatted(claim.id(), difference));
    }
    return found;
  }

  /** Describes how a key differs from what is released; null if it does not. */
  private @Nullable String difference(
      EvidenceKey key,
      String test,
      @Nullable Digest claims,
      Ledger ledger,
      ConvergencePredicate attested) {
    if (!key.reproducer().isEmpty()) {
      return "%s made them, to reproduce the project's own".formatted(key.reproducer());
    }
    if (!key.claims().equals(claims)) {
      return "the claims were others when they were made";
    }
    if (key.conditions() == null) {
      return wholeFiles(key, attested);
    }
    if (content == null) {
      return "what they loaded was not released";
    }
    List<String> changes = content.changes(key, test, ledger, files, attested.inputs());
    return changes.isEmpty() ? null : Sentences.list(changes);
  }

  private @Nullable String wholeFiles(EvidenceKey key, ConvergencePredicate attested) {
    for (Map.Entry<String, Digest> subject : key.subjects().entrySet()) {
      Digest released = files.get(subject.getKey());
      if (!subject.getValue().equals(released)) {
        return released == null
            ? "%s is not released".formatted(subject.getKey())
            : "they were made with %s of digest %s, released is %s"
                .formatted(subject.getKey(), subject.getValue(), released);
      }
    }
    return AttestedInputs.areThose(key, attested.inputs())
        ? null
        : "they were made on another class path or other data sets";
  }
}
