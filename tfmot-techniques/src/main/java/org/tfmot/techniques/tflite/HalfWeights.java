package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/**
 * Refuses weights that a file of float16 weights cannot hold. The converter stores 65504, the
 * largest float16, for what is larger, and says nothing.
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
          "SELECT_V2");

  private HalfWeights() {}

  /**
   * Verifies the constants of a file of float16 weights.
   *
   * @throws TfLiteConversionException naming the operator of a weight with a value beyond 65504. A
   *     mask of an attention, which is added and has no such value above 0, is none.
   */
  static TfLiteModel verify(TfLiteModel model) {
    Set<Integer> positive = new HashSet<>();
    Set<Integer> negative = new HashSet<>();
    for (int i = 0; i < model.tensors().size(); i++) {
      TfLiteTensor tensor = model.tensors().get(i);
      if (tensor.type() == TensorType.FLOAT16) {
        collect(i, tensor.data(), positive, negative);
      }
    }
    if (!positive.isEmpty() || !negative.isEmpty()) {
      for (TfLiteOperator operator : model.operators()) {
        for (int input : operator.inputs()) {
          follow(operator, input, positive);
          follow(operator, input, negative);
        }
      }
      for (TfLiteOperator operator : model.operators()) {
        for (int input : operator.inputs()) {
          boolean mask = operator.name().equals("ADD") && !positive.contains(input);
          boolean beyond = positive.contains(input) || negative.contains(input);
          if (beyond && !isPassed(operator) && !mask && !BOUNDED.contains(operator.name())) {
            throw new TfLiteConversionException(
                "a weight of %s \"%s\" has values beyond 65504, the largest that float16() stores:"
                        .formatted(
                            operator.name(), model.tensors().get(operator.outputs().get(0)).name())
                    + " scale it down, or convert with float32()");
          }
        }
      }
    }
    return model;
  }

  private static void collect(
      int index, ByteBuffer data, Set<Integer> positive, Set<Integer> negative) {
    ByteBuffer bits = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (bits.remaining() >= Short.BYTES) {
      short value = bits.getShort();
      if ((value & MAGNITUDE) >= LARGEST) {
        (value > 0 ? positive : negative).add(index);
      }
    }
  }

  /** The operators of a file are in the order of their execution. */
  private static void follow(TfLiteOperator operator, int input, Set<Integer> tensors) {
    if (tensors.contains(input) && isPassed(operator)) {
      tensors.addAll(operator.outputs());
    }
  }

  private static boolean isPassed(TfLiteOperator operator) {
    return Set.of("DEQUANTIZE", "RESHAPE", "TRANSPOSE").contains(operator.name());
  }
}
