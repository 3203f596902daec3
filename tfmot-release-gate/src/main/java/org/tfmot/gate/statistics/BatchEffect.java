package org.tfmot.gate.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * Share of the variance of some runs that their batches have in common. All tests of the gate
 * suppose independent runs; runs of one machine and day may share something that seeds do not draw.
 *
 * @param batches that have runs, at least 2
 * @param share the estimated intraclass correlation, in [0, 1]: the variance between batches as a
 *     share of all (analysis of variance, Fisher 1925; a negative estimate counts as 0)
 * @param chance how often independent runs give at least this share, in [0, 1]
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record BatchEffect(int batches, double share, double chance) {

  /** The share from which on the evidence says more than it should. */
  public static final double WARNING = 0.1;

  /**
   * Estimates the effect.
   *
   * @param batches the values of each batch, none empty
   * @return empty for fewer than two batches, where no batch has two runs, and where all values are
   *     equal
   */
  public static Optional<BatchEffect> of(List<double[]> batches) {
    int k = batches.size();
    int n = batches.stream().mapToInt(batch -> batch.length).sum();
    if (k < 2
        || n <= k
        || batches.stream().flatMapToDouble(Arrays::stream).distinct().count() < 2) {
      return Optional.empty();
    }
    double mean = batches.stream().flatMapToDouble(Arrays::stream).sum() / n;
    double between = 0;
    double within = 0;
    double squares = 0;
    for (double[] batch : batches) {
      Moments own = Moments.of(batch);
      between += batch.length * (own.mean() - mean) * (own.mean() - mean);
      within += (batch.length - 1) * own.deviation() * own.deviation();
      squares += (double) batch.length * batch.length;
    }
    double size = (n - squares / n) / (k - 1);
    between /= k - 1;
    within /= n - k;
    double all = between + (size - 1) * within;
    if (!(all > 0)) {
      return Optional.empty();
    }
    double share = Math.max(0, Math.min(1, (between - within) / all));
    // The tail of Fisher's F at between / within.
    double x = (n - k) * within / ((n - k) * within + (k - 1) * between);
    double chance = SpecialFunctions.incompleteBeta((n - k) / 2.0, (k - 1) / 2.0, x);
    return Optional.of(new BatchEffect(k, share, chance));
  }

  /** Returns whether so much is shared that the runs count for less than their number. */
  public boolean exceedsWarning() {
    return share > WARNING;
  }
}
