package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoncentralRatioTest {
  @ParameterizedTest
  @CsvSource({
    "3, 2, 6, 18.038356",
    "5, 2, 4, 32.029350",
    "5, 2, 0.5, 0.000618",
    "7, 1.5, 3, 14.990794"
  })
  void log_referenceValuesOfTheMethod(int n, double effect, double t, double expected) {
    assertEquals(expected, Math.exp(NoncentralRatio.log(n, effect, t)), 5.1e-7);
  }

  /** Expected values by confluent hypergeometric functions with 200 digits. */
  @ParameterizedTest
  @CsvSource({
    "2, 0.5, -20, -1.0379938239508845",
    "2, 0.5, -0.25, -0.45877729791810442",
    "2, 3, -20, -12.030495388849206",
    "2, 3, 60, 2.361486797587983",
    "5, 2, -20, -16.204406878397111",
    "5, 2, 60, 5.8410642456751921",
    "10, 2, -0.25, -21.5547462905141",
    "10, 3, 4, -2.4337475716525749",
    "10, 3, 60, 15.465310530397639",
    "40, 0.5, -20, -21.888872598849263",
    "40, 2, 4, -23.527865272100212",
    "40, 3, -20, -243.97625914889008",
    "40, 3, -0.25, -184.62990173243838",
    "40, 3, 60, 62.942021057399898"
  })
  void log_valuesOfHighPrecision(int n, double effect, double t, double expected) {
    assertEquals(expected, NoncentralRatio.log(n, effect, t), 1e-12 * (1 + Math.abs(expected)));
  }

  /** The definition: T = (Z + m) / S, with the density of S integrated out by Simpson's rule. */
  @Test
  void log_agreesWithQuadratureOfTheNoncentralDensity() {
    for (int n = 2; n <= 40; n++) {
      for (double effect = 0.5; effect <= 3; effect += 0.5) {
        for (double t : new double[] {-20, -7.3, -1, -0.01, 0, 0.4, 2, 6.5, 20, 60}) {
          double m = effect * Math.sqrt(n);
          double expected = logDensity(n - 1, m, t) - logDensity(n - 1, 0, t);
          assertEquals(
              expected,
              NoncentralRatio.log(n, effect, t),
              1e-9,
              "n=" + n + " d=" + effect + " t=" + t);
        }
      }
    }
  }

  /** Up to a constant of nu: ln of the integral of s^nu exp(-(t s - m)^2/2 - nu s^2/2). */
  private static double logDensity(int nu, double m, double t) {
    double curvature = t * t + nu;
    double linear = t * m;
    double peak = (linear + Math.sqrt(linear * linear + 4 * curvature * nu)) / (2 * curvature);
    DoubleUnaryOperator exponent =
        s -> nu * Math.log(s) - (t * s - m) * (t * s - m) / 2 - nu * s * s / 2;
    double top = exponent.applyAsDouble(peak);
    // The integrand is log-concave: its tails fall at least like a normal's of the widest scale.
    double end = peak + 9 / Math.sqrt(curvature);
    int intervals = 4000;
    double h = end / intervals;
    double sum = Math.exp(exponent.applyAsDouble(end) - top);
    for (int i = 1; i < intervals; i++) {
      sum += (i % 2 == 1 ? 4 : 2) * Math.exp(exponent.applyAsDouble(i * h) - top);
    }
    return top + Math.log(sum * h / 3);
  }

  @Test
  void log_increasesWithT_throughTheChangeOfMethodAtZero() {
    for (int n : new int[] {2, 5, 40, 400}) {
      double previous = Double.NEGATIVE_INFINITY;
      for (double t = -3; t <= 3; t += 1e-3) {
        double value = NoncentralRatio.log(n, 2, t);
        assertTrue(value > previous, "n=" + n + " t=" + t);
        previous = value;
      }
    }
  }

  @Test
  void logIntegral_bothMethods_agreeAtZero() {
    for (int nu = 1; nu < 300; nu++) {
      double below = NoncentralRatio.logIntegral(nu, -1e-13);
      assertEquals(NoncentralRatio.logIntegral(nu, 0), below, 1e-11 * (1 + Math.abs(below)));
    }
  }

  @Test
  void log_hasMeanOneUnderTheNull() {
    // The ratio is a likelihood ratio: its integral over the central density is 1.
    int n = 6;
    double nu = n - 1;
    double logConstant =
        SpecialFunctions.logGamma((nu + 1) / 2)
            - SpecialFunctions.logGamma(nu / 2)
            - 0.5 * Math.log(nu * Math.PI);
    double sum = 0;
    double h = 1e-3;
    for (double t = -200 + h / 2; t < 2000; t += h) {
      double log = logConstant - (nu + 1) / 2 * Math.log1p(t * t / nu);
      sum += h * Math.exp(log + NoncentralRatio.log(n, 1.5, t));
    }
    assertEquals(1, sum, 1e-6);
  }

  @Test
  void log_infiniteT_isTheFiniteLimit() {
    double limit = NoncentralRatio.log(5, 2, Double.POSITIVE_INFINITY);
    assertEquals(NoncentralRatio.log(5, 2, 1e9), limit, 1e-6);
    assertTrue(Double.isFinite(NoncentralRatio.log(5, 2, Double.NEGATIVE_INFINITY)));
    assertTrue(Double.isFinite(NoncentralRatio.log(5000, 3, 1e300)));
  }
}
