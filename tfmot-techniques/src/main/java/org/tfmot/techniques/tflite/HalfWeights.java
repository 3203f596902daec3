package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Refuses weights that a file of float16 weights cannot hold. The converter stores 65504, the
 * largest float16, for what is larger, and says nothing.
 *
 * <p>A bound of a comparison or a choice does the same at 65504, and so does a mask of an
 * attention: a constant from which a softmax is reached by sums, products and moves.
 */
final class HalfWeights {

  private static final short LARGEST = 0x7BFF;
  private static final int MAGNITUDE = 0x7FFF;

  /** Operators for which a bound or a filler does the same at 65504. */
  private static final Set<String> BOUNDED =
      Set.of(
          "EQUAL",
          "GREATER",
          "GREATER_EQUAL",
          "LESS",
          "LESS_EQUAL",
          "MAXIMUM",
          "MINIMUM",
          "NOT_EQUAL",
          "PADV2",
          "SELECT",
          "SELECT_V2",
          "SOFTMAX");

  /** Operators behind which a mask is one still. */
  private static final Set<String> MASKING =
      Set.of(
          "ADD",
          "BROADCAST_TO",
          "CONCATENATION",
          "DEQUANTIZE",
          "EXPAND_DIMS",
          "GATHER",
          "MUL",
          "RESHAPE",
          "SLICE",
          "SQUEEZE",
          "STRIDED_SLICE",
          "SUB",
          "TILE",
          "TRANSPOSE");

  private HalfWeights() {}

  /**
   * Verifies the constants of a file of float16 weights.
   *
   * @throws TfLiteConversionException naming the operator of a weight of 65504 or more
   */
  static TfLiteModel verify(TfLiteModel model) {
    for (int i = 0; i < model.tensors().size(); i++) {
      TfLiteTensor tensor = model.tensors().get(i);
      if (tensor.type() == TensorType.FLOAT16 && isCutOff(tensor.data())) {
        verify(model, i);
      }
    }
    return model;
  }

  private static boolean isCutOff(ByteBuffer data) {
    ByteBuffer bits = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (bits.remaining() >= Short.BYTES) {
      if ((bits.getShort() & MAGNITUDE) >= LARGEST) {
        return true;
      }
    }
    return false;
  }

  /** Follows a constant to where it is a bound or a mask, or to the first layer that reads it. */
  private static void verify(TfLiteModel model, int constant) {
    Set<Integer> seen = new HashSet<>(Set.of(constant));
    Deque<Integer> open = new ArrayDeque<>(seen);
    TfLiteOperator first = null;
    while (!open.isEmpty()) {
      for (TfLiteOperator reader : readers(model, open.pop())) {
        if (BOUNDED.contains(reader.name())) {
          return;
        }
        first = first == null && !reader.name().equals("DEQUANTIZE") ? reader : first;
        if (MASKING.contains(reader.name())) {
          reader.outputs().stream().filter(seen::add).forEach(open::push);
        }
      }
    }
    if (first != null) {
      throw new TfLiteConversionException(
          "a weight of %s \"%s\" has values of 65504 or more, the largest that float16() stores:"
                  .formatted(first.name(), model.tensors().get(first.outputs().get(0)).name())
              + " scale it down, or convert with float32()");
    }
  }

  private static List<TfLiteOperator> readers(TfLiteModel model, int tensor) {
    return model.operators().stream()
        .filter(operator -> operator.inputs().contains(tensor))
        .toList();
  }
}
