package org.tfmot.gate.maven.debug;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.engine.ClaimHistory;
import org.tfmot.gate.engine.EvidenceKeys;
import org.tfmot.gate.engine.GateSpec;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.EvidenceKey;
import org.tfmot.gate.ledger.Ledger;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.maven.GoalArguments;
import org.tfmot.gate.maven.run.Environments;
import org.tfmot.gate.maven.run.Environments.Environment;
import org.tfmot.gate.run.Curves;
import org.tfmot.gate.run.MetricPoint;

/**
 * Comparison of the runs of a claim, by a ledger and its folders. Compared are the runs of this
 * gate's own kind: those of a reproduction, with seeds of their own, with those of the same
 * reviewer only.
 */
final class ClaimDebug {

  private final GateSpec spec;
  private final Ledger ledger;
  private final Claim claim;
  private final Digest present;
  private final List<ClaimHistory> histories;

  private ClaimDebug(
      GateSpec spec, Ledger ledger, Claim claim, Digest present, List<ClaimHistory> histories) {
    this.spec = spec;
    this.ledger = ledger;
    this.claim = claim;
    this.present = present;
    this.histories = histories;
  }

  /**
   * Looks at a claim.
   *
   * @throws IllegalArgumentException if there is no such claim
   * @throws IllegalStateException if it has no run
   */
  static ClaimDebug of(GateSpec spec, @Nullable String claimId) throws IOException {
    Claim claim = GoalArguments.claim(spec.techniques(), claimId);
    Ledger ledger = Ledger.read(spec.ledger());
    List<ClaimHistory> histories = ClaimHistory.of(spec, ledger, claim.id());
    Digest present = EvidenceKeys.of(spec, ledger).key(Replay.test(spec, claim).name()).digest();
    ClaimDebug debug = new ClaimDebug(spec, ledger, claim, present, histories);
    if (debug.comparable().findAny().isEmpty()) {
      throw new IllegalStateException(
          "%s has no run of %s own in %s: run the gate first"
              .formatted(
                  claim.id(),
                  spec.reproducer().isEmpty() ? "the project's" : spec.reproducer() + "'s",
                  spec.ledger()));
    }
    return debug;
  }

  /** Returns, by key, what has runs of this gate's own kind, oldest first. */
  private Stream<ClaimHistory> comparable() {
    return histories.stream()
        .filter(history -> reproducer(history).equals(spec.reproducer()))
        .filter(history -> !DebugFiles.ends(history).isEmpty());
  }

  /** Returns who made the runs of a key to reproduce the project's own; empty if nobody did. */
  String reproducer(ClaimHistory history) {
    return ledger.declared(history.key()).map(EvidenceKey::reproducer).orElse("");
  }

  Claim claim() {
    return claim;
  }

  /** By key, oldest first. */
  List<ClaimHistory> histories() {
    return histories;
  }

  boolean isPresent(ClaimHistory history) {
    return history.key().equals(present);
  }

  /** The runs under the present key; if it has none, those under the newest that has. */
  ClaimHistory newest() {
    List<ClaimHistory> ran = comparable().toList();
    Optional<ClaimHistory> now = ran.stream().filter(this::isPresent).findFirst();
    return now.isPresent() ? now.get() : ran.get(ran.size() - 1);
  }

  /** The last run of {@link #newest}, whatever its end. */
  RunFinished newestRun() {
    List<RunFinished> ends = List.copyOf(DebugFiles.ends(newest()).values());
    return ends.get(ends.size() - 1);
  }

  /** The newest key under which the claim passes, other than that of the newest run. */
  Optional<ClaimHistory> lastPass() {
    ClaimHistory newest = newest();
    return comparable()
        .filter(
            history -> history.state() == ClaimState.PASS && !history.key().equals(newest.key()))
        .reduce((older, newer) -> newer);
  }

  /**
   * Returns what is different in this build, a sentence each.
   *
   * @param before a key of the ledger
   */
  List<String> changes(Digest before, Environments environments, Environment now)
      throws IOException {
    Optional<Environment> then = environments.find(before);
    EvidenceKey key = ledger.declared(before).orElseThrow(IllegalStateException::new);
    List<String> changes = new ArrayList<>();
    if (key.conditions() != null) {
      changes.addAll(EvidenceKeys.of(spec, ledger).changes(before, claim.test()));
    }
    if (then.isPresent()) {
      changes.addAll(then.get().differences(now));
      return changes.stream().distinct().toList();
    }
    changes.addAll(key.differences(now.key()));
    changes.add("more is not known here: " + environments.missing(before));
    return changes;
  }

  /** Returns the curves that a run reported; empty if its folder is gone. */
  Optional<Curves> curves(RunFinished run) throws IOException {
    return RecordedRun.curves(spec.output(), claim.test(), run);
  }

  /** For each metric of the newest run, where it leaves the passing runs; empty if nowhere. */
  List<Departure> departures(ClaimHistory passing) throws IOException {
    Optional<Curves> newest = curves(newestRun());
    if (newest.isEmpty()) {
      return List.of();
    }
    List<Curves> good = passingCurves(passing);
    List<Departure> departures = new ArrayList<>();
    for (String metric : newest.get().metrics()) {
      List<List<MetricPoint>> envelope = good.stream().map(curves -> curves.of(metric)).toList();
      Departure.first(metric, newest.get().of(metric), envelope).ifPresent(departures::add);
    }
    return departures;
  }

  /** The curves of the runs that count under a key, as far as they are here. */
  List<Curves> passingCurves(ClaimHistory passing) throws IOException {
    List<Curves> good = new ArrayList<>();
    for (RunFinished run : passing.evidence().runs()) {
      curves(run).ifPresent(good::add);
    }
    return good;
  }
}
