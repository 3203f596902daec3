package org.tfmot.gate.engine;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.RunSignature;
import org.tfmot.gate.statistics.BatchEffect;
import org.tfmot.gate.statistics.BettingInterval;
import org.tfmot.gate.statistics.Decision;
import org.tfmot.gate.statistics.MeanEstimate;
import org.tfmot.gate.statistics.SequentialTest;

/** Standing of a claim by its evidence under one key: always computed, never stored. */
record Standing(
    ClaimRule rule,
    Evidence evidence,
    List<RunValue> runs,
    SequentialTest test,
    int maxVoids,
    @Nullable String collapse) {

  private static final double CONFIDENCE = 0.95;

  /** Evidence such as 0.1^2 lies exactly on a boundary, but not in floating-point logarithms. */
  private static final double ROUNDING = 1e-12;

  static Standing of(ClaimRule rule, Evidence evidence, int maxVoids) {
    return of(rule, evidence, maxVoids, null);
  }

  /**
   * A standing.
   *
   * @param earlier a collapse that was seen under another key; null if there was none
   */
  static Standing of(ClaimRule rule, Evidence evidence, int maxVoids, @Nullable String earlier) {
    SequentialTest test = rule.test();
    List<RunValue> runs = new ArrayList<>();
    for (RunFinished run : evidence.runs()) {
      double value = rule.value(run);
      test = test.add(rule.overFloor(value));
      runs.add(
          new RunValue(
              run.index(),
              run.seed(),
              run.status(),
              value,
              rule.exact() ? null : (Double) test.logEvidence(),
              run.seconds(),
              run.cause(),
              run.curvesDigest()));
    }
    String own = Collapses.among(rule, runs);
    return new Standing(
        rule, evidence, List.copyOf(runs), test, maxVoids, own == null ? earlier : own);
  }

  String id() {
    return rule.claim().id();
  }

  /** The state; INCONCLUSIVE also while it is undecided, MISSING without a run. */
  ClaimState state() {
    if (test.decision() == Decision.FAIL) {
      return ClaimState.FAIL;
    }
    if (evidence.voids().size() + evidence.interrupted() > maxVoids) {
      return ClaimState.VOID_LIMIT;
    }
    if (collapse != null) {
      return ClaimState.INCONCLUSIVE;
    }
    if (passes()) {
      return ClaimState.PASS;
    }
    return runs.isEmpty() ? ClaimState.MISSING : ClaimState.INCONCLUSIVE;
  }

  /** Returns whether another run is wanted. */
  boolean undecided() {
    ClaimState state = state();
    return collapse == null
        && (state == ClaimState.MISSING || state == ClaimState.INCONCLUSIVE)
        && runs.size() < rule.maxRuns();
  }

  /**
   * A pass has to stand by all runs: if others than this gate added runs to a decided claim, and
   * they weakened its evidence, it is open again.
   */
  private boolean passes() {
    return test.decision() == Decision.PASS
        && runs.size() >= rule.claim().limits().minRuns()
        && test.logEvidence() >= Math.log(test.boundaries().upper()) - ROUNDING;
  }

  /** Further runs until a healthy claim is decided, about; 0 if none is wanted. */
  int expectedRuns() {
    return undecided() ? Math.max(1, rule.expectedRuns() - runs.size()) : 0;
  }

  /**
   * Returns what the runs of one machine and day have in common: those that a runner signed, for of
   * others neither is known. Empty for EXACT, and for fewer than two batches.
   */
  Optional<BatchEffect> batches() {
    Map<String, List<Double>> batches = new TreeMap<>();
    for (RunFinished run : rule.exact() ? List.<RunFinished>of() : evidence.runs()) {
      RunSignature signed = run.signed();
      if (signed != null) {
        String batch =
            signed.signature().keyid() + " " + LocalDate.ofInstant(signed.at(), ZoneOffset.UTC);
        batches.computeIfAbsent(batch, name -> new ArrayList<>()).add(rule.value(run));
      }
    }
    return BatchEffect.of(
        batches.values().stream()
            .map(values -> values.stream().mapToDouble(Double::doubleValue).toArray())
            .toList());
  }

  @Nullable EvidenceLevel level() {
    return rule.exact()
        ? null
        : EvidenceLevel.ofLog(
            test.logEvidence(), test.boundaries().lower(), test.boundaries().upper());
  }

  /** The mean, or the share of runs that reached the target; null without a run. */
  @Nullable Double estimate() {
    return runs.isEmpty() ? null : (Double) MeanEstimate.of(values(), CONFIDENCE).mean();
  }

  private double[] values() {
    return runs.stream().mapToDouble(RunValue::value).toArray();
  }

  /** Around the estimate; null for fewer than two runs, and where there is no chance. */
  @Nullable Interval interval() {
    if (runs.size() < 2 || rule.exact()) {
      return null;
    }
    MeanEstimate mean = MeanEstimate.of(values(), CONFIDENCE);
    if (rule.claim().kind() == Kind.BOUNDED_MEAN) {
      return betting();
    }
    if (rule.claim().kind().hasTarget()) {
      return wilson(mean.mean(), runs.size());
    }
    return new Interval(mean.low(), mean.high(), CONFIDENCE);
  }

  /** Null without a best value: then there is no upper end. */
  private @Nullable Interval betting() {
    Claim claim = rule.claim();
    Double best = claim.best();
    if (best == null) {
      return null;
    }
    Direction direction = claim.direction();
    BettingInterval interval =
        BettingInterval.of(
            Arrays.stream(values()).map(direction::oriented).toArray(),
            direction.oriented(claim.worst()),
            direction.oriented(best),
            CONFIDENCE);
    double one = direction.oriented(interval.low());
    double other = direction.oriented(interval.high());
    return new Interval(Math.min(one, other), Math.max(one, other), CONFIDENCE);
  }

  /** Wilson's interval of a share: it stays in [0, 1] and is not empty at its ends. */
  private static Interval wilson(double share, double n) {
    double z = 1.959963984540054;
    double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return new Interval(
        Math.min(share, Math.max(0, middle - half)),
        Math.max(share, Math.min(1, middle + half)),
        CONFIDENCE);
  }
}
