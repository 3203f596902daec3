package org.tfmot.api.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.TensorProto;

/**
 * The bytes of a tensor message of a numeric or boolean type: {@code tensor_content}, or one of the
 * lists that TensorFlow writes instead, in which the last value represents all that follow.
 */
final class TensorContent {

  private TensorContent() {}

  /** The values, row-major, little-endian. */
  static ByteString of(TensorProto proto) {
    int count = Math.toIntExact(TensorProtos.shape(proto).size());
    if (!proto.getTensorContent().isEmpty() || count == 0) {
      return proto.getTensorContent();
    }
    return switch (proto.getDtype()) {
      case DT_FLOAT ->
          fill(
              count,
              Float.BYTES,
              proto.getFloatValCount(),
              (b, i) -> b.putFloat(proto.getFloatVal(i)));
      case DT_DOUBLE ->
          fill(
              count,
              Double.BYTES,
              proto.getDoubleValCount(),
              (b, i) -> b.putDouble(proto.getDoubleVal(i)));
      case DT_INT32 ->
          fill(
              count, Integer.BYTES, proto.getIntValCount(), (b, i) -> b.putInt(proto.getIntVal(i)));
      case DT_UINT32 ->
          fill(
              count,
              Integer.BYTES,
              proto.getUint32ValCount(),
              (b, i) -> b.putInt(proto.getUint32Val(i)));
      case DT_INT64 ->
          fill(
              count,
              Long.BYTES,
              proto.getInt64ValCount(),
              (b, i) -> b.putLong(proto.getInt64Val(i)));
      case DT_UINT64 ->
          fill(
              count,
              Long.BYTES,
              proto.getUint64ValCount(),
              (b, i) -> b.putLong(proto.getUint64Val(i)));
      case DT_INT16, DT_UINT16 ->
          fill(
              count,
              Short.BYTES,
              proto.getIntValCount(),
              (b, i) -> b.putShort((short) proto.getIntVal(i)));
      case DT_INT8, DT_UINT8 ->
          fill(
              count,
              Byte.BYTES,
              proto.getIntValCount(),
              (b, i) -> b.put((byte) proto.getIntVal(i)));
      case DT_HALF, DT_BFLOAT16 ->
          fill(
              count,
              Short.BYTES,
              proto.getHalfValCount(),
              (b, i) -> b.putShort((short) proto.getHalfVal(i)));
      case DT_BOOL ->
          fill(
              count,
              Byte.BYTES,
              proto.getBoolValCount(),
              (b, i) -> b.put((byte) (proto.getBoolVal(i) ? 1 : 0)));
      default ->
          throw new IllegalArgumentException(
              "a tensor message of type " + proto.getDtype() + " is not supported");
    };
  }

  /**
   * The values of a tensor of strings, row-major.
   *
   * @throws IllegalArgumentException if they are packed, which only TensorFlow itself reads
   */
  static byte[][] strings(TensorProto proto) {
    if (!proto.getTensorContent().isEmpty()) {
      throw new IllegalArgumentException(
          "a tensor message of packed strings is not supported, only one with a list of them");
    }
    int given = proto.getStringValCount();
    byte[][] values = new byte[Math.toIntExact(TensorProtos.shape(proto).size())][];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          given == 0 ? new byte[0] : proto.getStringVal(Math.min(i, given - 1)).toByteArray();
    }
    return values;
  }

  /** See {@link TensorProtos#notFinite}. */
  static @Nullable Double notFinite(
      TensorProto proto, int size, ToDoubleFunction<ByteBuffer> next) {
    ByteBuffer bytes = of(proto).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    Double infinity = null;
    while (bytes.remaining() >= size) {
      double value = next.applyAsDouble(bytes);
      if (Double.isNaN(value)) {
        return value;
      }
      if (Double.isInfinite(value) && infinity == null) {
        infinity = value;
      }
    }
    return infinity;
  }

  /** Reads a number of 16 bits as far as that tells whether it is finite. */
  static double getHalf(ByteBuffer bytes) {
    int bits = bytes.getShort();
    double magnitude = (bits & 0x3FF) != 0 ? Double.NaN : Double.POSITIVE_INFINITY;
    return (bits & 0x7C00) != 0x7C00 ? 0 : bits < 0 ? -magnitude : magnitude;
  }

  private interface Put {
    void put(ByteBuffer bytes, int index);
  }

  /** Values beyond the list repeat its last one, and are zero if it is empty. */
  private static ByteString fill(int count, int size, int given, Put put) {
    ByteBuffer bytes = ByteBuffer.allocate(count * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count && given > 0; i++) {
      put.put(bytes, Math.min(i, given - 1));
    }
    return ByteString.copyFrom(bytes.clear());
  }
}
