package org.tfmot.techniques.tflite;

import java.util.Arrays;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * Latency of single runs of a model, in microseconds.
 *
 * @param medianMicros half of the runs took no longer
 * @param p10Micros one run in ten took no longer
 * @param p90Micros nine runs in ten took no longer
 * @param runs how many runs were timed
 * @param threads with how many threads each ran
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record LatencyStatistics(
    double medianMicros, double p10Micros, double p90Micros, int runs, int threads) {

  /**
   * The statistics of some timings.
   *
   * @param nanos the duration of each run in nanoseconds, at least one
   * @param threads with how many threads each ran
   */
  static LatencyStatistics of(long[] nanos, int threads) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new LatencyStatistics(
        micros(sorted, 0.5), micros(sorted, 0.1), micros(sorted, 0.9), sorted.length, threads);
  }

  /** The median of some values, at least one. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int last = sorted.length - 1;
    return (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
  }

  /**
   * Returns a time for people to read: three digits at most, which is what such a measurement is
   * good for, and a unit that leaves none of them zero.
   *
   * @param micros microseconds, at least 0
   */
  @API(status = API.Status.INTERNAL, since = "0.2.0")
  public static String text(double micros) {
    if (micros < 1) {
      return rounded(micros * 1000) + " ns";
    }
    return micros < 9_995 ? rounded(micros) + " us" : rounded(micros / 1000) + " ms";
  }

  private static String rounded(double value) {
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  /** Returns median, percentiles and how they were measured, in a line. */
  @Override
  public String toString() {
    return "median %s (p10 %s, p90 %s) of %d run%s on %d thread%s"
        .formatted(
            text(medianMicros),
            text(p10Micros),
            text(p90Micros),
            runs,
            runs == 1 ? "" : "s",
            threads,
            threads == 1 ? "" : "s");
  }

  /** A quantile, linear between the two nearest runs. */
  private static double micros(long[] sorted, double quantile) {
    double rank = quantile * (sorted.length - 1);
    int below = (int) rank;
    int above = Math.min(below + 1, sorted.length - 1);
    double part = rank - below;
    return (sorted[below] * (1 - part) + sorted[above] * part) / 1000;
  }
}
