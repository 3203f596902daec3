package org.tfmot.techniques.tflite;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
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
    ListMultimap<Integer, TfLiteOperator> readers = null;
    for (int i = 0; i < model.tensors().size(); i++) {
      TfLiteTensor tensor = model.tensors().get(i);
      if (tensor.type() == TensorType.FLOAT16 && isCutOff(tensor.data())) {
        readers = readers == null ? readers(model) : readers;
        verify(model, MovedValues.readers(i, readers::get, HalfWeights::masked));
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

  /** A constant is a bound or a mask if one of its readers takes it for that. */
  private static void verify(TfLiteModel model, List<TfLiteOperator> readers) {
    if (readers.stream().anyMatch(reader -> BOUNDED.contains(reader.name()))) {
      return;
    }
    readers.stream()
        .filter(reader -> !reader.name().equals("DEQUANTIZE"))
        .findFirst()
        .ifPresent(
            first -> {
              throw new TfLiteConversionException(
                  "a weight of %s \"%s\" has values of 65504 or more, the largest that float16()"
                          .formatted(
                              first.name(), model.tensors().get(first.outputs().get(0)).name())
                      + " stores: scale it down, or convert with float32()");
            });
  }

  private static Collection<Integer> masked(TfLiteOperator reader) {
    return MASKING.contains(reader.name()) ? reader.outputs() : List.of();
  }

  /** Returns the operators by the tensors that they read. */
  private static ListMultimap<Integer, TfLiteOperator> readers(TfLiteModel model) {
    ListMultimap<Integer, TfLiteOperator> readers = ArrayListMultimap.create();
    for (TfLiteOperator operator : model.operators()) {
      operator.inputs().stream().distinct().forEach(tensor -> readers.put(tensor, operator));
    }
    return readers;
  }
}
