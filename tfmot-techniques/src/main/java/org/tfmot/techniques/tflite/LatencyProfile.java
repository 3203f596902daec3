package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * Time of a run by kind of operation, for those that XNNPACK does not run.
 *
 * <p>TensorFlow Lite's own profiler tells when an operation of the runtime begins and ends. What
 * XNNPACK runs it tells as nothing at all; its time is the rest. Each operation is reported to
 * Java, which adds about a microsecond to it: in models of less than 100 microseconds the shares
 * are too large.
 *
 * @param medianMicros half of the runs took no longer, with the profiler's own time
 * @param undelegated the operations that XNNPACK did not take, by kind, those that take longest
 *     first
 * @param runs how many runs were timed
 * @param threads with how many threads each ran
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record LatencyProfile(
    double medianMicros, List<OperatorTime> undelegated, int runs, int threads) {

  /** Copies the list. */
  public LatencyProfile {
    undelegated = List.copyOf(undelegated);
  }

  /**
   * Time of the operations of one kind.
   *
   * @param operator such as {@code SOFTMAX}
   * @param count how many of them a run executes
   * @param medianMicros of all of them together in one run
   */
  public record OperatorTime(String operator, int count, double medianMicros) {}

  /** Returns the share of a run's time that XNNPACK does not run, in [0, 1]. */
  public double undelegatedShare() {
    double micros = undelegated.stream().mapToDouble(OperatorTime::medianMicros).sum();
    return medianMicros > 0 ? Math.min(1, micros / medianMicros) : 0;
  }

  /** A line for each kind of operation. */
  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%s, %.0f %% of it outside XNNPACK",
                LatencyStatistics.text(medianMicros),
                100 * undelegatedShare()));
    for (OperatorTime time : undelegated) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n  %-28s x%-4d %9s",
              time.operator(),
              time.count(),
              LatencyStatistics.text(time.medianMicros())));
    }
    return text.toString();
  }
}
