package org.tfmot.api.graph;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.apiguardian.api.API;
import org.tensorflow.Tensor;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.family.TType;

/** Tensors as immutable protocol messages, and back. */
@API(status = API.Status.EXPERIMENTAL)
public final class TensorProtos {

  private TensorProtos() {}

  /** A float tensor of the given shape, row-major. */
  public static TensorProto floats(Shape shape, float... values) {
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

  /**
   * The value of an int64 scalar.
   *
   * @throws IllegalArgumentException if the tensor is something else
   */
  public static long toLong(TensorProto proto) {
    if (proto.getDtype() != DataType.DT_INT64 || shape(proto).size() != 1) {
      throw new IllegalArgumentException(
          "expected a DT_INT64 scalar, not " + proto.getDtype() + " " + shape(proto));
    }
    return content(proto).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /**
   * The values of a float tensor, row-major.
   *
   * @throws IllegalArgumentException if the tensor is not of type float
   */
  public static float[] toFloats(TensorProto proto) {
    if (proto.getDtype() != DataType.DT_FLOAT) {
      throw new IllegalArgumentException("expected a DT_FLOAT tensor, not " + proto.getDtype());
    }
    int count = Math.toIntExact(shape(proto).size());
    float[] values = new float[count];
    if (!proto.getTensorContent().isEmpty()) {
      FloatBuffer content =
          proto
              .getTensorContent()
              .asReadOnlyByteBuffer()
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer();
      content.get(values);
      return values;
    }
    // A shorter list repeats its last value: TensorFlow's compressed form of a filled tensor.
    int given = proto.getFloatValCount();
    for (int i = 0; i < count && given > 0; i++) {
      values[i] = proto.getFloatVal(Math.min(i, given - 1));
    }
    return values;
  }

  /** The shape of a tensor message. */
  public static Shape shape(TensorProto proto) {
    return shape(proto.getTensorShape());
  }

  /** A shape message as a shape; an unknown rank stays unknown. */
  public static Shape shape(TensorShapeProto proto) {
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
    TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
    if (shape.isUnknown()) {
      return proto.setUnknownRank(true).build();
    }
    for (long size : shape.asArray()) {
      proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return proto.build();
  }

  /** Copies a live tensor of a numeric or boolean type into a message. */
  public static TensorProto of(Tensor tensor) {
    if (tensor.dataType() == DataType.DT_STRING) {
      throw new IllegalArgumentException("a string tensor cannot be copied into a message");
    }
    byte[] bytes = new byte[Math.toIntExact(tensor.numBytes())];
    tensor.asRawTensor().data().read(bytes);
    return of(tensor.dataType(), tensor.shape(), ByteBuffer.wrap(bytes));
  }

  /** A live copy of a tensor message; the caller closes it. */
  public static Tensor toTensor(TensorProto proto) {
    Shape shape = shape(proto);
    Class<? extends TType> type = TensorTypeRegistry.find(proto.getDtype()).type();
    ByteString content = content(proto);
    ByteDataBuffer data = DataBuffers.of(content.toByteArray(), true, false);
    return Tensor.of(type, shape, data);
  }

  private static ByteString content(TensorProto proto) {
    if (!proto.getTensorContent().isEmpty() || shape(proto).size() == 0) {
      return proto.getTensorContent();
    }
    if (proto.getDtype() == DataType.DT_FLOAT) {
      return floats(shape(proto), toFloats(proto)).getTensorContent();
    }
    throw new IllegalArgumentException(
        "a " + proto.getDtype() + " tensor message without tensor_content is not supported");
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

  private static void requireCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + " holds " + shape.size() + " values, not " + count);
    }
  }
}
