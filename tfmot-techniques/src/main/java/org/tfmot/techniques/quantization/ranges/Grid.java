package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/**
 * The values that a quantized tensor can take, but for its range.
 *
 * @param bits 2 to 16
 * @param symmetric whether 0 is in the middle
 * @param narrow whether the lowest of the integers is left out
 * @param perChannel whether each slice along the last dimension has a range of its own
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Grid(int bits, boolean symmetric, boolean narrow, boolean perChannel) {

  public static final int BITS = 8;

  public static final Grid ACTIVATION = new Grid(BITS, false, false, false);

  /** As the runtime's 16-bit kernels have it. */
  public static final Grid WIDE_ACTIVATION = new Grid(16, true, true, false);

  public Grid withBits(int other) {
    return new Grid(other, symmetric, narrow, perChannel);
  }

  public Grid withPerChannel(boolean other) {
    return new Grid(bits, symmetric, narrow, other);
  }

  /** The number of steps from the lowest to the highest value. */
  public int steps() {
    return (1 << bits) - (narrow ? 2 : 1);
  }

  /**
   * The lower end over the upper one of a symmetric range: -1, or in a wide one with one more step
   * below 0 than above it, {@code -2^(b-1) / (2^(b-1) - 1)}.
   */
  public float lowOverHigh() {
    int half = 1 << (bits - 1);
    return narrow ? -1 : -(float) half / (half - 1);
  }

  /** The upper end over the lower one. */
  public float highOverLow() {
    int half = 1 << (bits - 1);
    return narrow ? -1 : -(half - 1f) / half;
  }

  /** The smallest symmetric range around another. */
  public Range around(Range range) {
    return new Range(
        Math.min(range.min(), range.max() * lowOverHigh()),
        Math.max(range.max(), range.min() * highOverLow()));
  }

  @Override
  public String toString() {
    return "%d bits, %s, %s range%s"
        .formatted(
            bits,
            symmetric ? "symmetric" : "asymmetric",
            narrow ? "narrow" : "wide",
            perChannel ? ", per channel" : "");
  }
}
