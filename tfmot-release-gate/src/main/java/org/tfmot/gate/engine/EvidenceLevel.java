package org.tfmot.gate.engine;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * The evidence for a benefit between the two levels that decide.
 *
 * @param value likelihood ratio of "benefit holds" to "benefit gone", finite
 * @param lower at or under it the claim fails
 * @param upper at or over it the claim passes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record EvidenceLevel(double value, double lower, double upper) {

  private static final double LARGEST_LOG = 700;

  /** Evidence from its logarithm; more than any reader can tell apart is cut off. */
  static EvidenceLevel ofLog(double log, double lower, double upper) {
    return new EvidenceLevel(Math.exp(Math.min(log, LARGEST_LOG)), lower, upper);
  }

  /** Evidence, or another number of no certain size, with three digits. */
  public static String text(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
    }
    double size = Math.abs(value);
    if (size != 0 && (size >= 1e6 || size < 1e-4)) {
      return String.format(Locale.ROOT, "%.1e", value).replaceFirst("e([+-])0*", "e$1");
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(3));
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }
}
