package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/**
 * The range of real numbers that a quantized tensor covers; it always contains 0, which
 * quantization must represent exactly.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Range(float min, float max) {

  /** Nothing but zeros seen. */
  public static final Range ZERO = new Range(0, 0);

  /**
   * The narrowest range other than [0, 0]: the reciprocal of a narrower one's step would overflow
   * float.
   */
  public static final float NARROWEST = 1e-30f;

  /**
   * A range of values that were seen.
   *
   * @throws IllegalArgumentException if the range does not contain 0 or an end is not finite
   */
  public Range {
    if (!(min <= 0 && max >= 0 && max - min < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a range contains 0 and is of a finite width in float, not [%s, %s]: scale what is so large"
              .formatted(min, max));
    }
    if (max - min < NARROWEST) {
      min = 0;
      max = 0;
    }
  }

  public static Range of(float[] values) {
    Range range = ZERO;
    float min = 0;
    float max = 0;
    for (float value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return range.union(min, max);
  }

  /**
   * This range at least so wide, with 0 at the same place in it.
   *
   * @param nonNegative whether a range of nothing becomes one above 0, and not around it
   */
  public Range widened(double width, boolean nonNegative) {
    double own = (double) max - min;
    if (own >= width) {
      return this;
    }
    if (own == 0) {
      return nonNegative
          ? new Range(0, (float) width)
          : new Range((float) (-width / 2), (float) (width / 2));
    }
    return scaled(width / own);
  }

  /** Both ends times a positive number. */
  public Range scaled(double factor) {
    return new Range((float) (min * factor), (float) (max * factor));
  }

  /** The smallest range that covers this and another. */
  public Range union(float otherMin, float otherMax) {
    return new Range(Math.min(min, otherMin), Math.max(max, otherMax));
  }
}
