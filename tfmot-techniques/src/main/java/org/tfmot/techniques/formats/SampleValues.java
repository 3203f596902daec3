package org.tfmot.techniques.formats;

import java.util.function.Consumer;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.BooleanNdArray;
import org.tensorflow.ndarray.ByteNdArray;
import org.tensorflow.ndarray.DoubleNdArray;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.IntNdArray;
import org.tensorflow.ndarray.LongNdArray;
import org.tensorflow.ndarray.ShortNdArray;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;

/** The values of a tensor as the interpreter takes and gives them. */
final class SampleValues {

  private SampleValues() {}

  /**
   * Returns the values of a tensor of numbers or truth values.
   *
   * @param name the tensor's, for the message
   * @throws IllegalArgumentException if it is of another type
   */
  static float[] of(String name, Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().size())];
    int[] next = {0};
    Consumer<Number> add = number -> values[next[0]++] = number.floatValue();
    if (tensor instanceof FloatNdArray floats) {
      floats.scalars().forEach(each -> add.accept(each.getFloat()));
    } else if (tensor instanceof DoubleNdArray doubles) {
      doubles.scalars().forEach(each -> add.accept(each.getDouble()));
    } else if (tensor instanceof IntNdArray ints) {
      ints.scalars().forEach(each -> add.accept(each.getInt()));
    } else if (tensor instanceof LongNdArray longs) {
      longs.scalars().forEach(each -> add.accept(each.getLong()));
    } else if (tensor instanceof BooleanNdArray truths) {
      truths.scalars().forEach(each -> add.accept(each.getBoolean() ? 1 : 0));
    } else if (tensor instanceof ByteNdArray bytes) {
      int mask = tensor instanceof TUint8 ? 0xff : -1;
      bytes.scalars().forEach(each -> add.accept(each.getByte() & mask));
    } else if (tensor instanceof ShortNdArray shorts) {
      int mask = tensor instanceof TUint16 ? 0xffff : -1;
      shorts.scalars().forEach(each -> add.accept(each.getShort() & mask));
    } else {
      throw new IllegalArgumentException(
          "\"%s\" is of type %s: a comparison takes numbers and truth values"
              .formatted(name, tensor.dataType()));
    }
    return values;
  }
}
