package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlphaSpendingTest {

  private static final int REPLICATIONS = 20_000;
  private static final int TRIES = 20;

  /** Passes in a row at level k are geometric: alpha_k / (1 - alpha_k) are expected. */
  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.01, 0.05, 0.1, 0.5})
  void of_allTriesTogether_takeAtMostAlpha_evenIfOnesThatPassAreRepeated(double alpha) {
    double sum = 0;
    for (int k = 1; k <= 100_000; k++) {
      double own = AlphaSpending.of(alpha, k);
      assertTrue(own > 0 && (k == 1 || own < AlphaSpending.of(alpha, k - 1)), "try " + k);
      sum += own / (1 - own);
    }
    assertTrue(sum <= alpha, alpha + " is spent as " + sum);
    assertTrue(sum > 0.9 * alpha / (1 + alpha), alpha + " is spent as " + sum);
  }

  @Test
  void of_firstTry_stillTakesFiveGoodRunsOfFive() {
    double needed = 1 / AlphaSpending.of(0.05, 1);
    assertEquals(15.0 / 13 * 1.05 / 0.05, needed, 1e-9);
    assertTrue(Math.pow(0.95 / 0.5, 5) >= needed, "needed are " + needed);
  }

  @Test
  void of_wrongArguments_areNamed() {
    assertThrows(IllegalArgumentException.class, () -> AlphaSpending.of(0.05, 0));
    assertThrows(IllegalArgumentException.class, () -> AlphaSpending.of(1, 1));
    assertThrows(IllegalArgumentException.class, () -> AlphaSpending.of(0, 1));
  }

  /** A healthy claim of two standard deviations takes six runs at most, on average. */
  @Test
  void firstTry_ofAHealthyClaim_takesSixRunsAtMost() {
    TwoKeyRule first = TwoKeyRule.STANDARD.withAlpha(AlphaSpending.of(0.05, 1));
    PowerPlanner planner = new PowerPlanner(first, 2, 0.05 / 12);
    double runs = planner.simulate(2, 100, REPLICATIONS).meanRuns();
    assertTrue(runs <= 6, "runs " + runs);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3})
  void tries_ofAClaimAtItsFloor_passInAtMostAlphaOfAllCases(double effect) {
    SplittableRandom random = new SplittableRandom(16);
    int passed = 0;
    for (int i = 0; i < REPLICATIONS / 10; i++) {
      passed += passesInAnyTry(effect, random) ? 1 : 0;
    }
    double most = 0.05 + 3 * Math.sqrt(0.05 * 0.95 / (REPLICATIONS / 10.0));
    assertTrue(passed <= most * REPLICATIONS / 10, effect + ": " + passed);
  }

  private static boolean passesInAnyTry(double effect, SplittableRandom random) {
    for (int k = 1; k <= TRIES; k++) {
      TwoKeyRule rule = TwoKeyRule.STANDARD.withAlpha(AlphaSpending.of(0.05, k));
      SequentialTest test = rule.test(effect, 0.05 / 12, 1e-6);
      while (test.decision() == Decision.CONTINUE && test.runs() < 60) {
        test = test.add(random.nextGaussian());
      }
      if (test.decision() == Decision.PASS) {
        return true;
      }
    }
    return false;
  }
}
