package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BernoulliSprtTest {
  private static BernoulliSprt test(double p0, double p1, double error) {
    return BernoulliSprt.of(p0, p1, Boundaries.of(error, error));
  }

  @Test
  void add_countsValuesAtTheFloorAsSuccess() {
    BernoulliSprt test = test(0.5, 0.95, 0.05).add(0).add(3).add(-1e-9);
    assertEquals(2, test.successes());
    assertEquals(3, test.runs());
    assertEquals(1.9 * 1.9 * 0.1, test.evidence(), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({"0.05, 5", "0.01, 8"})
  void straightPassesThatSuffice(double error, int passes) {
    SequentialTest test = test(0.5, 0.95, error);
    while (test.decision() == Decision.CONTINUE) {
      test = test.add(1);
    }
    assertEquals(Decision.PASS, test.decision());
    assertEquals(passes, test.runs());
  }

  @Test
  void sevenOfSeven_isNinetyNinePerCentForTheMedian() {
    // p1 close to 1: each pass doubles the evidence, and 2^7 is over 100.
    SequentialTest test = BernoulliSprt.of(0.5, 1 - 1e-9, Boundaries.of(0.01, 1e-6));
    assertEquals(Decision.CONTINUE, test.addAll(1, 1, 1, 1, 1, 1).decision());
    assertEquals(Decision.PASS, test.addAll(1, 1, 1, 1, 1, 1, 1).decision());
  }

  @Test
  void evidenceExactlyAtTheBoundary_decides() {
    // (0.8/0.4)^k = 2^k against 1/alpha = 8, which rounding must not miss.
    assertEquals(
        Decision.PASS,
        BernoulliSprt.of(0.4, 0.8, Boundaries.of(0.125, 0.01)).addAll(1, 1, 1).decision());
    // Two failures are 0.1^2 against beta = 0.01.
    assertEquals(Decision.FAIL, test(0.5, 0.95, 0.01).addAll(-1, -1).decision());
  }

  @Test
  void fail_isFinal() {
    SequentialTest test = test(0.5, 0.95, 0.05).addAll(-1, -1);
    assertEquals(Decision.FAIL, test.decision());
    for (int i = 0; i < 100; i++) {
      test = test.add(1);
    }
    assertEquals(Decision.FAIL, test.decision());
  }

  @Test
  void badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> test(0.5, 0.5, 0.05));
    assertThrows(IllegalArgumentException.class, () -> test(0, 0.5, 0.05));
    assertThrows(IllegalArgumentException.class, () -> test(0.5, 1, 0.05));
    assertThrows(IllegalArgumentException.class, () -> test(0.5, Double.NaN, 0.05));
    BernoulliSprt good = test(0.5, 0.95, 0.05);
    assertThrows(IllegalArgumentException.class, () -> good.add(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> good.add(Double.POSITIVE_INFINITY));
  }
}
