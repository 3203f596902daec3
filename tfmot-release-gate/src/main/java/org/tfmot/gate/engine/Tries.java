package org.tfmot.gate.engine;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.AttestedClaim;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunAdmission;

/**
 * Numbers the tries of each claim since the last release, which share its alpha: a key is another
 * try of the claim, with seeds of its own. Its number is one more than the keys begun before it
 * that did not pass, and stays the same, so that a decided claim stays decided. A key that was
 * begun before the last release keeps the number that it was released with; another one counts from
 * the beginning of the ledger, for what was not released then must not pass more easily now.
 */
final class Tries {

  /** Numbers of the keys of a claim, and the number of a key that is not begun. */
  private record Numbers(Map<Digest, Integer> keys, int next) {}

  private final Ledger ledger;
  private final LedgerIndex index;
  private final RunAdmission admission;
  private final int maxVoids;
  private final long since;
  private final Map<String, AttestedClaim> released = new HashMap<>();
  private final Map<String, Numbers> numbers = new HashMap<>();

  /**
   * @param since the lines of the ledger that the last release had; 0 before the first
   * @param released the claims that were attested with keys of these lines
   */
  Tries(
      Ledger ledger,
      LedgerIndex index,
      GateOptions options,
      long since,
      List<AttestedClaim> released) {
    this.ledger = ledger;
    this.index = index;
    admission = options.admission();
    maxVoids = options.maxVoids();
    this.since = since;
    released.forEach(claim -> this.released.put(claim.id(), claim));
  }

  static Tries of(Ledger ledger, LedgerIndex index, GateOptions options) {
    ConvergencePredicate last = options.lastRelease();
    return new Tries(
        ledger, index, options, since(ledger, last), last == null ? List.of() : last.claims());
  }

  /** Returns how many lines of a ledger are of the last release and those before it. */
  static long since(Ledger ledger, @Nullable ConvergencePredicate last) {
    if (last == null) {
      return 0;
    }
    if (ledger.contains(last.ledger())) {
      return last.ledger().lines();
    }
    // A merged ledger has the runs in other lines.
    long since = 0;
    long line = 0;
    for (LedgerRecord record : ledger.records()) {
      line++;
      if (record instanceof RunStarted start && isOf(last, start)) {
        since = line;
      }
    }
    return since;
  }

  private static boolean isOf(ConvergencePredicate release, RunStarted start) {
    return start.claimIds().stream()
        .map(release::claim)
        .anyMatch(claim -> claim != null && claim.seeds().contains(start.seed()));
  }

  /** Returns the number of the try that a key is of a claim. */
  int number(ClaimRule rule, Digest key, EvidenceKey parts) {
    if (rule.exact()) {
      return 1;
    }
    // Reproductions are tries of their own.
    String series = rule.claim().id() + " " + parts.reproducer();
    Numbers own = numbers.computeIfAbsent(series, id -> count(rule, parts.reproducer()));
    return own.keys().getOrDefault(key, own.next());
  }

  private Numbers count(ClaimRule rule, String reproducer) {
    Map<Digest, Integer> found = new LinkedHashMap<>();
    int[] next = {1, 1};
    String id = rule.claim().id();
    index
        .begun(id)
        .forEach(
            (key, line) -> {
              if (!ledger
                  .declared(key)
                  .filter(k -> k.reproducer().equals(reproducer))
                  .isPresent()) {
                return;
              }
              int epoch = line <= since ? 0 : 1;
              Evidence evidence = ledger.evidence(key, id, admission);
              Integer attested = epoch == 0 ? attested(id, evidence) : null;
              int number = attested == null ? next[epoch] : attested;
              found.put(key, number);
              if (attested == null && isSpent(rule.atTry(number), evidence)) {
                next[epoch]++;
              }
            });
    return new Numbers(found, next[1]);
  }

  /** Returns whether a run was seen, to its end or not, and the claim did not pass. */
  private boolean isSpent(ClaimRule rule, Evidence evidence) {
    boolean seen = !evidence.runs().isEmpty() || evidence.interrupted() > 0;
    return seen && Standing.of(rule, evidence, maxVoids).state() != ClaimState.PASS;
  }

  private @Nullable Integer attested(String id, Evidence evidence) {
    AttestedClaim claim = released.get(id);
    if (claim == null || claim.seeds().isEmpty() || evidence.runs().size() < claim.n()) {
      return null;
    }
    List<Integer> seeds =
        evidence.runs().subList(0, claim.n()).stream().map(RunFinished::seed).toList();
    return seeds.equals(claim.seeds()) ? (Integer) claim.numberOfTry() : null;
  }
}
