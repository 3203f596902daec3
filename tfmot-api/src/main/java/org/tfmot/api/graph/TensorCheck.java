package org.tfmot.api.graph;

import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

/**
 * Checks tensor messages: a known type, a possible shape, and as many bytes or values as the shape
 * has room for. TensorFlow ends the process at some of these faults.
 */
final class TensorCheck {

  /** Limit of a tensor whose message repeats its last value. */
  private static final long MOST_REPEATED_BYTES = 1L << 28;

  private static final int VARIABLE_SIZE = 0;

  private TensorCheck() {}

  /** Returns what is wrong with a message, to stand behind "has", or null. */
  static @Nullable String faultOf(TensorProto tensor) {
    String shapeFault = ShapeCheck.faultOfKnown(tensor.getTensorShape());
    if (shapeFault != null) {
      return shapeFault;
    }
    DataType type = tensor.getDtype();
    if (!isKnown(type)) {
      return "a tensor of the unknown type " + tensor.getDtypeValue();
    }
    if (type == DataType.DT_RESOURCE || type == DataType.DT_VARIANT) {
      return "a tensor of %s, whose values belong to a session".formatted(type);
    }
    long elements = ShapeCheck.elements(tensor.getTensorShape());
    int size = bytes(type);
    if (elements > Integer.MAX_VALUE / Math.max(1, size)) {
      return "a tensor of %d elements of %s; a message holds less than 2 GiB"
          .formatted(elements, type);
    }
    int content = tensor.getTensorContent().size();
    if (content > 0) {
      return size == VARIABLE_SIZE || content == elements * size
          ? null
          : "a tensor of %d elements of %s, but %d bytes".formatted(elements, type, content);
    }
    long values = values(tensor);
    if (values > elements) {
      return "a tensor of %d elements, but %d values".formatted(elements, values);
    }
    return values < elements && elements * Math.max(1, size) > MOST_REPEATED_BYTES
        ? "a tensor of %d elements, but only %d values; at most %d MiB are filled up with the last"
            .formatted(elements, values, MOST_REPEATED_BYTES >> 20)
        : null;
  }

  /** Returns whether a type is one of values: neither unknown nor a reference. */
  static boolean isKnown(DataType type) {
    return type != DataType.UNRECOGNIZED
        && type != DataType.DT_INVALID
        && type.getNumber() < DataType.DT_FLOAT_REF_VALUE;
  }

  /** Returns the bytes of an element in {@code tensor_content}, or 0 if they differ. */
  private static int bytes(DataType type) {
    return switch (type) {
      case DT_BOOL, DT_INT8, DT_UINT8, DT_QINT8, DT_QUINT8, DT_FLOAT8_E4M3FN, DT_FLOAT8_E5M2 -> 1;
      case DT_INT16, DT_UINT16, DT_QINT16, DT_QUINT16, DT_HALF, DT_BFLOAT16 -> Short.BYTES;
      case DT_INT32, DT_UINT32, DT_QINT32, DT_FLOAT -> Integer.BYTES;
      case DT_INT64, DT_UINT64, DT_DOUBLE, DT_COMPLEX64 -> Long.BYTES;
      case DT_COMPLEX128 -> 2 * Long.BYTES;
      default -> VARIABLE_SIZE;
    };
  }

  private static long values(TensorProto tensor) {
    return switch (tensor.getDtype()) {
      case DT_FLOAT -> tensor.getFloatValCount();
      case DT_DOUBLE -> tensor.getDoubleValCount();
      case DT_INT64 -> tensor.getInt64ValCount();
      case DT_UINT32 -> tensor.getUint32ValCount();
      case DT_UINT64 -> tensor.getUint64ValCount();
      case DT_BOOL -> tensor.getBoolValCount();
      case DT_STRING -> tensor.getStringValCount();
      case DT_HALF, DT_BFLOAT16 -> tensor.getHalfValCount();
      case DT_COMPLEX64 -> tensor.getScomplexValCount() / 2;
      case DT_COMPLEX128 -> tensor.getDcomplexValCount() / 2;
      case DT_FLOAT8_E4M3FN, DT_FLOAT8_E5M2 -> tensor.getFloat8Val().size();
      default -> tensor.getIntValCount();
    };
  }
}
