package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/**
 * A test of one claim that looks after every run. Immutable: {@link #add} returns a new test. The
 * error rates hold for any stopping rule that uses the evidence, the budget or the time, so runs
 * may be added on later nights; they must never be left out.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public sealed interface SequentialTest
    permits SequentialT, BernoulliSprt, TwoKey, BettingMean, ExactTest {
  /**
   * The test after one more run.
   *
   * @param x the run's value minus the floor, higher is better; for a diverged run the worst value
   *     of the metric minus the floor
   * @throws IllegalArgumentException if {@code x} is NaN or infinite
   */
  SequentialTest add(double x);

  /** The decision so far. */
  Decision decision();

  /** Natural logarithm of the likelihood ratio of "benefit holds" to "benefit gone". */
  double logEvidence();

  /** Likelihood ratio of "benefit holds" to "benefit gone"; may overflow to infinity. */
  default double evidence() {
    return Math.exp(logEvidence());
  }

  /** Number of runs added. */
  int runs();

  /** The levels of evidence at which this test decides. */
  Boundaries boundaries();

  /** The test after all the given runs, in order. */
  default SequentialTest addAll(double... values) {
    SequentialTest test = this;
    for (double x : values) {
      test = test.add(x);
    }
    return test;
  }
}
