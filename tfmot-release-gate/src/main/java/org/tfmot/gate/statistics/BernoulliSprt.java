package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * Wald's sequential probability ratio test of a success probability. A run succeeds if its value is
 * at or over the floor; nothing is supposed about the distribution of the values.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class BernoulliSprt implements SequentialTest {
  private final double p0;
  private final double p1;
  private final Boundaries boundaries;
  private final int successes;
  private final int failures;
  private final Decision decision;

  private BernoulliSprt(
      double p0, double p1, Boundaries boundaries, int successes, int failures, Decision previous) {
    this.p0 = p0;
    this.p1 = p1;
    this.boundaries = boundaries;
    this.successes = successes;
    this.failures = failures;
    decision = boundaries.next(previous, logEvidence(), runs(), 1);
  }

  /**
   * A test without runs.
   *
   * @param p0 success probability of a broken claim, in (0, 1)
   * @param p1 success probability of a healthy claim, in (p0, 1)
   */
  public static BernoulliSprt of(double p0, double p1, Boundaries boundaries) {
    Checks.probability("p0", p0);
    Checks.probability("p1", p1);
    if (p1 <= p0) {
      throw new IllegalArgumentException("p1 is " + p1 + "; it must be over p0 = " + p0);
    }
    return new BernoulliSprt(p0, p1, boundaries, 0, 0, Decision.CONTINUE);
  }

  @Override
  public BernoulliSprt add(double x) {
    return addSuccess(Checks.finite("run " + (runs() + 1), x) >= 0);
  }

  /** The test after one more run that did or did not succeed. */
  public BernoulliSprt addSuccess(boolean success) {
    return new BernoulliSprt(
        p0,
        p1,
        boundaries,
        success ? successes + 1 : successes,
        success ? failures : failures + 1,
        decision);
  }

  @Override
  public Decision decision() {
    return decision;
  }

  @Override
  public double logEvidence() {
    return successes * Math.log(p1 / p0) + failures * Math.log((1 - p1) / (1 - p0));
  }

  @Override
  public int runs() {
    return successes + failures;
  }

  /** Runs at or over the floor. */
  public int successes() {
    return successes;
  }

  @Override
  public Boundaries boundaries() {
    return boundaries;
  }
}
