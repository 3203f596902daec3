package org.tfmot.examples.report;

import java.util.Locale;

/** Numbers as text, the same in every locale. */
final class Numbers {
  private Numbers() {}

  /** {@code 10,000}. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A fraction with the given decimals: {@code 91.25%}. */
  static String percent(double fraction, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f%%", 100 * fraction);
  }

  /** A difference of fractions in percentage points, signed: {@code -0.42}. */
  static String points(double difference) {
    double rounded = Math.round(difference * 1e4) / 1e2; // never "-0.00"
    return String.format(Locale.ROOT, "%+.2f", rounded == 0 ? 0.0 : rounded);
  }

  /** {@code 1,083.4 kB}; a kB is 1,000 bytes. */
  static String kilobytes(long bytes) {
    return String.format(Locale.ROOT, "%,.1f kB", bytes / 1e3);
  }

  /** Microseconds without the unit: {@code 2,345}, or {@code 98.7} below one hundred. */
  static String micros(double micros) {
    return String.format(Locale.ROOT, micros < 100 ? "%.1f" : "%,.0f", micros);
  }

  /** {@code 0.31}. */
  static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }

  /** Four significant digits at most, for losses and weights. */
  static String plain(double value) {
    String text = String.format(Locale.ROOT, "%.4g", value);
    if (text.contains("e")) {
      return text;
    }
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }

  /** Half the width of the 95 % interval (normal approximation) of an accuracy, as a fraction. */
  static double margin(double accuracy, int images) {
    return 1.96 * Math.sqrt(accuracy * (1 - accuracy) / images);
  }
}
