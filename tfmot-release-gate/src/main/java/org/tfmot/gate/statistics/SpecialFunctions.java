package org.tfmot.gate.statistics;

import org.apache.commons.numbers.gamma.LogGamma;
import org.apache.commons.numbers.gamma.RegularizedBeta;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/** The special functions that the tests need, of Commons Statistics, to about 1e-12 relative. */
final class SpecialFunctions {

  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  private SpecialFunctions() {}

  /** Returns ln Gamma(x) for x over 0. */
  static double logGamma(double x) {
    return LogGamma.value(x);
  }

  /** Returns the standard normal distribution function. */
  static double normalCdf(double z) {
    return NORMAL.cumulativeProbability(z);
  }

  /** Returns the regularised incomplete beta function I_x(a, b). */
  static double incompleteBeta(double a, double b, double x) {
    return RegularizedBeta.value(x, a, b);
  }

  /** Returns the quantile of Student's t, p in (0, 1). */
  static double studentQuantile(double p, double degrees) {
    return TDistribution.of(degrees).inverseCumulativeProbability(p);
  }

  /** Returns the quantile of the chi-square distribution, p in (0, 1). */
  static double chiSquareQuantile(double p, double degrees) {
    return ChiSquaredDistribution.of(degrees).inverseCumulativeProbability(p);
  }
}
