package org.tfmot.gate.claim;

import org.jspecify.annotations.Nullable;
import org.tfmot.gate.statistics.AlphaSpending;
import org.tfmot.gate.statistics.BettingMean;
import org.tfmot.gate.statistics.Boundaries;

/** Checks that the numbers of a claim fit each other. */
final class ValueRules {

  /** A beta under which no run as documented comes. */
  private static final double NO_FAILURE = 1e-9;

  private final ClaimRules.Values claim;
  private final Kind kind;
  private final Direction direction;
  private final double documented;
  private final double floor;
  private final double worst;
  private final Problems problems;

  private ValueRules(
      ClaimRules.Values claim, Kind kind, Direction direction, double[] values, Problems problems) {
    this.claim = claim;
    this.kind = kind;
    this.direction = direction;
    this.documented = values[0];
    this.floor = values[1];
    this.worst = values[2];
    this.problems = problems;
  }

  /** Checks a claim whose documented value, floor and worst value are there and finite. */
  static void check(ClaimRules.Values claim, Kind kind, Direction direction, Problems problems) {
    if (claim.documented() == null || claim.floor() == null || claim.worst() == null) {
      return;
    }
    double[] values = {claim.documented(), claim.floor(), claim.worst()};
    ValueRules rules = new ValueRules(claim, kind, direction, values, problems);
    rules.checkMinShare();
    if (!kind.hasTarget()) {
      rules.checkMetric();
    } else if (claim.target() == null) {
      problems.at("target").add("is missing: a %s claim needs value, step, p0, p1", kind);
    } else {
      rules.checkTarget(claim.target());
    }
  }

  private void checkMinShare() {
    Double share = claim.minShare();
    if (share == null) {
      return;
    }
    problems.require(kind.isMean(), "minShare", "is for MEAN and PAIRED, not %s", kind);
    problems.require(
        Claim.SHARES.contains(share), "minShare", "%s is not one of %s", share, Claim.SHARES);
  }

  private void checkMetric() {
    problems.require(
        claim.target() == null, "target", "is for RELIABILITY and TIME_TO_TARGET, not %s", kind);
    double margin = direction.oriented(documented) - direction.oriented(floor);
    boolean exact = kind == Kind.EXACT;
    problems.require(
        margin > 0 || (exact && margin == 0),
        "floor",
        "%s is not worse than the documented %s (%s)",
        floor,
        documented,
        direction);
    checkWorst(floor, "floor");
    if (kind == Kind.BOUNDED_MEAN) {
      checkBounded();
      return;
    }
    problems.require(claim.best() == null, "best", "is for BOUNDED_MEAN, not %s", kind);
    Double resolution = claim.resolution();
    if (exact || resolution == null) {
      return;
    }
    problems.require(
        resolution > 0,
        "resolution",
        "%s for a %s claim: state the smallest difference that the metric can show, such as 1 /"
            + " test-set size; identical results would else be infinite evidence",
        resolution,
        kind);
    problems.require(
        !(margin > 0) || margin >= resolution,
        "resolution",
        "%s is larger than the margin %s: the metric cannot show the benefit",
        resolution,
        margin);
  }

  /**
   * Verifies the cost, which is known before any run: bets on the documented value have to reach
   * what the first try needs.
   */
  private void checkBounded() {
    Double best = claim.best();
    double margin = direction.oriented(documented) - direction.oriented(floor);
    double lowest = direction.oriented(worst) - direction.oriented(floor);
    Double highest =
        best == null ? null : (Double) (direction.oriented(best) - direction.oriented(floor));
    boolean bounded = highest == null || highest > margin;
    problems.require(bounded, "best", "%s is not better than the documented %s", best, documented);
    Double alpha = claim.alpha();
    Limits limits = claim.limits();
    if (!bounded || !(margin > 0) || !(lowest < 0)) {
      return;
    }
    if (alpha == null || !(alpha > 0 && alpha < 1) || limits == null || limits.minRuns() < 1) {
      return;
    }
    int cost =
        BettingMean.of(
                new BettingMean.Range(lowest, margin, highest),
                Boundaries.of(AlphaSpending.of(alpha, 1), NO_FAILURE),
                limits.minRuns())
            .runsToPass(margin);
    problems
        .at("limits")
        .require(
            limits.maxRuns() >= cost,
            "maxRuns",
            "%d: even if every run is as documented, %s are needed for alpha %s; it could never"
                + " pass. Widen the margin, or raise the limit",
            limits.maxRuns(),
            cost == Integer.MAX_VALUE ? "over a hundred thousand" : cost,
            alpha);
  }

  private void checkWorst(double bound, String name) {
    problems.require(
        direction.oriented(worst) < direction.oriented(bound),
        "worst",
        "%s is not worse than the %s %s: a diverged run would count as a good one",
        worst,
        name,
        bound);
  }

  private void checkTarget(Target target) {
    problems.require(claim.best() == null, "best", "is for BOUNDED_MEAN, not %s", kind);
    Problems inner = problems.at("target");
    inner.require(Double.isFinite(target.value()), "value", "%s is not finite", target.value());
    inner.require(target.step() >= 1, "step", "%d is under 1", target.step());
    boolean shares = target.p0() > 0 && target.p0() < target.p1() && target.p1() < 1;
    inner.require(
        shares, "p0", "0 < p0 < p1 < 1 does not hold for %s and %s", target.p0(), target.p1());
    checkWorst(target.value(), "target");
    if (kind == Kind.RELIABILITY) {
      requireSame("documented", documented, "target.p1", target.p1());
      requireSame("floor", floor, "target.p0", target.p0());
    } else {
      requireSame("floor", floor, "target.step", target.step());
      problems.require(
          documented >= 1 && documented <= floor,
          "documented",
          "step %s is not in [1, %s], the floor",
          documented,
          floor);
    }
    if (shares) {
      checkReach(target, claim.alpha(), claim.limits());
    }
  }

  private void requireSame(String key, double value, String other, double due) {
    problems.require(
        value == due,
        key,
        "%s is not %s, %s: what is documented is what is tested",
        value,
        other,
        due);
  }

  /**
   * Each success multiplies the evidence by p1/p0; what the first try needs has to be reached by
   * maxRuns.
   */
  private void checkReach(Target target, @Nullable Double alpha, @Nullable Limits limits) {
    if (alpha == null || !(alpha > 0 && alpha < 1) || limits == null) {
      return;
    }
    double first = AlphaSpending.of(alpha, 1);
    int straight = (int) Math.ceil(-Math.log(first) / Math.log(target.p1() / target.p0()));
    problems
        .at("limits")
        .require(
            limits.maxRuns() >= straight,
            "maxRuns",
            "%d: even if every run succeeds, %d are needed for alpha %s; it could never pass",
            limits.maxRuns(),
            straight,
            alpha);
  }
}
