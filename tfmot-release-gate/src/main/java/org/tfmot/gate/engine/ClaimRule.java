package org.tfmot.gate.engine;

import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Registration;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.statistics.BernoulliSprt;
import org.tfmot.gate.statistics.BettingMean;
import org.tfmot.gate.statistics.Boundaries;
import org.tfmot.gate.statistics.ExactTest;
import org.tfmot.gate.statistics.PowerPlanner;
import org.tfmot.gate.statistics.SequentialTest;
import org.tfmot.gate.statistics.TwoKeyRule;

/**
 * Decision rule of a claim.
 *
 * @param claim the claim
 * @param effect its margin in standard deviations; 0 if it is not about a mean
 * @param beta its share of the false-block budget
 * @param number of the try, from 1: alpha is shared by all tries of a release
 */
record ClaimRule(Claim claim, double effect, double beta, int number) {

  private static final int REPLICATIONS = 20_000;

  static ClaimRule of(Registration registration, double beta) {
    return new ClaimRule(registration.claim(), registration.effect().orElse(0), beta, 1);
  }

  /** Returns the rule of another try. */
  ClaimRule atTry(int other) {
    return new ClaimRule(claim, effect, beta, other);
  }

  /** Returns the alpha of this try. */
  double alpha() {
    return claim.alpha(number);
  }

  /** Returns the run limit of this try: the claim's is of the first, later ones need more. */
  int maxRuns() {
    double more = Math.log(alpha()) / Math.log(claim.alpha(1));
    return exact()
        ? claim.limits().maxRuns()
        : (int) Math.ceil(claim.limits().maxRuns() * more - 1e-9);
  }

  /** Its test, without runs. */
  SequentialTest test() {
    if (claim.kind().isMean()) {
      return rule().test(effect, grain(), beta, claim.resolution());
    }
    if (claim.kind() == Kind.BOUNDED_MEAN) {
      return betting();
    }
    Target target = claim.target();
    return target == null
        ? ExactTest.create()
        : BernoulliSprt.of(target.p0(), target.p1(), Boundaries.of(alpha(), beta));
  }

  /** The value of a run as people see it: the metric, or whether the target was reached. */
  double value(RunFinished run) {
    Target target = claim.target();
    String metric = target == null ? claim.metric() : TargetSteps.metric(claim);
    Double value = run.status() == RunStatus.OK ? run.metrics().get(metric) : null;
    if (target != null) {
      return value != null && value <= target.step() ? 1 : 0;
    }
    if (value == null || !Double.isFinite(value)) {
      return claim.worst();
    }
    return claim.kind() == Kind.BOUNDED_MEAN ? bounded(value) : value;
  }

  /** A value beyond the worst or the best counts as that. */
  private double bounded(double value) {
    Direction direction = claim.direction();
    double up = Math.max(direction.oriented(value), direction.oriented(claim.worst()));
    Double best = claim.best();
    return direction.oriented(best == null ? up : Math.min(up, direction.oriented(best)));
  }

  /** The value as the test takes it: over 0 is good. */
  double overFloor(double value) {
    return claim.kind().hasTarget() ? value - 0.5 : claim.overFloor(value);
  }

  /** Estimates the runs that a healthy claim takes. */
  int expectedRuns() {
    double runs = 1;
    Target target = claim.target();
    if (claim.kind().isMean()) {
      runs = planner().formulaRuns();
    } else if (claim.kind() == Kind.BOUNDED_MEAN) {
      runs = betting().runsToPass(healthy());
    } else if (target != null) {
      double p0 = target.p0();
      double p1 = target.p1();
      double gain = p1 * Math.log(p1 / p0) + (1 - p1) * Math.log((1 - p1) / (1 - p0));
      runs = -Math.log(alpha()) / gain;
    }
    int most = maxRuns();
    return Math.min(most, Math.max(claim.limits().minRuns(), (int) Math.ceil(runs - 1e-9)));
  }

  /**
   * The run limit under which a healthy claim is decided but for half its share of the false-block
   * budget; null for a claim that is not about a mean. Takes a simulation: not for plans.
   */
  @Nullable Integer enoughRuns() {
    return claim.kind().isMean() ? planner().maxRunsFor(1 - beta / 2, REPLICATIONS) : null;
  }

  /** Returns the floor, in the unit of the estimate. */
  double floor() {
    Target target = claim.target();
    return target == null ? claim.floor() : target.p0();
  }

  /** The documented value in the unit of the estimate. */
  double documented() {
    Target target = claim.target();
    return target == null ? claim.documented() : target.p1();
  }

  boolean exact() {
    return claim.kind() == Kind.EXACT;
  }

  private BettingMean betting() {
    return BettingMean.of(claim.range(), Boundaries.of(alpha(), beta), claim.limits().minRuns());
  }

  /** The reference runs over the floor; without any, one that is as documented. */
  private double[] healthy() {
    return claim.calibration().isEmpty()
        ? new double[] {claim.margin()}
        : claim.calibration().stream().mapToDouble(claim::overFloor).toArray();
  }

  private TwoKeyRule rule() {
    return claim.rule().withAlpha(alpha());
  }

  private PowerPlanner planner() {
    return new PowerPlanner(rule(), effect, grain(), beta);
  }

  private double grain() {
    return Registration.grain(claim, effect);
  }
}
