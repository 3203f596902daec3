package org.tfmot.techniques.tflite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.ndarray.Shape;

/**
 * Keeps in float32 the constants of a file that float16 does not hold. The converter stores 65504
 * for what is larger and 0 for what is smaller than 2^-25, and says nothing: the epsilon of a norm
 * becomes a division by 0.
 *
 * <p>Float16 holds a number to one part in 2^11. Of a weight, a bias or a table the largest value
 * counts, since the others are added to it; of a vector that is an operand of its own each one. A
 * single number stays float32 always: its {@code DEQUANTIZE} takes more room than it saves.
 */
final class HalfConstants {

  private static final float PRECISION = 0x1p-11f;
  private static final String UNPACK = "DEQUANTIZE";

  private final Subgraph half;
  private final Map<String, TfLiteTensor> exact = new HashMap<>();

  private HalfConstants(Subgraph half, Subgraph exact) {
    this.half = half;
    exact.tensors().forEach(tensor -> this.exact.put(tensor.name(), tensor));
  }

  /**
   * Replaces the constants, in loops and branches too.
   *
   * @param half the model with float16 constants
   * @param exact the same model with float32 constants
   */
  static TfLiteModel restore(TfLiteModel half, TfLiteModel exact) {
    TfLiteModel model = half;
    for (int i = 0; i < half.subgraphs().size(); i++) {
      Map<Integer, TfLiteTensor> restored =
          new HalfConstants(half.subgraphs().get(i), exact.subgraphs().get(i)).restored();
      if (!restored.isEmpty()) {
        FileEdit edit = new FileEdit(model, i);
        restored.forEach(edit::makeConstant);
        model = edit.build();
      }
    }
    return model;
  }

  /** Returns the constants of float32 by the operation that would unpack them. */
  private Map<Integer, TfLiteTensor> restored() {
    Map<Integer, TfLiteTensor> restored = new TreeMap<>();
    for (int i = 0; i < half.operators().size(); i++) {
      TfLiteOperator unpack = half.operators().get(i);
      if (unpack.name().equals(UNPACK)) {
        TfLiteTensor stored = half.tensors().get(unpack.inputs().get(0));
        TfLiteTensor wanted = exact.get(stored.name());
        if (stored.isConstant()
            && wanted != null
            && wanted.type() == TensorType.FLOAT32
            && wanted.isConstant()
            && wanted.shape().equals(stored.shape())
            && !holds(stored, wanted, readers(unpack.outputs().get(0)))) {
          restored.put(i, wanted);
        }
      }
    }
    return restored;
  }

  private List<TfLiteOperator> readers(int tensor) {
    return half.operators().stream().filter(o -> o.inputs().contains(tensor)).toList();
  }

  private static boolean holds(
      TfLiteTensor stored, TfLiteTensor wanted, List<TfLiteOperator> readers) {
    if (wanted.elementCount() == 1) {
      return false;
    }
    float[] values = wanted.toFloats();
    float[] rounded = stored.toFloats();
    boolean each = isVector(wanted.shape()) && !readers.stream().allMatch(WeightOperands::takes);
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < values.length; i++) {
      float bound = PRECISION * (each ? Math.abs(values[i]) : largest);
      if (Math.abs(values[i] - rounded[i]) > bound) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether all dimensions but the last one are 1. */
  private static boolean isVector(Shape shape) {
    int last = shape.numDimensions() - 1;
    return last >= 0 && shape.size() == shape.get(last);
  }
}
