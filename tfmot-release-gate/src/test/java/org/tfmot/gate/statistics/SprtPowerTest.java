package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SprtPowerTest {
  private static BernoulliSprt test(double p0, double p1, double error) {
    return BernoulliSprt.of(p0, p1, Boundaries.of(error, error));
  }

  /** The exact errors in the table of the method. */
  @ParameterizedTest
  @CsvSource({"0.05, 0.038, 0.019, 6.3", "0.01, 0.007, 0.006, 10.1"})
  void of_theMethodsErrors(double error, double release, double block, double runs) {
    BernoulliSprt test = test(0.5, 0.95, error);
    assertEquals(release, SprtPower.of(test, 0.5, 5000).pass(), 6e-4);
    Power healthy = SprtPower.of(test, 0.95, 5000);
    assertEquals(block, healthy.fail(), 6e-4);
    assertEquals(runs, healthy.meanRuns(), 0.06);
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.9, 8.6", "0.8, 0.98, 19", "0.5, 0.99, 5.1"})
  void of_theMethodsExpectedRuns(double p0, double p1, double runs) {
    assertEquals(runs, SprtPower.of(test(p0, p1, 0.05), p1, 5000).meanRuns(), 0.6);
  }

  @Test
  void of_agreesWithAllPathsEnumerated() {
    BernoulliSprt empty = test(0.6, 0.9, 0.1);
    int limit = 14;
    double p = 0.72;
    double pass = 0;
    double fail = 0;
    double runs = 0;
    for (int path = 0; path < 1 << limit; path++) {
      double evidence = 1;
      int n = 0;
      while (n < limit && evidence < 10 && evidence > 0.1) {
        evidence *= (path >> n & 1) == 1 ? 0.9 / 0.6 : 0.1 / 0.4;
        n++;
      }
      int successes = Integer.bitCount(path);
      double weight = Math.pow(p, successes) * Math.pow(1 - p, limit - successes);
      pass += evidence >= 10 ? weight : 0;
      fail += evidence <= 0.1 ? weight : 0;
      runs += weight * n;
    }
    Power exact = SprtPower.of(empty, p, limit);
    assertEquals(pass, exact.pass(), 1e-12);
    assertEquals(fail, exact.fail(), 1e-12);
    assertEquals(1 - pass - fail, exact.inconclusive(), 1e-12);
    assertEquals(runs, exact.meanRuns(), 1e-12);
  }

  @Test
  void of_errorsStayUnderTheirBounds() {
    for (double error : new double[] {0.2, 0.1, 0.05, 0.01}) {
      for (double p0 = 0.1; p0 < 0.9; p0 += 0.2) {
        for (double p1 = p0 + 0.09; p1 < 1; p1 += 0.2) {
          BernoulliSprt test = test(p0, p1, error);
          assertTrue(SprtPower.of(test, p0, 1000).pass() <= error);
          assertTrue(SprtPower.of(test, p1, 1000).fail() <= error);
        }
      }
    }
  }

  @Test
  void of_certainOutcomes() {
    BernoulliSprt test = test(0.5, 0.95, 0.05);
    assertEquals(new Power(1, 0, 0, 5), SprtPower.of(test, 1, 100));
    assertEquals(new Power(0, 1, 0, 2), SprtPower.of(test, 0, 100));
    assertEquals(new Power(0, 0, 1, 3), SprtPower.of(test, 1, 3));
    // From where it stands: four passes are there, one is missing.
    BernoulliSprt begun = (BernoulliSprt) test.addAll(1, 1, 1, 1);
    assertEquals(new Power(1, 0, 0, 5), SprtPower.of(begun, 1, 100));
    assertEquals(new Power(0, 0, 1, 6), SprtPower.of(begun, 0, 6));
  }

  @Test
  void of_badArguments_areRefused() {
    BernoulliSprt test = test(0.5, 0.95, 0.05);
    assertThrows(IllegalArgumentException.class, () -> SprtPower.of(test, 1.1, 10));
    assertThrows(IllegalArgumentException.class, () -> SprtPower.of(test, Double.NaN, 10));
    assertThrows(IllegalArgumentException.class, () -> SprtPower.of(test, 0.5, 0));
  }
}
