package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds of the errors, by simulation with fixed seeds. */
class ErrorRatesTest {
  private static final double RESOLUTION = 1e-9;
  private static final ToDoubleFunction<SplittableRandom> NORMAL = SplittableRandom::nextGaussian;

  /** Mean 0, standard deviation 1, an exponential tail of bad runs. */
  private static final ToDoubleFunction<SplittableRandom> BAD_TAIL =
      random -> 1 + Math.log(1 - random.nextDouble());

  /** Share of claims that passed and failed, and the mean number of runs. */
  private static Power simulate(
      SequentialTest empty,
      ToDoubleFunction<SplittableRandom> noise,
      double margin,
      int maxRuns,
      int claims) {
    SplittableRandom random = new SplittableRandom(42);
    double pass = 0;
    double fail = 0;
    double runs = 0;
    for (int i = 0; i < claims; i++) {
      SequentialTest test = empty;
      while (test.decision() == Decision.CONTINUE && test.runs() < maxRuns) {
        test = test.add(margin + noise.applyAsDouble(random));
      }
      pass += test.decision() == Decision.PASS ? 1 : 0;
      fail += test.decision() == Decision.FAIL ? 1 : 0;
      runs += test.runs();
    }
    return new Power(pass / claims, fail / claims, (claims - pass - fail) / claims, runs / claims);
  }

  private static SequentialT sequential(double effect, double error, int minRuns) {
    return SequentialT.of(effect, Boundaries.of(error, error), minRuns, RESOLUTION);
  }

  /** The table of the method: errors and runs of the sequential t. */
  @ParameterizedTest
  @CsvSource({
    "0.05, 1, 0.035, 0.030, 9.4, 7.2",
    "0.05, 1.5, 0.032, 0.019, 5.8, 3.8",
    "0.05, 2, 0.034, 0.010, 4.6, 3.0",
    "0.05, 3, 0.026, 0.002, 3.6, 2.4",
    "0.01, 1, 0.009, 0.007, 14.3, 10.9",
    "0.01, 2, 0.006, 0.002, 6.7, 3.5",
    "0.01, 3, 0.005, 0.001, 5.0, 2.6"
  })
  void sequentialT_theMethodsTable(
      double error, double effect, double release, double block, double runs, double runsAtFloor) {
    SequentialT test = sequential(effect, error, 2);
    Power broken = simulate(test, NORMAL, 0, 1000, 20_000);
    Power healthy = simulate(test, NORMAL, effect, 1000, 20_000);
    assertTrue(broken.pass() <= error, broken::toString);
    assertTrue(healthy.fail() <= error, healthy::toString);
    assertEquals(release, broken.pass(), 0.006);
    assertEquals(block, healthy.fail(), 0.006);
    assertEquals(runs, healthy.meanRuns(), 0.03 * runs + 0.1);
    assertEquals(runsAtFloor, broken.meanRuns(), 0.05 * runsAtFloor + 0.1);
  }

  @Test
  void beyondTheHypotheses_theErrorsAreSmaller() {
    SequentialT test = sequential(2, 0.05, 2);
    assertTrue(simulate(test, NORMAL, -0.5, 1000, 10_000).pass() < 0.01);
    assertEquals(0, simulate(test, NORMAL, -2, 1000, 10_000).pass());
    assertTrue(simulate(test, NORMAL, 3, 1000, 10_000).fail() < 0.002);
  }

  /** Nobody looks at the FAIL boundary: seeds are added night after night until it is green. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3})
  void optionalStopping_over200Nights_keepsAlpha(double effect) {
    Boundaries neverFails = new Boundaries(0, 20);
    SequentialT mean = SequentialT.of(effect, neverFails, 2, RESOLUTION);
    Power broken = simulate(mean, NORMAL, 0, 200, 2000);
    assertEquals(0, broken.fail());
    assertTrue(broken.pass() <= 0.05, broken::toString);
    assertTrue(broken.pass() > 0.005, "the boundary is reached at times: " + broken);
    BernoulliSprt share = BernoulliSprt.of(0.5, 0.95, neverFails);
    Power broken2 = simulate(share, NORMAL, 0, 200, 2000);
    assertTrue(broken2.pass() <= 0.05, broken2::toString);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3})
  void optionalStopping_over200Nights_keepsBeta(double effect) {
    // Nobody stops at a PASS: a healthy claim is rerun until it fails.
    SequentialT test =
        SequentialT.of(effect, new Boundaries(0.05, Double.POSITIVE_INFINITY), 2, RESOLUTION);
    Power healthy = simulate(test, NORMAL, effect, 200, 2000);
    assertEquals(0, healthy.pass());
    assertTrue(healthy.fail() <= 0.05, healthy::toString);
  }

  @ParameterizedTest
  @CsvSource({"0.05, 1", "0.05, 1.5", "0.05, 2", "0.05, 3", "0.01, 1", "0.01, 2"})
  void twoKey_keepsAlphaAndBeta(double alpha, double effect) {
    double beta = 0.05;
    TwoKey test = TwoKeyRule.STANDARD.withAlpha(alpha).test(effect, beta, RESOLUTION);
    Power broken = simulate(test, NORMAL, 0, 500, 10_000);
    Power healthy = simulate(test, NORMAL, effect, 500, 10_000);
    assertTrue(broken.pass() <= alpha, broken::toString);
    assertTrue(healthy.fail() <= beta, healthy::toString);
  }

  @Test
  void skewedTails_theMethodsTable() {
    int claims = 20_000;
    SequentialT alone = sequential(2, 0.05, 2);
    assertEquals(0.166, simulate(alone, BAD_TAIL, 0, 500, claims).pass(), 0.015);
    assertEquals(0.09, simulate(sequential(2, 0.05, 6), BAD_TAIL, 0, 500, claims).pass(), 0.015);
    assertEquals(0.034, simulate(sequential(2, 0.05, 10), BAD_TAIL, 0, 500, claims).pass(), 0.01);
    TwoKey standard = TwoKeyRule.STANDARD.test(2, 0.05, RESOLUTION);
    assertEquals(0.09, simulate(standard, BAD_TAIL, 0, 500, claims).pass(), 0.015);
    assertEquals(0.015, simulate(standard, NORMAL, 0, 500, claims).pass(), 0.005);
    assertEquals(5.8, simulate(standard, NORMAL, 2, 500, claims).meanRuns(), 0.15);
    TwoKey critical = TwoKeyRule.CRITICAL.test(2, 0.05, RESOLUTION);
    assertEquals(0.010, simulate(critical, BAD_TAIL, 0, 500, claims).pass(), 0.005);
    assertEquals(11.7, simulate(critical, NORMAL, 2, 500, claims).meanRuns(), 0.3);
  }

  @Test
  void symmetricHeavyTails_keepAlpha() {
    SequentialT test = sequential(2, 0.05, 2);
    ToDoubleFunction<SplittableRandom> student3 =
        random -> {
          double a = random.nextGaussian();
          double b = random.nextGaussian();
          double c = random.nextGaussian();
          return random.nextGaussian() / Math.sqrt((a * a + b * b + c * c) / 3);
        };
    ToDoubleFunction<SplittableRandom> laplace =
        random -> (random.nextBoolean() ? 1 : -1) * Math.log(1 - random.nextDouble());
    assertTrue(simulate(test, student3, 0, 500, 20_000).pass() <= 0.05);
    assertTrue(simulate(test, laplace, 0, 500, 20_000).pass() <= 0.05);
  }

  @Test
  void quantisedMetric_keepsAlpha() {
    // An accuracy of a hundred examples with a seed noise of half a step: most runs tie.
    double step = 1;
    SequentialT test = SequentialT.of(2, Boundaries.of(0.05, 0.05), 2, step);
    ToDoubleFunction<SplittableRandom> ties = random -> Math.rint(0.5 * random.nextGaussian());
    assertTrue(simulate(test, ties, 0, 500, 20_000).pass() <= 0.05);
  }

  /**
   * Metrics of few levels, their resolution the distance of the levels, the margin in true standard
   * deviations. The expected values are those of an independent implementation (numpy, the density
   * ratio by quadrature of its definition; 20,000 claims, limit 200). Without the grain 46 % of the
   * first row fail.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1.0,  0.0016, 55.0, 0.0003",
    "1, 1, 1, 1.25, 0.0008, 11.1, 0.0001",
    "1, 1, 1, 2,    0.0001,  6.1, 0.0000",
    "1, 2, 1, 1.0,  0.0018, 34.7, 0.0000",
    "1, 2, 1, 1.25, 0.0019, 24.9, 0.0000",
    "2, 3, 5, 1.5,  0.0031, 17.4, 0.0000",
    "5, 3, 2, 1.0,  0.0004, 18.0, 0.0004",
  })
  void fewLevels_keepAlpha_andHealthyClaimsDoNotFail(
      int low, int middle, int high, double effect, double fail, double runs, double release) {
    double all = low + middle + high;
    double mean = (high - low) / all;
    double deviation = Math.sqrt((low + high) / all - mean * mean);
    double grain = 1 / deviation;
    ToDoubleFunction<SplittableRandom> levels =
        random -> {
          double drawn = random.nextDouble() * all;
          double level = drawn < low ? -1 : drawn < low + middle ? 0 : 1;
          return (level - mean) / deviation;
        };
    TwoKey test = TwoKeyRule.STANDARD.test(effect, grain, 0.05 / 12, grain);
    Power healthy = simulate(test, levels, effect, 200, 20_000);
    assertEquals(fail, healthy.fail(), 0.002);
    assertTrue(healthy.fail() <= 0.05 / 12, healthy::toString);
    assertEquals(runs, healthy.meanRuns(), 0.03 * runs);
    Power broken = simulate(test, levels, 0, 200, 20_000);
    assertEquals(release, broken.pass(), 0.001);
  }

  @Test
  void verdicts_doNotDependOnTheUnit() {
    TwoKey test = TwoKeyRule.STANDARD.test(2, 0.05, RESOLUTION);
    Power unit = simulate(test, NORMAL, 2, 100, 1000);
    Power scaled = simulate(test, random -> 1e-3 * NORMAL.applyAsDouble(random), 2e-3, 100, 1000);
    assertEquals(unit, scaled);
  }
}
