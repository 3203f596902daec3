package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the betting test promises, by enumeration and by simulation with fixed seeds. */
class BettingMeanTest {
  private static final double ALPHA = 0.05;
  private static final double BETA = 0.05 / 12;

  /** Values are an accuracy over its floor: worst 0, floor .81, documented .9, best 1. */
  private static final BettingMean.Range ACCURACY = new BettingMean.Range(-0.81, 0.09, 0.19);

  private static BettingMean test(BettingMean.Range range) {
    return BettingMean.of(range, Boundaries.of(ALPHA, BETA), 1);
  }

  /** Distributions on [worst, best] whose mean is the floor, 0; the harshest are of two points. */
  enum AtTheFloor {
    ONE_IN_TEN_COLLAPSES(r -> r.nextInt(10) == 0 ? -0.81 : 0.09 + 0.003 * r.nextGaussian()),
    ONE_IN_TWENTY_COLLAPSES(r -> r.nextInt(20) == 0 ? -0.81 : 0.81 / 19),
    ONE_IN_THREE_COLLAPSES(r -> r.nextInt(3) == 0 ? -0.2 : 0.1),
    WORST_OR_BEST(r -> r.nextDouble() < 0.81 ? 0.19 : -0.81),
    ONE_IN_A_HUNDRED(r -> r.nextInt(100) == 0 ? -0.81 : 0.81 / 99),
    SKEWED(r -> Math.max(-0.81, 0.02 * (1 + Math.log(1 - r.nextDouble())))),
    NORMAL(r -> 0.003 * r.nextGaussian()),
    CONSTANT(r -> 0);

    private final ToDoubleFunction<SplittableRandom> draw;

    AtTheFloor(ToDoubleFunction<SplittableRandom> draw) {
      this.draw = draw;
    }
  }

  private static int count(
      BettingMean empty,
      ToDoubleFunction<SplittableRandom> draw,
      int limit,
      int claims,
      Decision decision) {
    SplittableRandom random = new SplittableRandom(16);
    int count = 0;
    for (int i = 0; i < claims; i++) {
      SequentialTest test = empty;
      while (test.decision() == Decision.CONTINUE && test.runs() < limit) {
        test = test.add(draw.applyAsDouble(random));
      }
      count += test.decision() == decision ? 1 : 0;
    }
    return count;
  }

  /** Without a best value nothing fails, so that every claim has all 400 runs to get through. */
  @ParameterizedTest
  @EnumSource(AtTheFloor.class)
  void atTheFloor_passesAtMostAlpha_whateverTheDistribution(AtTheFloor kind) {
    int claims = 2000;
    BettingMean.Range open = new BettingMean.Range(-0.81, 0.09, null);
    int passed = count(test(open), kind.draw, 400, claims, Decision.PASS);

    // The rate is at most alpha; three standard errors are for the simulation.
    double most = ALPHA * claims + 3 * Math.sqrt(claims * ALPHA * (1 - ALPHA));
    assertTrue(passed <= most, kind + ": " + passed + " of " + claims);
  }

  /** Where MEAN is released by 53 of 100. */
  @Test
  void oneInTenCollapses_theTwoKeyRuleReleasesIt_thisDoesNot() {
    int claims = 1000;
    ToDoubleFunction<SplittableRandom> draw = AtTheFloor.ONE_IN_TEN_COLLAPSES.draw;
    SplittableRandom random = new SplittableRandom(16);
    int mean = 0;
    for (int i = 0; i < claims; i++) {
      SequentialTest test = TwoKeyRule.STANDARD.test(3, BETA, 1e-4);
      while (test.decision() == Decision.CONTINUE && test.runs() < 60) {
        test = test.add(draw.applyAsDouble(random));
      }
      mean += test.decision() == Decision.PASS ? 1 : 0;
    }

    assertTrue(mean > 0.5 * claims, "MEAN: " + mean);
    int bounded = count(test(ACCURACY), draw, 400, claims, Decision.PASS);
    assertTrue(bounded <= ALPHA * claims, "BOUNDED_MEAN: " + bounded);
  }

  /** E[K_n] = 1 at the floor, summed over all 2^n outcomes of worst or best. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.81, 0.97})
  void expectedEvidence_atTheFloor_isOne(double floor) {
    int n = 10;
    BettingMean.Range range = new BettingMean.Range(-floor, (1 - floor) / 2, null);
    double expected = 0;
    for (int outcome = 0; outcome < 1 << n; outcome++) {
      SequentialTest test = test(range);
      double probability = 1;
      for (int i = 0; i < n; i++) {
        boolean good = (outcome >> i & 1) == 1;
        test = test.add(good ? 1 - floor : -floor);
        probability *= good ? floor : 1 - floor;
      }
      expected += probability * test.evidence();
    }
    assertEquals(1, expected, 1e-9);
  }

  @Test
  void evidence_isTheWeightedCapitalOfItsBets() {
    SequentialTest test = test(ACCURACY).addAll(0.09, -0.81, 0.05);
    double[][] bets = {
      {0.5, 0.95}, {0.2, 0.85}, {0.12, 0.7}, {0.08, 0.5}, {0.06, 0.25}, {0.04, 0.1}
    };
    double expected = 0;
    for (double[] bet : bets) {
      expected += bet[0] * (1 + bet[1] * 0.09 / 0.81) * (1 - bet[1]) * (1 + bet[1] * 0.05 / 0.81);
    }
    assertEquals(expected, test.evidence(), 1e-12);
  }

  /** Constant values as documented: what the plan says is what it takes, never under the bound. */
  @ParameterizedTest
  @CsvSource({"-0.81, 0.09", "-0.6, 0.3", "-0.5, 0.45", "-1, 0.01"})
  void runsToPass_isWhatItTakes_andNoFewerThanAnyTestNeeds(double worst, double documented) {
    BettingMean empty = test(new BettingMean.Range(worst, documented, null));
    int cost = empty.runsToPass(documented);

    double[] runs = new double[cost];
    Arrays.fill(runs, documented);
    assertEquals(Decision.PASS, empty.addAll(runs).decision());
    assertEquals(Decision.CONTINUE, empty.addAll(Arrays.copyOf(runs, cost - 1)).decision());
    // Seeds that collapse so often that the mean is at the floor show none in n runs with
    // probability (-worst / (documented - worst))^n: no test may pass before that is alpha.
    double least = Math.log(ALPHA) / Math.log(-worst / (documented - worst));
    assertTrue(cost >= least, cost + " < " + least);
    assertTrue(cost <= 1.3 * least + 2, cost + " is far from " + least);
  }

  @Test
  void healthy_failsAtMostBeta_andALostBenefitFails() {
    int claims = 5000;
    ToDoubleFunction<SplittableRandom> fluctuating =
        r -> Math.min(0.19, 0.09 + 0.05 * r.nextGaussian());
    // Clipping takes less than .0012 off the mean; the documented value is set that much lower.
    BettingMean.Range range = new BettingMean.Range(-0.81, 0.088, 0.19);
    int failed = count(test(range), fluctuating, 400, claims, Decision.FAIL);
    double most = BETA * claims + 3 * Math.sqrt(claims * BETA);
    assertTrue(failed <= most, failed + " of " + claims);

    assertEquals(1000, count(test(ACCURACY), r -> -0.3, 20, 1000, Decision.FAIL));
  }

  @Test
  void collapse_costsRuns_butDoesNotEndTheClaim() {
    BettingMean empty = test(new BettingMean.Range(-0.81, 0.09, null));
    double[] runs = new double[80];
    Arrays.fill(runs, 0.09);
    runs[4] = -0.81;

    assertEquals(Decision.PASS, empty.addAll(runs).decision());
    assertEquals(Decision.CONTINUE, empty.addAll(Arrays.copyOf(runs, 33)).decision());
  }

  @Test
  void fail_isFinal_andSaysHowMuchSpeaksAgainst() {
    SequentialTest failed = test(ACCURACY).addAll(-0.3, -0.3, -0.3, -0.3);
    assertEquals(Decision.FAIL, failed.decision());
    assertTrue(failed.evidence() <= BETA, "evidence " + failed.evidence());
    double[] good = new double[500];
    Arrays.fill(good, 0.19);
    assertEquals(Decision.FAIL, failed.addAll(good).decision());
  }

  @Test
  void valuesBeyondTheBounds_countAsTheBounds() {
    assertEquals(test(ACCURACY).add(-0.81).evidence(), test(ACCURACY).add(-7).evidence());
    assertEquals(test(ACCURACY).add(0.19).evidence(), test(ACCURACY).add(1e9).evidence());
  }

  @Test
  void passes_notBeforeItsFewestRuns() {
    BettingMean.Range range = new BettingMean.Range(-0.01, 0.9, null);
    BettingMean late = BettingMean.of(range, Boundaries.of(ALPHA, BETA), 5);
    assertEquals(Decision.CONTINUE, late.addAll(0.9, 0.9, 0.9, 0.9).decision());
    assertEquals(Decision.PASS, late.addAll(0.9, 0.9, 0.9, 0.9, 0.9).decision());
  }

  @Test
  void badInput_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new BettingMean.Range(0, 0.1, null));
    assertThrows(IllegalArgumentException.class, () -> new BettingMean.Range(-1, 0, null));
    assertThrows(IllegalArgumentException.class, () -> new BettingMean.Range(-1, 0.1, 0.1));
    assertThrows(IllegalArgumentException.class, () -> new BettingMean.Range(Double.NaN, 1, null));
    assertThrows(IllegalArgumentException.class, () -> test(ACCURACY).add(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> test(ACCURACY).runsToPass());
    assertEquals(Integer.MAX_VALUE, test(ACCURACY).runsToPass(-0.3));
  }

  @Test
  void interval_holdsTheMean_inAtLeast95Of100_andItsOwnAverage() {
    SplittableRandom random = new SplittableRandom(3);
    int missed = 0;
    int claims = 2000;
    for (int i = 0; i < claims; i++) {
      double[] values = new double[20];
      double sum = 0;
      for (int k = 0; k < values.length; k++) {
        values[k] = random.nextInt(10) == 0 ? 0 : 0.9;
        sum += values[k];
      }
      BettingInterval interval = BettingInterval.of(values, 0, 1, 0.95);
      missed += interval.low() > 0.81 || interval.high() < 0.81 ? 1 : 0;
      double average = sum / values.length;
      assertTrue(interval.low() <= average && average <= interval.high(), interval::toString);
    }
    assertTrue(missed <= 0.05 * claims, missed + " of " + claims);
    assertThrows(
        IllegalArgumentException.class, () -> BettingInterval.of(new double[0], 0, 1, 0.9));
    assertThrows(
        IllegalArgumentException.class, () -> BettingInterval.of(new double[] {1}, 1, 1, 0.9));
  }

  /** (1 - q)^n = .05 at the bound. */
  @ParameterizedTest
  @CsvSource({"1, 0.95", "5, 0.4507", "10, 0.2589", "59, 0.0495"})
  void collapseBound_isTheShareUnderWhichNoneIsSeenInFiveOfAHundred(int runs, double share) {
    assertEquals(share, CollapseBound.upper(runs), 5e-5);
    assertEquals(0.05, Math.pow(1 - CollapseBound.upper(runs), runs), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> CollapseBound.upper(0));
  }
}
