package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * The two-key rule: {@link SequentialT} and {@link BernoulliSprt} on the same runs, and both must
 * pass. The mean must be over the floor, and so must the typical run; the second key bounds what a
 * skewed metric can do to the first. Either key alone may fail the claim, each with half of beta.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TwoKey implements SequentialTest {
  private final SequentialT mean;
  private final BernoulliSprt share;
  private final int minRuns;
  private final Decision decision;

  private TwoKey(SequentialT mean, BernoulliSprt share, int minRuns, Decision previous) {
    this.mean = mean;
    this.share = share;
    this.minRuns = minRuns;
    decision = mean.boundaries().next(previous, logEvidence(), mean.runs(), minRuns);
  }

  static TwoKey of(TwoKeyRule rule, double effect, double grain, double beta, double resolution) {
    Boundaries each = Boundaries.of(rule.alpha(), Checks.probability("beta", beta) / 2);
    return new TwoKey(
        SequentialT.of(effect, each, rule.minRuns(), resolution),
        BernoulliSprt.of(rule.p0(), rule.healthyShare(effect, grain), each),
        rule.minRuns(),
        Decision.CONTINUE);
  }

  @Override
  public TwoKey add(double x) {
    return new TwoKey(mean.add(x), share.add(x), minRuns, decision);
  }

  @Override
  public Decision decision() {
    return decision;
  }

  /** That of the weaker key. */
  @Override
  public double logEvidence() {
    return Math.min(mean.logEvidence(), share.logEvidence());
  }

  @Override
  public int runs() {
    return mean.runs();
  }

  /** Those of each key: {@code beta/2} and {@code 1/alpha}. */
  @Override
  public Boundaries boundaries() {
    return mean.boundaries();
  }

  /** The key of the mean. */
  public SequentialT mean() {
    return mean;
  }

  /** The key of the share of runs at or over the floor. */
  public BernoulliSprt share() {
    return share;
  }
}
