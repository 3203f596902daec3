package org.tfmot.techniques.testing;

import java.util.function.IntToDoubleFunction;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;

/** Arrays of floats. */
public final class Values {

  private Values() {}

  /** Values by a function of their index. */
  public static float[] of(int count, IntToDoubleFunction function) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) function.applyAsDouble(i);
    }
    return values;
  }

  /** Values of a tensor of numbers. */
  public static float[] of(Tensor tensor) {
    TensorProto values = TensorProtos.of(tensor);
    return values.getDtype() == DataType.DT_INT32
        ? of(TensorProtos.toInts(values).length, i -> TensorProtos.toInts(values)[i])
        : TensorProtos.toFloats(values);
  }

  /** The largest magnitude. */
  public static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** The largest difference. */
  public static float distance(float[] a, float[] b) {
    return largest(of(a.length, i -> a[i] - b[i]));
  }
}
