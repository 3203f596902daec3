package org.tfmot.techniques.quantization.ranges;

import java.util.function.DoubleUnaryOperator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The table by which the runtime's kernels of 16 bits compute a function: 513 values at equal
 * distances over the input's range, and lines between them. Each value is half a line's error at
 * its middle below the curve. All is rounded to 16 bits; the slope of a line that rises by more
 * than these hold wraps round.
 *
 * <p>From TensorFlow Lite's {@code LUTPopulateInt16} and {@code LUTLookup}.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class KernelTable {

  private static final int LINES = 512;
  private static final int STEPS = KernelLimits.TABLE_STEPS;
  private static final int END = Short.MAX_VALUE;

  private final DoubleUnaryOperator function;
  private final double input;
  private final double perStep;
  private final int[] values = new int[LINES + 1];

  private KernelTable(DoubleUnaryOperator function, double input, double output) {
    this.function = function;
    this.input = input;
    perStep = 65536 / (65535 * output);
    double distance = 65535 * input / LINES;
    double lowest = -32768 * input;
    for (int i = 0; i < LINES; i++) {
      double here = scaled(lowest + i * distance);
      double middle = scaled(lowest + (i + 0.5) * distance);
      double next = scaled(lowest + (i + 1) * distance);
      double line = Math.rint((next + Math.rint(here)) / 2);
      values[i] = inShort(Math.rint(here) - Math.rint((line - Math.rint(middle)) / 2));
    }
    values[LINES] = inShort(Math.rint(scaled(END * input)));
  }

  /**
   * Returns the table of an operation, or null if the runtime computes it in another way.
   *
   * @param input the step of its input
   * @param output the step of its output
   */
  public static @Nullable KernelTable of(String op, double input, double output) {
    return switch (op) {
      case "Exp" -> new KernelTable(Math::exp, input, output);
      case "Rsqrt" -> new KernelTable(x -> x <= 0 ? END * output : 1 / Math.sqrt(x), input, output);
      default -> null;
    };
  }

  /** Returns what the kernel makes of an input in steps, in steps. */
  int get(int x) {
    int line = LINES / 2 + Math.floorDiv(x, STEPS);
    short slope = (short) (values[line + 1] - values[line]);
    return (short) (values[line] + ((slope * Math.floorMod(x, STEPS) + STEPS / 2) >> 7));
  }

  /**
   * Returns by how much results are wrong at most, in steps of the output.
   *
   * @param low the smallest input
   * @param high the largest input
   */
  public double error(double low, double high) {
    int first = (int) Math.max(-END, Math.rint(low / input));
    int last = (int) Math.min(END, Math.rint(high / input));
    double most = 0;
    for (int x = first; x <= last; x++) {
      double exact = Math.min(END, scaled(x * input));
      most = Math.max(most, Math.abs(get(x) - exact));
    }
    return most;
  }

  private double scaled(double x) {
    return function.applyAsDouble(x) * perStep;
  }

  private static int inShort(double value) {
    return (int) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, value));
  }
}
