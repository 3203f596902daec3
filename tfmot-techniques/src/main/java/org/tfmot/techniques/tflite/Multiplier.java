package org.tfmot.techniques.tflite;

/**
 * A real factor as the runtime's integer kernels hold it: {@code mantissa * 2^(shift - 31)} with a
 * mantissa in [2^30, 2^31), as {@code QuantizeMultiplier} in the runtime's {@code
 * quantization_util.cc} computes it.
 *
 * @param mantissa 0 if the factor is too small
 * @param shift by how many bits a value is shifted to the left
 */
record Multiplier(long mantissa, int shift) {

  private static final int MANTISSA_BITS = 31;
  private static final int SMALLEST_SHIFT = -31;

  /** Returns the multiplier of a factor that is finite and not negative. */
  static Multiplier of(double factor) {
    if (factor == 0) {
      return new Multiplier(0, 0);
    }
    // A fraction in [0.5, 1), as the C library's frexp has it.
    int shift = Math.getExponent(factor) + 1;
    long mantissa = Math.round(Math.scalb(factor, MANTISSA_BITS - shift));
    if (mantissa == 1L << MANTISSA_BITS) {
      mantissa /= 2;
      shift++;
    }
    return shift < SMALLEST_SHIFT ? new Multiplier(0, 0) : new Multiplier(mantissa, shift);
  }

  /**
   * Returns whether the product with an integer of at most this magnitude stays within 32 bits
   * where the kernels compute it.
   */
  boolean holds(double magnitude) {
    return shift <= 0 || magnitude * Math.scalb(1.0, shift) < Math.scalb(1.0, MANTISSA_BITS);
  }
}
