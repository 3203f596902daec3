package org.tfmot.gate.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * An axis: values from {@code min} to {@code max} on coordinates from {@code from} to {@code to}.
 */
record Scale(double min, double max, double from, double to) {

  private static final double ROOM = 0.08;

  /** An axis that shows all finite values, with some room at both ends. */
  static Scale around(List<Double> values, double from, double to) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low > high) {
      return new Scale(0, 1, from, to);
    }
    double room = high > low ? (high - low) * ROOM : Math.max(Math.abs(high) * ROOM, 1e-9);
    return new Scale(low - room, high + room, from, to);
  }

  /** The coordinate of a value. */
  double at(double value) {
    return from + (value - min) / (max - min) * (to - from);
  }

  /** Round values on the axis, about so many: steps of 1, 2 or 5 times a power of ten. */
  List<BigDecimal> ticks(int about) {
    double raw = (max - min) / about;
    int exponent = (int) Math.floor(Math.log10(raw));
    double lead = raw / Math.pow(10, exponent);
    int digit = lead < 1.42 ? 1 : lead < 3.17 ? 2 : lead < 7.08 ? 5 : 10;
    BigDecimal step = BigDecimal.valueOf(digit).scaleByPowerOfTen(exponent);
    BigDecimal tick = new BigDecimal(min).divide(step, 0, RoundingMode.CEILING).multiply(step);
    List<BigDecimal> ticks = new ArrayList<>();
    for (; tick.doubleValue() <= max; tick = tick.add(step)) {
      ticks.add(tick);
    }
    return ticks;
  }

  /** A tick as text. */
  static String text(BigDecimal tick) {
    if (tick.signum() == 0) {
      return "0";
    }
    double size = Math.abs(tick.doubleValue());
    BigDecimal plain = tick.stripTrailingZeros();
    return size >= 1e6 || size < 1e-5 ? plain.toString() : plain.toPlainString();
  }
}
