package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.commons.statistics.distribution.TDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against values computed to 40 digits by other software. */
class SpecialFunctionsTest {
  private static void assertClose(double expected, double actual, double relative) {
    assertEquals(expected, actual, Math.abs(expected) * relative);
  }

  @ParameterizedTest
  @CsvSource({
    "0.5, 0.57236494292470009",
    "1.5, -0.12078223763524522",
    "3.7, 1.4280723266653881",
    "10, 12.80182748008147",
    "150.5, 602.51395487058541"
  })
  void logGamma_knownValues(double x, double expected) {
    assertClose(expected, SpecialFunctions.logGamma(x), 1e-13);
  }

  @Test
  void logGamma_integers_areFactorials() {
    double logFactorial = 0;
    for (int n = 1; n < 100; n++) {
      assertEquals(logFactorial, SpecialFunctions.logGamma(n), 1e-12 * (1 + logFactorial));
      logFactorial += Math.log(n);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-8, 6.2209605742717841e-16",
    "-3, 0.0013498980316300945",
    "-1, 0.15865525393145705",
    "0, 0.5",
    "0.5, 0.6914624612740131",
    "2, 0.97724986805182079",
    "5, 0.99999971334842812"
  })
  void normalCdf_knownValues(double z, double expected) {
    assertClose(expected, SpecialFunctions.normalCdf(z), 1e-12);
  }

  @Test
  void normalCdf_infinities_areZeroAndOne() {
    assertEquals(0, SpecialFunctions.normalCdf(Double.NEGATIVE_INFINITY));
    assertEquals(1, SpecialFunctions.normalCdf(Double.POSITIVE_INFINITY));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 0.5, 0.3, 0.037840969485813117",
    "0.5, 0.5, 0.9, 0.79516723530086657",
    "20, 0.5, 0.99, 0.52863006451498426",
    "5, 3, 0.6, 0.41990399999999995",
    "5, 3, 0, 0",
    "5, 3, 1, 1"
  })
  void incompleteBeta_knownValues(double a, double b, double x, double expected) {
    assertClose(expected, SpecialFunctions.incompleteBeta(a, b, x), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({
    "0.975, 1, 12.706204736174694",
    "0.975, 4, 2.7764451051977934",
    "0.95, 9, 1.833112932656237",
    "0.9, 2, 1.8856180831641272",
    "0.5, 3, 0",
    "0.005, 30, -2.749995653567226",
    "0.999, 7, 4.785289628638333"
  })
  void studentQuantile_knownValues(double p, double degrees, double expected) {
    assertClose(expected, SpecialFunctions.studentQuantile(p, degrees), 1e-11);
  }

  @Test
  void studentQuantile_isInvertedByTheDistributionFunction() {
    for (int degrees = 1; degrees <= 60; degrees += 7) {
      for (double p = 0.001; p < 1; p += 0.037) {
        double t = SpecialFunctions.studentQuantile(p, degrees);
        assertEquals(p, TDistribution.of(degrees).cumulativeProbability(t), 1e-12);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.2, 7, 3.8223219077661383",
    "0.2, 1, 0.0641847546673016",
    "0.2, 29, 22.47505197751121",
    "0.95, 10, 18.307038053275146",
    "0.5, 2, 1.386294361119891"
  })
  void chiSquareQuantile_knownValues(double p, double degrees, double expected) {
    assertClose(expected, SpecialFunctions.chiSquareQuantile(p, degrees), 1e-12);
  }
}
