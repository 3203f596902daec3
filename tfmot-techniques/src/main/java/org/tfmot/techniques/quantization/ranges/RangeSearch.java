package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/** Chooses the range of a tensor of 8 bits from the distribution of its values. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RangeSearch {

  private static final int LEVELS = 256;

  /** Steps of a search; the finest is a hundredth of the widest range. */
  private static final int STEPS = 100;

  private RangeSearch() {}

  /** Cuts off the share {@code 1 - share} of all values at each end. */
  public static Range percentile(Histogram histogram, double share) {
    long cut = (long) Math.floor(histogram.total() * (1 - share));
    int low = 0;
    long below = histogram.count(0);
    while (low < Histogram.BINS - 1 && below <= cut) {
      below += histogram.count(++low);
    }
    int high = Histogram.BINS - 1;
    long above = histogram.count(high);
    while (high > 0 && above <= cut) {
      above += histogram.count(--high);
    }
    float half = histogram.width() / 2;
    return within(histogram, histogram.center(low) - half, histogram.center(high) + half);
  }

  /** Narrows both ends together, then each alone, as long as the error falls. */
  public static Range meanSquaredError(Histogram histogram) {
    Range all = within(histogram, histogram.min(), histogram.max());
    Range best = all;
    double least = error(histogram, all);
    for (int end = 0; end < 3; end++) {
      Range from = best;
      for (int i = 1; i < STEPS; i++) {
        float factor = (float) i / STEPS;
        Range range =
            new Range(
                end == 1 ? from.min() : all.min() * factor,
                end == 2 ? from.max() : all.max() * factor);
        double error = error(histogram, range);
        if (error < least) {
          least = error;
          best = range;
        }
      }
    }
    return best;
  }

  /** The sum of squared errors of the values when they are rounded to the range's integers. */
  static double error(Histogram histogram, Range range) {
    double scale = ((double) range.max() - range.min()) / (LEVELS - 1);
    if (scale == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double zeroPoint = Math.rint(-range.min() / scale);
    double sum = 0;
    for (int bin = 0; bin < Histogram.BINS; bin++) {
      if (histogram.count(bin) > 0) {
        double value = histogram.center(bin);
        double level = Math.rint(value / scale) + zeroPoint;
        double rounded = (Math.max(0, Math.min(LEVELS - 1, level)) - zeroPoint) * scale;
        sum += histogram.count(bin) * (value - rounded) * (value - rounded);
      }
    }
    return sum;
  }

  /**
   * The threshold on magnitudes at which the distribution, with what is above counted at the
   * threshold, differs least from the one that its levels leave.
   */
  public static Range entropy(Histogram histogram) {
    boolean bothSigns = histogram.min() < 0 && histogram.max() > 0;
    int levels = bothSigns ? LEVELS / 2 : LEVELS;
    long[] magnitudes = histogram.magnitudes();
    // Zeros are exact at any threshold, and there are more of them than of anything behind a ReLU.
    magnitudes[0] = Math.min(magnitudes[0], magnitudes[1]);
    int used = magnitudes.length;
    while (used > levels && magnitudes[used - 1] == 0) {
      used--;
    }
    int best = used;
    double least = Double.POSITIVE_INFINITY;
    int step = Math.max(1, (used - levels) / (2 * STEPS));
    for (int threshold = used; threshold >= levels; threshold -= step) {
      double divergence = divergence(magnitudes, threshold, levels);
      if (divergence < least) {
        least = divergence;
        best = threshold;
      }
    }
    float limit = best * histogram.width();
    return within(histogram, -limit, limit);
  }

  private static double divergence(long[] counts, int threshold, int levels) {
    double[] reference = new double[threshold];
    double all = 0;
    for (int i = 0; i < counts.length; i++) {
      reference[Math.min(i, threshold - 1)] += counts[i];
      all += counts[i];
    }
    double divergence = 0;
    double kept = 0;
    for (int i = 0; i < threshold; i++) {
      kept += counts[i];
    }
    for (int level = 0; level < levels; level++) {
      int begin = (int) ((long) level * threshold / levels);
      int end = (int) ((long) (level + 1) * threshold / levels);
      double sum = 0;
      int occupied = 0;
      for (int i = begin; i < end; i++) {
        sum += counts[i];
        occupied += counts[i] > 0 ? 1 : 0;
      }
      for (int i = begin; i < end; i++) {
        if (reference[i] > 0) {
          double p = reference[i] / all;
          // A value that only what is above the threshold has: its level has no place for it.
          double q = counts[i] > 0 ? sum / occupied / kept : Double.MIN_NORMAL;
          divergence += p * Math.log(p / q);
        }
      }
    }
    return divergence;
  }

  /** As much of a range as was seen, with 0. */
  private static Range within(Histogram histogram, float low, float high) {
    return new Range(
        Math.min(0, Math.max(low, histogram.min())), Math.max(0, Math.min(high, histogram.max())));
  }
}
