package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;

/**
 * Integer format of a quantized tensor: all of its quantization but the range.
 *
 * @param bits 2 to 16
 * @param symmetric whether the zero point is 0
 * @param narrow whether the lowest integer is unused, -127 to 127 in 8 bits
 * @param perChannel whether each slice along the last dimension has its own range
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record QuantizerSpec(int bits, boolean symmetric, boolean narrow, boolean perChannel) {

  public static final int BITS = 8;

  public static final QuantizerSpec ACTIVATION = new QuantizerSpec(BITS, false, false, false);

  /** Activations of the runtime's 16-bit kernels. */
  public static final QuantizerSpec WIDE_ACTIVATION = new QuantizerSpec(16, true, true, false);

  public QuantizerSpec withBits(int other) {
    return new QuantizerSpec(other, symmetric, narrow, perChannel);
  }

  public QuantizerSpec withPerChannel(boolean other) {
    return new QuantizerSpec(bits, symmetric, narrow, other);
  }

  /** Returns the number of steps from the lowest to the highest value. */
  public int steps() {
    return (1 << bits) - (narrow ? 2 : 1);
  }

  /**
   * Returns minimum / maximum of a symmetric range: -1, or {@code -2^(b-1) / (2^(b-1) - 1)} in a
   * wide one, which has one more step below 0 than above.
   */
  public float lowOverHigh() {
    int half = 1 << (bits - 1);
    return narrow ? -1 : -(float) half / (half - 1);
  }

  /** Returns maximum / minimum of a symmetric range. */
  public float highOverLow() {
    int half = 1 << (bits - 1);
    return narrow ? -1 : -(half - 1f) / half;
  }

  /** Returns the smallest symmetric range that covers another. */
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
