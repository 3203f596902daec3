package org.tfmot.gate.statistics;

import java.util.function.DoubleUnaryOperator;

/**
 * The special functions that the tests need, to about 1e-13 relative. Series and continued
 * fractions as in Abramowitz and Stegun, chapters 6 and 26, the fractions by Lentz's method.
 */
final class SpecialFunctions {
  private static final double TINY = 1e-300;
  private static final double EPSILON = 1e-16;
  private static final int MAX_TERMS = 100_000;

  /** Bernoulli numbers B(2k) / (2k (2k - 1)) of Stirling's series. */
  private static final double[] STIRLING = {
    1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156
  };

  private SpecialFunctions() {}

  /** ln Gamma(x) for x over 0. */
  static double logGamma(double x) {
    // Stirling's series is exact to rounding from 12 on; smaller arguments are shifted up.
    double shift = 1;
    double y = x;
    while (y < 12) {
      shift *= y;
      y += 1;
    }
    double sum = 0;
    double power = 1 / y;
    for (double c : STIRLING) {
      sum += c * power;
      power /= y * y;
    }
    return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + sum - Math.log(shift);
  }

  /** Standard normal distribution function. */
  static double normalCdf(double z) {
    double tail = 0.5 * upperGamma(0.5, z * z / 2);
    return z < 0 ? tail : 1 - tail;
  }

  /** Regularised lower incomplete gamma function P(a, x). */
  static double lowerGamma(double a, double x) {
    return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
  }

  /** Regularised upper incomplete gamma function Q(a, x). */
  static double upperGamma(double a, double x) {
    return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
  }

  private static double gammaSeries(double a, double x) {
    if (x <= 0) {
      return 0;
    }
    double term = 1 / a;
    double sum = term;
    for (int k = 1; k < MAX_TERMS && term > sum * EPSILON; k++) {
      term *= x / (a + k);
      sum += term;
    }
    return sum * Math.exp(a * Math.log(x) - x - logGamma(a));
  }

  private static double gammaFraction(double a, double x) {
    if (x == Double.POSITIVE_INFINITY) {
      return 0;
    }
    double b = x + 1 - a;
    double c = 1 / TINY;
    double d = 1 / b;
    double value = d;
    for (int k = 1; k < MAX_TERMS; k++) {
      double numerator = -k * (k - a);
      b += 2;
      d = 1 / nonzero(numerator * d + b);
      c = nonzero(b + numerator / c);
      value *= d * c;
      if (Math.abs(d * c - 1) < EPSILON) {
        break;
      }
    }
    return value * Math.exp(a * Math.log(x) - x - logGamma(a));
  }

  /** Regularised incomplete beta function I_x(a, b). */
  static double incompleteBeta(double a, double b, double x) {
    if (x <= 0 || x >= 1) {
      return x <= 0 ? 0 : 1;
    }
    double front =
        Math.exp(
            logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    return x < (a + 1) / (a + b + 2)
        ? front * betaFraction(a, b, x) / a
        : 1 - front * betaFraction(b, a, 1 - x) / b;
  }

  private static double betaFraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int k = 1; k < MAX_TERMS; k++) {
      double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
      d = 1 / nonzero(1 + even * d);
      c = nonzero(1 + even / c);
      value *= d * c;
      double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
      d = 1 / nonzero(1 + odd * d);
      c = nonzero(1 + odd / c);
      value *= d * c;
      if (Math.abs(d * c - 1) < EPSILON) {
        break;
      }
    }
    return value;
  }

  /** Distribution function of Student's t. */
  static double studentCdf(double t, double degrees) {
    double tail = 0.5 * incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
    return t < 0 ? tail : 1 - tail;
  }

  /** Quantile of Student's t, p in (0, 1). */
  static double studentQuantile(double p, double degrees) {
    if (p == 0.5) {
      return 0;
    }
    // By symmetry in the lower half, where the tail keeps its relative precision.
    double q = Math.min(p, 1 - p);
    double t = -invert(s -> 0.5 - (studentCdf(-s, degrees) - q), 0.5);
    return p < 0.5 ? t : -t;
  }

  /** Quantile of the chi-square distribution, p in (0, 1). */
  static double chiSquareQuantile(double p, double degrees) {
    return invert(x -> lowerGamma(degrees / 2, x / 2), p);
  }

  /** Smallest x over 0 at which the increasing function reaches the target, by bisection. */
  private static double invert(DoubleUnaryOperator increasing, double target) {
    double high = 1;
    while (increasing.applyAsDouble(high) < target) {
      high *= 2;
    }
    double low = 0;
    for (int k = 0; k < 200; k++) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        break;
      }
      if (increasing.applyAsDouble(middle) < target) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private static double nonzero(double x) {
    return Math.abs(x) < TINY ? TINY : x;
  }
}
