package org.tfmot.api.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Tensors of numeric types, booleans and strings as immutable protocol messages, and back. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TensorProtos {

  private TensorProtos() {}

  /** A float tensor of the given shape, row-major. */
  public static TensorProto floats(Shape shape, float... values) {
    Arguments.require(shape, "shape");
    requireCount(shape, values.length);
    ByteBuffer bytes = littleEndian(4 * values.length);
    bytes.asFloatBuffer().put(values);
    return of(DataType.DT_FLOAT, shape, bytes);
  }

  /** A float scalar. */
  public static TensorProto scalar(float value) {
    return floats(Shape.scalar(), value);
  }

  /** An int32 tensor of the given shape, row-major. */
  public static TensorProto ints(Shape shape, int... values) {
    Arguments.require(shape, "shape");
    requireCount(shape, values.length);
    ByteBuffer bytes = littleEndian(4 * values.length);
    bytes.asIntBuffer().put(values);
    return of(DataType.DT_INT32, shape, bytes);
  }

  /** An int32 scalar. */
  public static TensorProto scalar(int value) {
    return ints(Shape.scalar(), value);
  }

  /** An int64 scalar. */
  public static TensorProto scalar(long value) {
    ByteBuffer bytes = littleEndian(Long.BYTES);
    bytes.asLongBuffer().put(value);
    return of(DataType.DT_INT64, Shape.scalar(), bytes);
  }

  /** A vector of strings, in UTF-8. */
  public static TensorProto strings(Collection<String> values) {
    Arguments.require(values, "values");
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(shapeProto(Shape.of(values.size())));
    values.forEach(value -> proto.addStringVal(ByteString.copyFromUtf8(value)));
    return proto.build();
  }

  /**
   * The value of an int64 scalar.
   *
   * @throws IllegalArgumentException if the tensor is something else
   */
  public static long toLong(TensorProto proto) {
    Arguments.require(proto, "proto");
    verify(proto);
    if (proto.getDtype() != DataType.DT_INT64 || shape(proto).size() != 1) {
      throw new IllegalArgumentException(
          "expected a DT_INT64 scalar, not " + proto.getDtype() + " " + shape(proto));
    }
    return content(proto).getLong();
  }

  /**
   * The values of a float tensor, row-major.
   *
   * @throws IllegalArgumentException if the tensor is not of type float
   */
  public static float[] toFloats(TensorProto proto) {
    Arguments.require(proto, "proto");
    requireType(proto, DataType.DT_FLOAT);
    float[] values = new float[Math.toIntExact(shape(proto).size())];
    content(proto).asFloatBuffer().get(values);
    return values;
  }

  /**
   * The values of an int32 tensor, row-major.
   *
   * @throws IllegalArgumentException if the tensor is not of type int32
   */
  public static int[] toInts(TensorProto proto) {
    Arguments.require(proto, "proto");
    requireType(proto, DataType.DT_INT32);
    int[] values = new int[Math.toIntExact(shape(proto).size())];
    content(proto).asIntBuffer().get(values);
    return values;
  }

  /**
   * Returns a value of a tensor of floating-point numbers that is not finite: a NaN if there is
   * one, else the first infinity; null if all are finite, or numbers of another kind.
   */
  public static @Nullable Double notFinite(TensorProto proto) {
    verify(proto);
    return switch (proto.getDtype()) {
      case DT_FLOAT -> TensorContent.notFinite(proto, Float.BYTES, ByteBuffer::getFloat);
      case DT_DOUBLE -> TensorContent.notFinite(proto, Double.BYTES, ByteBuffer::getDouble);
      case DT_HALF -> TensorContent.notFinite(proto, Short.BYTES, TensorContent::getHalf);
      case DT_BFLOAT16 ->
          TensorContent.notFinite(
              proto, Short.BYTES, bytes -> Float.intBitsToFloat(bytes.getShort() << 16));
      default -> null;
    };
  }

  /**
   * Verifies that a message is one that TensorFlow can read: of a known type, with sizes that can
   * be, and as many values as these say.
   *
   * @throws IllegalArgumentException if it is not
   */
  public static void verify(TensorProto proto) {
    Arguments.require(proto, "proto");
    String fault = TensorCheck.faultOf(proto);
    if (fault != null) {
      throw new IllegalArgumentException("a tensor message has " + fault);
    }
  }

  /** The shape of a tensor message. */
  public static Shape shape(TensorProto proto) {
    Arguments.require(proto, "proto");
    return shape(proto.getTensorShape());
  }

  /** A shape message as a shape; an unknown rank stays unknown. */
  public static Shape shape(TensorShapeProto proto) {
    Arguments.require(proto, "proto");
    if (proto.getUnknownRank()) {
      return Shape.unknown();
    }
    long[] sizes = new long[proto.getDimCount()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = proto.getDim(i).getSize();
    }
    return Shape.of(sizes);
  }

  /** A shape as a message. */
  public static TensorShapeProto shapeProto(Shape shape) {
    Arguments.require(shape, "shape");
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    if (shape.isUnknown()) {
      return proto.setUnknownRank(true).build();
    }
    for (long size : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return proto.build();
  }

  /** Copies a live tensor into a message. */
  public static TensorProto of(Tensor tensor) {
    Arguments.require(tensor, "tensor");
    if (tensor instanceof TString strings) {
      return of(strings);
    }
    if (tensor.numBytes() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a tensor of %s has %d bytes: a message holds less than 2 GiB"
              .formatted(tensor.shape(), tensor.numBytes()));
    }
    byte[] bytes = new byte[(int) tensor.numBytes()];
    tensor.asRawTensor().data().read(bytes);
    return of(tensor.dataType(), tensor.shape(), ByteBuffer.wrap(bytes));
  }

  /**
   * A live copy of a tensor message; the caller closes it.
   *
   * @throws IllegalArgumentException if its type is not a numeric one, boolean or string, or its
   *     content does not fill its shape
   */
  public static Tensor toTensor(TensorProto proto) {
    Arguments.require(proto, "proto");
    verify(proto);
    Shape shape = shape(proto);
    if (proto.getDtype() == DataType.DT_STRING) {
      return TString.tensorOfBytes(shape, DataBuffers.ofObjects(TensorContent.strings(proto)));
    }
    ByteString content = TensorContent.of(proto);
    Class<? extends TType> type = TensorTypeRegistry.find(proto.getDtype()).type();
    ByteDataBuffer data = DataBuffers.of(content.toByteArray(), true, false);
    return Tensor.of(type, shape, data);
  }

  private static TensorProto of(TString tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(shapeProto(tensor.shape()));
    tensor
        .asBytes()
        .scalars()
        .forEach(value -> proto.addStringVal(ByteString.copyFrom(value.getObject())));
    return proto.build();
  }

  private static ByteBuffer content(TensorProto proto) {
    return TensorContent.of(proto).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static TensorProto of(DataType type, Shape shape, ByteBuffer bytes) {
    return TensorProto.newBuilder()
        .setDtype(type)
        .setTensorShape(shapeProto(shape))
        .setTensorContent(ByteString.copyFrom(bytes.rewind()))
        .build();
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void requireType(TensorProto proto, DataType type) {
    verify(proto);
    if (proto.getDtype() != type) {
      throw new IllegalArgumentException("expected a " + type + " tensor, not " + proto.getDtype());
    }
  }

  private static void requireCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + " holds " + shape.size() + " values, not " + count);
    }
  }
}
