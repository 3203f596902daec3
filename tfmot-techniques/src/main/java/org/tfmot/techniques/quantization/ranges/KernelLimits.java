package org.tfmot.techniques.quantization.ranges;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The relations between the steps of an integer operation's operands and its output that the
 * converter and the runtime can represent.
 *
 * <p>From {@code Prepare} and {@code Eval} of TensorFlow Lite's kernels ({@code add}, {@code
 * squared_difference}, {@code activations}, {@code elementwise}, {@code QuantizeMultiplier}), the
 * checks of the XNNPACK delegate, and a sweep over all operations and ranges from 1e-9 to 1e9
 * (docs/measurements.md). Limits leave room for float's rounding.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class KernelLimits {

  /**
   * The narrowest range that the converter takes as it is. It widens narrower ones to 1e-6
   * (TensorFlow: {@code ExpandVeryNarrowRange}).
   */
  public static final double LEAST_WIDTH = 1.001e-6;

  /**
   * The largest step of 16 bits of what a softmax reads: the kernel multiplies differences by it in
   * 32 bits.
   */
  public static final float LARGEST_SCORE_STEP = 2;

  /** The number of products of a sum if the graph does not tell. */
  private static final long UNKNOWN_DEPTH = 4096;

  /** Two bits less than the kernels' 31. */
  private static final double ACCUMULATOR = 0x1p29;

  /**
   * The steps between two entries of the table by which a kernel of 16 bits computes a function.
   */
  static final int TABLE_STEPS = 128;

  /** With entries farther from each other, no line is near to an exponential. */
  private static final double FARTHEST_ENTRY = 0.5;

  private KernelLimits() {}

  /** Operations by the way in which their kernels accumulate. */
  public enum Kind {
    /** Sums of products with weights. */
    WEIGHTED,
    /** Sums of products of two activations. */
    TWO_FACTORS,
    /** One product of two tensors. */
    PRODUCT,
    /** Sums and differences: both operands are brought to the larger step. */
    SUM,
    /** Squares of differences: a difference, and its product with itself. */
    SQUARES,
    LOG_SOFTMAX,
    RSQRT,
    EXP,
    /** By a table of {@code exp(x) - 1} in float, which cancels near 0, and {@code x}. */
    ELU,
    /** Hard swish, whose multiplier has 7 bits of headroom. */
    COMPOSITE,
    /** Brings its operands to the output's step. */
    LINEAR,
    /** By a table, or in another way that leaves the steps free. */
    FREE
  }

  /**
   * An operation.
   *
   * @param bits of its activations
   * @param depth how many products it adds up, 0 if unknown
   * @param bias the largest magnitude of the constant that it adds, or 0
   * @param clip the largest number that it rounds to the output's steps before it cuts off, such as
   *     the end of its fused activation, or 0
   */
  public record Operation(Kind kind, int bits, long depth, double bias, double clip) {

    private boolean isWide() {
      return bits > QuantizerSpec.BITS;
    }

    /** The step in which the kernel accumulates. */
    public double accumulatedStep(List<Double> operands) {
      double largest = operands.stream().mapToDouble(Double::doubleValue).max().orElse(0);
      return switch (kind) {
        case WEIGHTED, TWO_FACTORS, PRODUCT ->
            operands.isEmpty() ? 0 : operands.stream().reduce(1.0, (one, two) -> one * two);
        case SQUARES -> largest * largest;
        default -> largest;
      };
    }

    /** The least step of the output for the step in which the kernel accumulates. */
    public double leastOutputStep(double accumulated) {
      double forConstants = Math.max(bias, clip) / ACCUMULATOR;
      double forCancellation = kind == Kind.ELU ? 0x1p-23 : 0;
      return Math.max(accumulated / largestRatio(), Math.max(forConstants, forCancellation));
    }

    /** Returns the largest ratio of the accumulated step to the output's. */
    private double largestRatio() {
      double sums = depth == 0 ? UNKNOWN_DEPTH : depth;
      return switch (kind) {
        // A bias is rounded to the accumulated step, which must not be many of the output's.
        case WEIGHTED ->
            isWide() ? Math.min(0.99, 500 / sums) : Math.min(bias > 0 ? 1.9 : 250, 0x1p15 / sums);
        case TWO_FACTORS -> isWide() ? Math.min(0.99, 1.9 / sums) : Math.min(250, 0x1p15 / sums);
        // A product of 16 bits has 30: no shift to the left is possible.
        case PRODUCT -> isWide() ? 0.99 : 250;
        case SUM -> isWide() ? 8000 : 250;
        // The difference, up to the square's root, is a sum.
        case SQUARES -> isWide() ? 1900 : 900;
        case COMPOSITE, LINEAR -> 120;
        case ELU -> 0x1p20;
        default -> Double.MAX_VALUE;
      };
    }

    /** The largest step of the output: a smaller one holds all values but that at the pole. */
    public double largestOutputStep(double input) {
      return kind == Kind.RSQRT && !isWide() ? 0x1p10 / Math.sqrt(input) : Double.MAX_VALUE;
    }

    /**
     * Returns the least end that the output's range needs. A reciprocal root or an exponential of
     * 16 bits is a table, between whose entries the kernel draws lines: where an entry beside the
     * input of the largest value is cut off, the line is wrong.
     *
     * @param end of the range that holds all values
     * @param input the input's step
     */
    public double leastEnd(double end, double input) {
      if (!isWide() || !(end > 0 && input > 0)) {
        return 0;
      }
      return switch (kind) {
        case RSQRT -> endOfRoot(end, input);
        case EXP -> endOfExponential(end, input);
        default -> 0;
      };
    }

    private static double endOfRoot(double end, double input) {
      double smallest = 1 / (end * end * input);
      // Half a step more, since an input is rounded.
      double entry = Math.floor((smallest + 0.5) / TABLE_STEPS) * TABLE_STEPS;
      // Below the first entry is the pole.
      return entry == 0 ? 0 : 1 / Math.sqrt(entry * input);
    }

    private static double endOfExponential(double end, double input) {
      if (TABLE_STEPS * input > FARTHEST_ENTRY) {
        return 0;
      }
      double largest = Math.rint(Math.log(end) / input);
      return Math.exp(Math.ceil(largest / TABLE_STEPS) * TABLE_STEPS * input);
    }

    /**
     * The least step to accumulate in, so that the bias fits into 32 bits and the multiplier is not
     * taken for 0.
     */
    public double leastAccumulatedStep(double output) {
      if (kind == Kind.LOG_SOFTMAX && !isWide()) {
        return 0x1p-24;
      }
      return kind == Kind.WEIGHTED && bias > 0
          ? Math.max(bias / ACCUMULATOR, output * (isWide() ? 0x1p-28 : 0x1p-20))
          : 0;
    }
  }
}
