package org.tfmot.techniques.tflite;

import java.util.Arrays;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.OperatorRule.ValueFunction;

/**
 * Integers that operators compute of known ones, such as the height that an upsampling gives to a
 * {@code TRANSPOSE_CONV}: twice that of its input.
 */
final class KnownValues {

  private KnownValues() {}

  /** Computes pairs of elements; one operand may be a single element. */
  static ValueFunction pairs(LongBinaryOperator operator) {
    return call -> {
      long[] a = vector(call, 0);
      long[] b = vector(call, 1);
      // Sums, differences, products and quotients may have an activation.
      if (a == null || b == null || call.options().getByte(0) != 0) {
        return null;
      }
      int length = a.length == 1 ? b.length : a.length;
      if (b.length != 1 && b.length != length) {
        return null;
      }
      boolean wide = call.type(0) == TensorType.INT64;
      long[] values = new long[length];
      for (int i = 0; i < length; i++) {
        long value = operator.applyAsLong(a[a.length == 1 ? 0 : i], b[b.length == 1 ? 0 : i]);
        values[i] = wide ? value : (int) value;
      }
      return values;
    };
  }

  /** Returns the elements of a scalar or a short vector, or null. */
  private static long @Nullable [] vector(OperatorCall call, int input) {
    int[] shape = call.shape(input);
    boolean small =
        shape != null && shape.length <= 1 && Shapes.size(shape) <= Movements.MOST_VALUES;
    return small ? call.values(input) : null;
  }

  /** {@code SLICE} of a vector. */
  static long @Nullable [] sliced(OperatorCall call) {
    long[] elements = vector(call, 0);
    long[] begin = call.values(1);
    int[] shape = Movements.sliced(call);
    if (elements == null || begin == null || shape == null || begin.length != 1) {
      return null;
    }
    int from = (int) begin[0];
    return Arrays.copyOfRange(elements, from, from + shape[0]);
  }

  /** {@code GATHER} from a vector; the run refuses indices out of range itself. */
  static long @Nullable [] gathered(OperatorCall call) {
    long[] elements = vector(call, 0);
    long[] indices = vector(call, 1);
    if (elements == null || indices == null) {
      return null;
    }
    long[] values = new long[indices.length];
    for (int i = 0; i < values.length; i++) {
      if (indices[i] < 0 || indices[i] >= elements.length) {
        return null;
      }
      values[i] = elements[(int) indices[i]];
    }
    return values;
  }

  /** {@code REDUCE_PROD} of a vector. */
  static long @Nullable [] product(OperatorCall call) {
    long[] elements = vector(call, 0);
    long[] axes = call.values(1);
    if (elements == null || axes == null || axes.length != 1) {
      return null;
    }
    long product = Arrays.stream(elements).reduce(1, (a, b) -> a * b);
    return new long[] {call.type(0) == TensorType.INT64 ? product : (int) product};
  }
}
