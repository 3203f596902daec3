package org.tfmot.gate.statistics;

import java.util.HashMap;
import java.util.Map;

/** The exact operating characteristic of a {@link BernoulliSprt}, by dynamic programming. */
public final class SprtPower {
  private SprtPower() {}

  /**
   * Computes the ends of the test if every further run succeeds with the given probability.
   *
   * @param test the test, with or without runs
   * @param success success probability, in [0, 1]
   * @param maxRuns run limit in total, at least 1
   */
  public static Power of(BernoulliSprt test, double success, int maxRuns) {
    if (!(success >= 0 && success <= 1)) {
      throw new IllegalArgumentException("success is " + success + "; it must lie in [0, 1]");
    }
    Checks.atLeast("maxRuns", maxRuns, 1);
    // After n runs the undecided state is the number of successes: their order does not matter.
    Map<Integer, State> open = new HashMap<>();
    double pass = 0;
    double fail = 0;
    double meanRuns = test.runs();
    add(open, test, 1);
    for (int n = test.runs(); ; n++) {
      double continuing = 0;
      Map<Integer, State> next = new HashMap<>();
      for (State state : open.values()) {
        switch (state.test.decision()) {
          case PASS -> pass += state.probability;
          case FAIL -> fail += state.probability;
          case CONTINUE -> {
            continuing += state.probability;
            add(next, state.test.addSuccess(true), state.probability * success);
            add(next, state.test.addSuccess(false), state.probability * (1 - success));
          }
        }
      }
      if (n >= maxRuns || continuing == 0) {
        return new Power(pass, fail, continuing, meanRuns);
      }
      meanRuns += continuing;
      open = next;
    }
  }

  private static void add(Map<Integer, State> states, BernoulliSprt test, double probability) {
    // Tests that have decided never share a count with open ones: the count fixes the evidence.
    states.merge(
        test.successes(),
        new State(test, probability),
        (a, b) -> new State(a.test, a.probability + b.probability));
  }

  private record State(BernoulliSprt test, double probability) {}
}
