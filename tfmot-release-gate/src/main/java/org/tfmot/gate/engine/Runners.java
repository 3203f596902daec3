package org.tfmot.gate.engine;

import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.LedgerRecord.RunStarted;
import org.tfmot.gate.ledger.RunAdmission;
import org.tfmot.gate.ledger.RunSignature;
import org.tfmot.gate.ledger.SeedDraw;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.signature.Team;
import org.tfmot.gate.signature.TrustedKey;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Whose runs count for a release: those that a trusted runner, or the release job, began with a
 * seed that it signed and ended with a signature over the result.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class Runners implements RunAdmission {

  private final TrustedKeys keys;
  private final List<String> names;

  /** Whose signature a record has: each is verified once, however often verdicts are computed. */
  private final Map<Object, Optional<TrustedKey>> holders =
      Collections.synchronizedMap(new IdentityHashMap<>());

  private Runners(TrustedKeys keys, List<String> names) {
    this.keys = keys;
    this.names = List.copyOf(names);
  }

  /** The runners that a project's keys and policy admit. */
  public static Runners of(TrustedKeys keys, ReleasePolicy policy) {
    return new Runners(keys, policy.runners());
  }

  /** Returns whether runs that this key signs now count. */
  public boolean admits(SigningKey key) {
    return keys.holder(key).filter(this::runs).filter(k -> k.countsAt(Instant.now())).isPresent();
  }

  private boolean runs(TrustedKey key) {
    boolean team = key.team() == Team.RUNNER || key.team() == Team.RELEASE;
    return team && (names.isEmpty() || names.contains(key.name()));
  }

  @Override
  public boolean admits(EvidenceKey key, RunStarted start, @Nullable RunFinished end) {
    SeedDraw draw = start.draw();
    TrustedKey runner = draw == null ? null : signer(draw);
    if (draw == null || runner == null || !runs(runner) || !draw.claims().equals(key.claims())) {
      return false;
    }
    if (end == null) {
      return true;
    }
    RunSignature signed = end.signed();
    Optional<TrustedKey> by =
        signed == null
            ? Optional.empty()
            : holders.computeIfAbsent(
                end,
                run ->
                    keys.holder(
                        RunSignature.PAYLOAD_TYPE, end.payload(signed.time()), signed.signature()));
    if (signed == null || by.isEmpty()) {
      throw new IllegalStateException(
          ("run %d, which %s began, is not signed as it stands: the ledger was changed; take it"
                  + " from the repository again")
              .formatted(end.index(), runner.name()));
    }
    return runs(by.get()) && by.get().countsAt(signed.at()) && runner.countsAt(signed.at());
  }

  /** Whose key signed a seed; null if no trusted one did. */
  private @Nullable TrustedKey signer(SeedDraw draw) {
    return holders
        .computeIfAbsent(
            draw, seed -> keys.holder(SeedDraw.PAYLOAD_TYPE, draw.payload(), draw.signature()))
        .orElse(null);
  }

  /**
   * Requires that a ledger has every run that trusted runners began in an earlier one: their counts
   * never go back.
   *
   * @param earlier a version of before
   * @param where whose it is and how to get it, for the message
   * @throws IllegalStateException naming test and runner, and the runs that are not there
   */
  public void requireContinues(Ledger ledger, Ledger earlier, String where) {
    for (LedgerRecord line : earlier.records()) {
      SeedDraw draw = line instanceof RunStarted start ? start.draw() : null;
      if (draw != null && draw.counter() > ledger.counter(draw.test(), draw.runner())) {
        TrustedKey runner = signer(draw);
        if (runner != null) {
          throw new IllegalStateException(
              ("the ledger lacks run %d of %s by %s, which %s. It was deleted or cut off, and a"
                      + " runner's count never goes back")
                  .formatted(draw.counter(), draw.test(), runner.name(), where));
        }
      }
    }
  }

  /**
   * Requires that no run of a test was taken out: each runner counts its runs.
   *
   * @throws IllegalStateException naming the first that is not there
   */
  void requireWhole(Ledger ledger, String test) {
    Map<String, SortedMap<Long, SeedDraw>> draws = new HashMap<>();
    for (LedgerRecord line : ledger.records()) {
      if (line instanceof RunStarted start) {
        SeedDraw draw = start.draw();
        if (draw != null && draw.test().equals(test)) {
          draws.computeIfAbsent(draw.runner(), id -> new TreeMap<>()).put(draw.counter(), draw);
        }
      }
    }
    for (SortedMap<Long, SeedDraw> own : draws.values()) {
      long next = 1;
      for (SeedDraw draw : own.values()) {
        TrustedKey runner = signer(draw);
        if (runner == null) {
          // Nobody's runs: they neither count nor fill a gap.
          continue;
        }
        if (draw.counter() != next) {
          throw new IllegalStateException(
              ("the ledger lacks run %d of %s by %s, and has run %d: lines were taken out of it")
                  .formatted(next, test, runner.name(), draw.counter()));
        }
        next++;
      }
    }
  }
}
