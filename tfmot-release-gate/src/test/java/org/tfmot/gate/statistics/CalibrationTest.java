package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static final Calibration UNIT = new Calibration(8, 0.9, 0.008, 0.01);

  @Test
  void of_measuresMeanDeviationAndBound() {
    double[] values = {2, 4, 4, 4, 5, 5, 7, 9};
    Calibration calibration = Calibration.of(values, 1e-6);
    assertEquals(8, calibration.runs());
    assertEquals(5, calibration.mean(), 1e-12);
    assertEquals(Math.sqrt(32.0 / 7), calibration.deviation(), 1e-12);
    assertEquals(Math.sqrt(32 / 3.8223219077661383), calibration.upper(), 1e-9);
  }

  @Test
  void upper_coversTheTrueDeviationEightTimesOfTen() {
    SplittableRandom random = new SplittableRandom(3);
    int covered = 0;
    int trials = 10_000;
    for (int i = 0; i < trials; i++) {
      double[] values = random.doubles(10).map(u -> random.nextGaussian() * 0.3).toArray();
      covered += Calibration.of(values, 1e-9).upper() >= 0.3 ? 1 : 0;
    }
    assertEquals(0.8, covered / (double) trials, 0.012);
  }

  @Test
  void effect_isTheMarginInDeviations_atMostThree() {
    assertEquals(2, UNIT.effect(0.92, 0.90), 1e-9);
    assertEquals(3, UNIT.effect(0.99, 0.90), 1e-9);
    assertEquals(1, UNIT.effect(0.91, 0.90), 1e-9);
  }

  @Test
  void marginUnderTheNoise_isRefusedWithTheThreeWaysOut() {
    assertTrue(UNIT.admits(0.91, 0.90));
    assertFalse(UNIT.admits(0.9099, 0.90));
    assertFalse(UNIT.admits(0.90, 0.92));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> UNIT.effect(0.905, 0.90));
    assertTrue(e.getMessage().contains("0.50 standard deviations"), e.getMessage());
    assertTrue(
        e.getMessage().contains("widen the margin, lengthen the run, or pair the seeds"),
        e.getMessage());
  }

  @Test
  void pairedSeeds_admitAMarginThatUnpairedOnesDoNot() {
    // Common random numbers: the variance of the difference is 2 sigma^2 (1 - rho).
    SplittableRandom random = new SplittableRandom(5);
    double[] technique = new double[12];
    double[] difference = new double[12];
    for (int i = 0; i < 12; i++) {
      double seed = random.nextGaussian();
      double base = 0.9 + 0.01 * seed;
      technique[i] = base + 0.001 * random.nextGaussian();
      difference[i] = technique[i] - base;
    }
    assertFalse(Calibration.of(technique, 1e-4).admits(0.9, 0.895));
    assertTrue(Calibration.of(difference, 1e-4).admits(0, -0.005));
  }

  @Test
  void identicalRuns_countAsTheResolution() {
    Calibration calibration = Calibration.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1}, 0.01);
    assertEquals(0.01, calibration.deviation());
    assertFalse(calibration.admits(1, 0.99));
    assertTrue(calibration.admits(1, 0.98));
  }

  @Test
  void of_badArguments_areNamed() {
    double[] seven = new double[7];
    double[] nan = {1, 2, 3, Double.NaN, 5, 6, 7, 8};
    assertMessage("number of reference runs is 7", () -> Calibration.of(seven, 1));
    assertMessage("value 4 is NaN", () -> Calibration.of(nan, 1));
    assertMessage("resolution is 0.0", () -> Calibration.of(new double[8], 0));
    assertMessage("upper is 1.0", () -> new Calibration(8, 0, 2, 1));
    assertMessage("documented is NaN", () -> UNIT.admits(Double.NaN, 0));
  }

  private static void assertMessage(String start, Runnable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
  }
}
