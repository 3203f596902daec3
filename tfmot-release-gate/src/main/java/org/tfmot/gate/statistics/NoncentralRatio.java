package org.tfmot.gate.statistics;

/**
 * The density ratio of the noncentral to the central t distribution, in closed form. With {@code nu
 * = n - 1} degrees of freedom, noncentrality {@code m = d sqrt(n)} and {@code z = m t / sqrt(nu +
 * t^2)} it is {@code exp(-m^2/2 * nu/(nu + t^2)) * I(nu, z) / I(nu, 0)}, where {@code I(nu, z)} is
 * the integral of {@code y^nu exp(-(y - z)^2 / 2)} over y from 0 to infinity.
 */
final class NoncentralRatio {
  private static final double LOG_SQRT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

  private NoncentralRatio() {}

  /**
   * Natural logarithm of the ratio.
   *
   * @param n number of runs, at least 2
   * @param effect the standardised mean d under the alternative, over 0
   * @param t the t statistic; may be infinite
   */
  static double log(int n, double effect, double t) {
    double nu = n - 1;
    double m = effect * Math.sqrt(n);
    // t / sqrt(nu + t^2), written so that t may be infinite.
    double r = t == 0 ? 0 : Math.signum(t) / Math.sqrt(1 + nu / t / t);
    double logIntegralAtZero = (nu - 1) / 2 * Math.log(2) + SpecialFunctions.logGamma((nu + 1) / 2);
    return -m * m / 2 * (1 - r * r) + logIntegral(n - 1, m * r) - logIntegralAtZero;
  }

  /** ln I(nu, z): the recurrence where it is stable, else quadrature. */
  static double logIntegral(int nu, double z) {
    return z >= 0 ? byRecurrence(nu, z) : byQuadrature(nu, z);
  }

  /**
   * I(k) = z I(k-1) + (k-1) I(k-2), as ratios of successive terms: nothing cancels or overflows.
   */
  private static double byRecurrence(int nu, double z) {
    double logIntegral = LOG_SQRT_TWO_PI + Math.log(SpecialFunctions.normalCdf(z));
    double ratio = z + Math.exp(-z * z / 2 - logIntegral);
    double product = 1;
    for (int k = 1; k <= nu; k++) {
      if (k > 1) {
        ratio = z + (k - 1) / ratio;
      }
      product *= ratio;
      if (product > 1e250) {
        logIntegral += Math.log(product);
        product = 1;
      }
    }
    return logIntegral + Math.log(product);
  }

  /**
   * The trapezoidal rule in u = ln y, about the peak of the integrand. For an analytic integrand
   * that vanishes at both ends its error falls exponentially with the step.
   */
  private static double byQuadrature(int nu, double z) {
    double peak = (z + Math.sqrt(z * z + 4.0 * (nu + 1))) / 2;
    double step = 0.25 / Math.sqrt(peak * (2 * peak - z));
    double logPeak = exponent(nu, z, Math.log(peak));
    double sum = 1;
    for (int side = -1; side <= 1; side += 2) {
      double term = 1;
      for (int k = 1; term > 1e-18; k++) {
        term = Math.exp(exponent(nu, z, Math.log(peak) + side * k * step) - logPeak);
        sum += term;
      }
    }
    return logPeak + Math.log(sum * step);
  }

  private static double exponent(int nu, double z, double u) {
    double distance = Math.exp(u) - z;
    return (nu + 1) * u - distance * distance / 2;
  }
}
