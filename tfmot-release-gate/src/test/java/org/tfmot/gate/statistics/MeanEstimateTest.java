package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MeanEstimateTest {
  @Test
  void of_studentsInterval() {
    MeanEstimate estimate = MeanEstimate.of(new double[] {1, 2, 3, 4, 5}, 0.95);
    double half = 2.7764451051977934 * Math.sqrt(2.5) / Math.sqrt(5);
    assertEquals(3, estimate.mean(), 1e-12);
    assertEquals(3 - half, estimate.low(), 1e-9);
    assertEquals(3 + half, estimate.high(), 1e-9);
    assertEquals(5, estimate.runs());
  }

  @Test
  void of_oneValue_saysNothingAboutTheSpread() {
    MeanEstimate estimate = MeanEstimate.of(new double[] {0.7}, 0.9);
    assertEquals(0.7, estimate.mean());
    assertEquals(Double.NEGATIVE_INFINITY, estimate.low());
    assertEquals(Double.POSITIVE_INFINITY, estimate.high());
  }

  @Test
  void interval_coversTheMean() {
    SplittableRandom random = new SplittableRandom(11);
    int covered = 0;
    int trials = 10_000;
    for (int i = 0; i < trials; i++) {
      double[] values = random.doubles(6).map(u -> 5 + random.nextGaussian()).toArray();
      MeanEstimate estimate = MeanEstimate.of(values, 0.9);
      covered += estimate.low() <= 5 && 5 <= estimate.high() ? 1 : 0;
    }
    assertEquals(0.9, covered / (double) trials, 0.01);
  }

  @Test
  void badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> MeanEstimate.of(new double[0], 0.9));
    assertThrows(IllegalArgumentException.class, () -> MeanEstimate.of(new double[] {1}, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> MeanEstimate.of(new double[] {1, Double.POSITIVE_INFINITY}, 0.9));
  }
}
