package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * The test of a claim without chance (a size, a count, bit-exactness): one run at or over the floor
 * passes, any run under it fails for good. The evidence is 1 without a run, then infinite or 0.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ExactTest implements SequentialTest {
  private final int runs;
  private final double logEvidence;

  private ExactTest(int runs, double logEvidence) {
    this.runs = runs;
    this.logEvidence = logEvidence;
  }

  /** A test without runs. */
  public static ExactTest create() {
    return new ExactTest(0, 0);
  }

  @Override
  public ExactTest add(double x) {
    boolean holds = Checks.finite("run " + (runs + 1), x) >= 0;
    boolean lost = !holds || logEvidence == Double.NEGATIVE_INFINITY;
    return new ExactTest(runs + 1, lost ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
  }

  @Override
  public Decision decision() {
    return Boundaries.CERTAINTY.next(Decision.CONTINUE, logEvidence, runs, 1);
  }

  @Override
  public double logEvidence() {
    return logEvidence;
  }

  @Override
  public int runs() {
    return runs;
  }

  @Override
  public Boundaries boundaries() {
    return Boundaries.CERTAINTY;
  }
}
