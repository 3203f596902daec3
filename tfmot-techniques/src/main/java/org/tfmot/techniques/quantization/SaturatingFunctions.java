package org.tfmot.techniques.quantization;

import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.quantization.OperandCuts.Need;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Functions that come to an end of their values: beyond some input their result stays within a
 * quarter of a step of its range. An input's range that ends there has finer steps, and is one that
 * the runtime's kernels of 16 bits are good for: the entries of their table for {@code exp} lie
 * near to each other, and their factor for {@code sigmoid} does not overflow.
 */
final class SaturatingFunctions {

  /** A result this near to its end, in steps, is rounded to it. */
  private static final double NEAR = 0.25;

  private SaturatingFunctions() {}

  /**
   * Returns the part of its input that a function tells apart, or null if that is all of it.
   *
   * @param range of the result
   * @param spec of the result
   */
  static @Nullable Need need(String op, Range range, QuantizerSpec spec) {
    double step = ((double) range.max() - range.min()) / spec.steps();
    if (!(step > 0)) {
      return null;
    }
    boolean wide = spec.bits() > QuantizerSpec.BITS;
    return switch (op) {
      case "Exp" -> new Need(Math.log(NEAR * step), Math.log(range.max()));
      // The tables of 8 bits take any range.
      case "Sigmoid" -> wide ? around(-Math.log(NEAR * step)) : null;
      case "Tanh" -> wide ? around(-Math.log(NEAR * step / 2) / 2) : null;
      default -> null;
    };
  }

  private static Need around(double end) {
    return new Need(-end, end);
  }
}
