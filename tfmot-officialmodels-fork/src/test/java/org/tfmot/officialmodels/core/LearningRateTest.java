package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LearningRateTest {

  private static final double EXACT = 1e-15;

  @Test
  void constant_isTheSameEverywhere() {
    LearningRate rate = LearningRate.constant(0.3);
    assertEquals(0.3, rate.at(0));
    assertEquals(0.3, rate.at(1L << 40));
  }

  @Test
  void cosine_atTheAnglesWithKnownCosines() {
    LearningRate rate = LearningRate.cosine(0.4, 600);
    assertEquals(0.4, rate.at(0), EXACT);
    assertEquals(0.2 * (1 + Math.sqrt(3) / 2), rate.at(100), EXACT); // 30 degrees
    assertEquals(0.2 * (1 + Math.sqrt(2) / 2), rate.at(150), EXACT); // 45 degrees
    assertEquals(0.3, rate.at(200), EXACT); // 60 degrees
    assertEquals(0.2, rate.at(300), EXACT); // 90 degrees
    assertEquals(0.1, rate.at(400), EXACT); // 120 degrees
    assertEquals(0, rate.at(600), EXACT);
    assertEquals(0, rate.at(601), EXACT);
  }

  @Test
  void cosine_withoutLength_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> LearningRate.cosine(0.1, 0));
  }

  @Test
  void cosineRestarts_areCosinesOfGrowingLength() {
    LearningRate rate = LearningRate.cosineRestarts(0.4, 600, 2, 0.5);
    LearningRate first = LearningRate.cosine(0.4, 600);
    LearningRate second = LearningRate.cosine(0.2, 1200);
    LearningRate third = LearningRate.cosine(0.1, 2400);
    for (long step = 0; step < 600; step += 50) {
      assertEquals(first.at(step), rate.at(step), EXACT);
      assertEquals(second.at(step), rate.at(600 + step), EXACT);
      assertEquals(third.at(step), rate.at(1800 + step), EXACT);
    }
  }

  @Test
  void cosineRestarts_ofShrinkingLength_end() {
    LearningRate rate = LearningRate.cosineRestarts(0.4, 600, 0.5, 1);
    assertEquals(0.4, rate.at(600), EXACT);
    assertEquals(0.2, rate.at(750), EXACT);
    assertEquals(0.4, rate.at(900), EXACT);
    assertEquals(0, rate.at(1200));
    assertEquals(0, rate.at(Long.MAX_VALUE));
  }

  @Test
  void cosineRestarts_withoutLengthOrFactor_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> LearningRate.cosineRestarts(0.1, 0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> LearningRate.cosineRestarts(0.1, 1, 0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRate.cosineRestarts(0.1, 1, 1, Double.NaN));
  }

  @Test
  @DisplayName("vector 41: polynomial decay of a value")
  void polynomial_goesFromOneRateToAnother() {
    LearningRate line = LearningRate.polynomial(0.05, 10, 0.001, 1, 0);
    assertEquals(0.05, line.at(0), EXACT);
    assertEquals(0.0255, line.at(5), EXACT);
    assertEquals(0.001, line.at(10), EXACT);
    assertEquals(0.001, line.at(15), EXACT);
    LearningRate cubic = LearningRate.polynomial(0.1, 10, 1.0, 3, 10);
    for (int step = 0; step < 10; step++) {
      assertEquals(0.1, cubic.at(step), EXACT);
    }
    for (int i = 0; i <= 10; i++) {
      double left = (10 - i) / 10.0;
      assertEquals(1 - 0.9 * left * left * left, cubic.at(10 + i), EXACT);
    }
  }

  @Test
  void polynomial_withoutLengthOrPower_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> LearningRate.polynomial(0.1, 0, 0, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> LearningRate.polynomial(0.1, 5, 0, Double.NaN, 0));
    assertThrows(IllegalArgumentException.class, () -> LearningRate.polynomial(0.1, 5, 0, 1, -1));
  }

  @Test
  void stepwise_changesAtItsBoundaries() {
    LearningRate rate = LearningRate.stepwise(new long[] {10, 20}, new double[] {1, 0.1, 0.01});
    assertEquals(1, rate.at(0));
    assertEquals(1, rate.at(9));
    assertEquals(0.1, rate.at(10));
    assertEquals(0.1, rate.at(19));
    assertEquals(0.01, rate.at(20));
    assertEquals(0.01, rate.at(1000));
  }

  @Test
  void stepwise_arraysChangedLater_keepsItsValues() {
    long[] boundaries = {10};
    double[] values = {1, 0.1};
    LearningRate rate = LearningRate.stepwise(boundaries, values);
    boundaries[0] = 5;
    values[0] = 7;
    assertEquals(1, rate.at(7));
  }

  @Test
  void stepwise_asManyValuesAsBoundaries_isRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LearningRate.stepwise(new long[] {10}, new double[] {1}));
  }

  @Test
  void warmup_risesLinearlyAndMeetsTheSchedule() {
    LearningRate rate = LearningRate.constant(0.5).withWarmup(4);
    assertEquals(0.1, rate.at(0), EXACT);
    assertEquals(0.2, rate.at(1), EXACT);
    assertEquals(0.3, rate.at(2), EXACT);
    assertEquals(0.4, rate.at(3), EXACT);
    assertEquals(0.5, rate.at(4), EXACT);
    assertEquals(0.5, rate.at(5), EXACT);
  }

  @Test
  void warmup_ofNoSteps_changesNothing() {
    LearningRate rate = LearningRate.cosine(0.1, 10);
    assertEquals(rate.at(0), rate.withWarmup(0).at(0));
  }
}
