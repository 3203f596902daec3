package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerPlannerTest {
  private static final int REPLICATIONS = 20_000;

  private static PowerPlanner planner(double alpha, double effect) {
    return new PowerPlanner(TwoKeyRule.STANDARD.withAlpha(alpha), effect, 0.05 / 12);
  }

  @Test
  void formulaRuns_isTheMoreDemandingKey() {
    // d = 1, alpha = .05: 1 + ln 20 / (ln 2 / 2) = 9.64 for the mean.
    double p = 0.8413447460685429;
    double gain = p * Math.log(2 * p) + (1 - p) * Math.log(2 * (1 - p));
    assertEquals(Math.log(20) / gain, planner(0.05, 1).formulaRuns(), 1e-9);
    assertTrue(planner(0.05, 1).formulaRuns() > 9.64);
    // d = 3: 1 + ln 20 / (ln 10 / 2) = 3.6 for the mean; never under the fewest runs.
    assertTrue(planner(0.05, 3).formulaRuns() >= 5);
  }

  /**
   * At the worst place of the levels a healthy run is over the floor in Phi(1 - 1 / 2) of cases.
   */
  @Test
  void grain_ofACoarseMetric_takesMoreRuns() {
    PowerPlanner coarse = new PowerPlanner(TwoKeyRule.STANDARD, 1, 1, 0.05 / 12);
    double p = 0.6914624612740131;
    double gain = p * Math.log(2 * p) + (1 - p) * Math.log(2 * (1 - p));
    assertEquals(-Math.log(0.05) / gain, coarse.formulaRuns(), 1e-9);
    Power power = coarse.simulate(1, coarse.maxRunsFor(0.99, 4000), 4000);
    assertTrue(power.fail() <= 0.05 / 12 + 0.002, power::toString);
    assertTrue(power.pass() > 0.98, power::toString);
    assertEquals(
        planner(0.05, 2).formulaRuns(),
        new PowerPlanner(TwoKeyRule.STANDARD, 2, 1e-3, 0.05 / 12).formulaRuns(),
        0.01);
  }

  @ParameterizedTest
  @CsvSource({"0.05, 1", "0.05, 2", "0.01, 2", "0.01, 3"})
  void maxRuns_isOnePointEightTimesTheFormula(double alpha, double effect) {
    PowerPlanner planner = planner(alpha, effect);
    assertEquals(Math.ceil(1.8 * planner.formulaRuns()), planner.maxRuns());
  }

  @Test
  void simulate_healthyClaim_passesWithFewRuns() {
    PowerPlanner planner = planner(0.05, 2);
    Power power = planner.simulate(2, planner.maxRuns(), REPLICATIONS);
    assertTrue(power.pass() > 0.96, power::toString);
    assertTrue(power.meanRuns() < 6, power::toString);
    assertEquals(1, power.pass() + power.fail() + power.inconclusive(), 1e-12);
  }

  @Test
  void simulate_formula_isNearTheSimulatedMean() {
    for (double effect : new double[] {1, 1.5, 2, 3}) {
      PowerPlanner planner = planner(0.05, effect);
      double simulated = planner.simulate(effect, 300, 5000).meanRuns();
      assertEquals(simulated, planner.formulaRuns(), 0.3 * simulated, "effect " + effect);
    }
  }

  @Test
  void simulate_isDeterministic() {
    PowerPlanner planner = planner(0.05, 1.5);
    assertEquals(planner.simulate(1.5, 20, 500), planner.simulate(1.5, 20, 500));
  }

  @Test
  void maxRunsFor_reachesTheProbability_andIsTheSmallest() {
    PowerPlanner planner = planner(0.05, 2);
    int limit = planner.maxRunsFor(0.998, REPLICATIONS);
    assertTrue(limit > planner.maxRuns());
    assertTrue(planner.simulate(2, limit, REPLICATIONS).inconclusive() <= 0.002);
    assertTrue(planner.simulate(2, limit - 1, REPLICATIONS).inconclusive() > 0.002);
    assertEquals(planner.maxRuns(), planner.maxRunsFor(0.5, REPLICATIONS));
  }

  @Test
  void badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> planner(0.05, 0));
    assertThrows(IllegalArgumentException.class, () -> planner(0, 2));
    PowerPlanner planner = planner(0.05, 2);
    assertThrows(IllegalArgumentException.class, () -> planner.simulate(2, 0, 10));
    assertThrows(IllegalArgumentException.class, () -> planner.simulate(2, 10, 0));
    assertThrows(IllegalArgumentException.class, () -> planner.simulate(Double.NaN, 10, 10));
    assertThrows(IllegalArgumentException.class, () -> planner.maxRunsFor(1, 10));
  }
}
