package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/**
 * Histogram with bins of equal width around 0. The width doubles until a value fits, and
 * neighbouring bins are merged.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Histogram {

  /** Bins; those of one sign are half as many, and at least half of these are in use. */
  public static final int BINS = 8192;

  private static final int HALF = BINS / 2;

  private final long[] counts = new long[BINS];
  private float limit;
  private float min;
  private float max;
  private long total;

  /** Takes in what the next values reach to; the histogram covers it from now on. */
  public void see(float smallest, float largest) {
    min = Math.min(min, smallest);
    max = Math.max(max, largest);
    float reach = Math.max(-smallest, largest);
    if (limit == 0) {
      limit = reach;
    }
    while (limit > 0 && reach > limit) {
      widen();
    }
  }

  private void widen() {
    long[] wide = new long[BINS];
    for (int i = 0; i < BINS; i++) {
      wide[BINS / 4 + i / 2] += counts[i];
    }
    System.arraycopy(wide, 0, counts, 0, BINS);
    limit *= 2;
  }

  /** The bins go from minus this to this; 0 as long as nothing but zeros was seen. */
  public float limit() {
    return limit;
  }

  /** Counts values in, bin by bin. */
  public void add(int[] more) {
    for (int i = 0; i < BINS; i++) {
      counts[i] += more[i];
      total += more[i];
    }
  }

  public long total() {
    return total;
  }

  public long count(int bin) {
    return counts[bin];
  }

  /** The smallest value, or 0. */
  float min() {
    return min;
  }

  /** The largest value, or 0. */
  float max() {
    return max;
  }

  public float width() {
    return limit / HALF;
  }

  /** The value in the middle of a bin; it represents all in there. */
  public float center(int bin) {
    return (bin - HALF + 0.5f) * width();
  }

  /** The values of both signs by magnitude: half as many bins, from 0 to the limit. */
  long[] magnitudes() {
    long[] magnitudes = new long[HALF];
    for (int i = 0; i < HALF; i++) {
      magnitudes[i] = counts[HALF + i] + counts[HALF - 1 - i];
    }
    return magnitudes;
  }
}
