package org.tfmot.examples.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A linear axis that starts and ends at round numbers. */
record Axis(double min, double max, double step) {

  /** A round axis with about {@code intervals} intervals that holds both values. */
  static Axis holding(double low, double high, int intervals) {
    if (low == high) { // one value: put it in the middle
      double room = low == 0 ? 1 : Math.abs(low) * 0.1;
      low -= room;
      high += room;
    }
    double raw = (high - low) / intervals;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double mantissa = raw / power;
    double step = power * (mantissa < 1.4 ? 1 : mantissa < 3.2 ? 2 : mantissa < 7 ? 5 : 10);
    // The tolerance keeps 0.3 / 0.1 = 2.9999999999999996 from adding an interval.
    return new Axis(
        step * Math.floor(low / step + 1e-9), step * Math.ceil(high / step - 1e-9), step);
  }

  /** Returns the coordinate of a value on an axis that runs from one coordinate to another. */
  double at(double value, double from, double to) {
    return from + (value - min) / (max - min) * (to - from);
  }

  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    long count = Math.round((max - min) / step);
    for (long i = 0; i <= count; i++) {
      ticks.add(min + i * step);
    }
    return ticks;
  }

  /** A tick as text, with as many decimals as the step needs. */
  String label(double tick) {
    int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    double value = Math.abs(tick) < step / 2 ? 0 : tick; // never "-0"
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
