package org.tfmot.gate.statistics;

/** Mean and sample standard deviation (0 for a single value), by Welford's update. */
record Moments(double mean, double deviation) {
  static Moments of(double[] values) {
    Checks.atLeast("number of values", values.length, 1);
    double mean = 0;
    double squares = 0;
    int n = 0;
    for (double x : values) {
      n++;
      double delta = Checks.finite("value " + n, x) - mean;
      mean += delta / n;
      squares += delta * (x - mean);
    }
    return new Moments(mean, n < 2 ? 0 : Math.sqrt(squares / (n - 1)));
  }
}
