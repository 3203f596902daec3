package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Ledger;

/** Computes the verdicts from the ledger. */
final class Verdicts {

  private final Suite suite;
  private final Ledger ledger;
  private final LedgerIndex index;
  private final Map<String, Integer> earlier = new HashMap<>();
  private final Map<ClaimRule, Integer> enough = new HashMap<>();

  Verdicts(Suite suite, Ledger ledger, LedgerIndex index) {
    this.suite = suite;
    this.ledger = ledger;
    this.index = index;
  }

  /** Every claim, by id. */
  List<ClaimVerdict> all() {
    List<ClaimVerdict> verdicts = new ArrayList<>();
    for (Member member : suite.register().members().values()) {
      verdicts.add(verdict(member));
    }
    return verdicts;
  }

  /** The claims of a test. */
  List<ClaimVerdict> of(String test) {
    return suite.members(test).stream().map(this::verdict).toList();
  }

  private ClaimVerdict verdict(Member member) {
    Claim claim = member.claim();
    if (member.rule() == null) {
      return without(member, String.valueOf(member.refusal()));
    }
    if (suite.testOf(claim) == null) {
      return without(member, Sentences.untested(claim));
    }
    Digest digest = suite.keyDigest(claim.test());
    Standing standing = suite.standing(member.rule(), digest, ledger);
    ClaimState state = standing.state();
    int unsigned = state == ClaimState.MISSING ? unsigned(claim, digest) : 0;
    if (unsigned > 0) {
      return verdict(member, standing, state, digest, Sentences.unsigned(standing, unsigned));
    }
    String difference = state == ClaimState.MISSING ? difference(claim, digest) : null;
    if (difference != null) {
      state = ClaimState.STALE;
    }
    return verdict(member, standing, state, digest, sentence(standing, state, digest, difference));
  }

  /** Runs that are good for looking, where only those of runners count. */
  private int unsigned(Claim claim, Digest key) {
    return suite.spec().options().runners() == null
        ? 0
        : ledger.evidence(key, claim.id()).runs().size();
  }

  private String sentence(
      Standing standing, ClaimState state, Digest key, @Nullable String difference) {
    return switch (state) {
      case PASS -> Sentences.pass(standing, passedRuns(standing, key) + standing.runs().size());
      case FAIL -> Sentences.fail(standing);
      case INCONCLUSIVE ->
          standing.collapse() != null
              ? Sentences.collapsed(standing, standing.collapse())
              : Sentences.inconclusive(standing, enough(standing));
      case VOID_LIMIT -> Sentences.voids(standing);
      case STALE -> Sentences.stale(standing, String.valueOf(difference));
      case MISSING -> Sentences.missing(standing);
    };
  }

  private ClaimVerdict verdict(
      Member member, Standing standing, ClaimState state, Digest key, String sentence) {
    Owner owner = member.technique().onCall();
    return new ClaimVerdict(
        member.claim(),
        member.technique().technique(),
        state,
        standing.rule().beta(),
        key,
        standing.runs(),
        standing.evidence().voids().size(),
        standing.evidence().interrupted(),
        standing.level(),
        standing.estimate(),
        standing.interval(),
        standing.rule().exact() ? null : (Integer) standing.rule().number(),
        standing.batches().orElse(null),
        owner,
        sentence + Sentences.tries(standing) + Sentences.batches(standing) + Sentences.whose(owner),
        Sentences.command(standing.id(), state, standing.undecided()));
  }

  private ClaimVerdict without(Member member, String sentence) {
    Owner owner = member.technique().onCall();
    int claims = suite.register().members().size();
    return new ClaimVerdict(
        member.claim(),
        member.technique().technique(),
        ClaimState.MISSING,
        suite.spec().options().budget().share(claims),
        null,
        List.of(),
        0,
        0,
        null,
        null,
        null,
        null,
        null,
        owner,
        sentence + Sentences.whose(owner),
        "");
  }

  /** Describes what is new since the last evidence under another key; null if there is none. */
  private @Nullable String difference(Claim claim, Digest digest) {
    List<Digest> others = index.otherKeys(claim.id(), digest);
    return others.isEmpty()
        ? null
        : Sentences.list(suite.keys().changes(others.get(others.size() - 1), claim.test()));
  }

  /** Counts the runs under the other keys that passed. */
  private int passedRuns(Standing standing, Digest key) {
    return earlier.computeIfAbsent(
        standing.id(),
        id ->
            index.otherKeys(id, key).stream()
                .filter(this::isOwn)
                .map(other -> suite.standing(standing.rule(), other, ledger))
                .filter(other -> other.state() == ClaimState.PASS)
                .mapToInt(other -> other.runs().size())
                .sum());
  }

  /** A reproduction is nobody's try. */
  private boolean isOwn(Digest key) {
    return ledger
        .declared(key)
        .filter(parts -> parts.reproducer().equals(suite.spec().reproducer()))
        .isPresent();
  }

  private @Nullable Integer enough(Standing standing) {
    if (standing.undecided() || !standing.rule().claim().kind().isMean()) {
      return null;
    }
    return enough.computeIfAbsent(standing.rule(), ClaimRule::enoughRuns);
  }
}
