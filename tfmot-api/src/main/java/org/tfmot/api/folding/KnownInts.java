package org.tfmot.api.folding;

import java.util.Arrays;
import java.util.function.LongBinaryOperator;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.graph.TensorProtos;

/**
 * A scalar or vector of integers or booleans (0 and 1) of which all or some elements are known
 * before a graph runs: counters, limits, indices, sizes.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class KnownInts {

  /** An element that only a run knows. */
  public static final long UNKNOWN = Long.MIN_VALUE;

  /** Sizes and indices are few; larger tensors are data. */
  private static final int MOST = 4096;

  private final DataType type;
  private final boolean scalar;
  private final long[] values;

  private KnownInts(DataType type, boolean scalar, long[] values) {
    this.type = type;
    this.scalar = scalar;
    this.values = values;
  }

  public static KnownInts scalar(DataType type, long value) {
    return new KnownInts(type, true, new long[] {inRange(type, value)});
  }

  /** A vector, or null if it is too long. */
  static @Nullable KnownInts vector(DataType type, long[] values) {
    return values.length > MOST
        ? null
        : new KnownInts(
            type, false, Arrays.stream(values).map(value -> inRange(type, value)).toArray());
  }

  /** The sizes of a shape whose rank is known; an open one is not known. */
  public static KnownInts sizes(DataType type, Shape shape) {
    long[] sizes = shape.asArray();
    return new KnownInts(
        type, false, Arrays.stream(sizes).map(size -> size < 0 ? UNKNOWN : size).toArray());
  }

  static boolean isKnownType(DataType type) {
    return type == DataType.DT_INT32 || type == DataType.DT_INT64 || type == DataType.DT_BOOL;
  }

  /** A constant's value; null if it is not a short list of integers or booleans. */
  static @Nullable KnownInts of(TensorProto proto) {
    Shape shape = TensorProtos.shape(proto);
    if (!isKnownType(proto.getDtype())
        || shape.isUnknown()
        || shape.numDimensions() > 1
        || shape.size() > MOST) {
      return null;
    }
    long[] values = new long[(int) shape.size()];
    try (Tensor tensor = TensorProtos.toTensor(proto)) {
      boolean scalar = shape.numDimensions() == 0;
      long[] at = scalar ? new long[0] : new long[1];
      for (int i = 0; i < values.length; i++) {
        Arrays.fill(at, i);
        values[i] =
            switch (proto.getDtype()) {
              case DT_INT32 -> ((TInt32) tensor).getInt(at);
              case DT_INT64 -> ((TInt64) tensor).getLong(at);
              default -> ((TBool) tensor).getBoolean(at) ? 1 : 0;
            };
      }
      return new KnownInts(proto.getDtype(), scalar, values);
    }
  }

  /** The value as a message; every element must be known. */
  public TensorProto toProto() {
    Shape shape = scalar ? Shape.scalar() : Shape.of(values.length);
    int[] ints = Arrays.stream(values).mapToInt(value -> (int) value).toArray();
    try (Tensor tensor =
        switch (type) {
          case DT_INT32 -> TInt32.tensorOf(shape, DataBuffers.of(ints));
          case DT_INT64 -> TInt64.tensorOf(shape, DataBuffers.of(values));
          default ->
              TBool.tensorOf(
                  shape,
                  data -> {
                    long[] at = scalar ? new long[0] : new long[1];
                    for (int i = 0; i < values.length; i++) {
                      Arrays.fill(at, i);
                      data.setBoolean(values[i] != 0, at);
                    }
                  });
        }) {
      return TensorProtos.of(tensor);
    }
  }

  DataType type() {
    return type;
  }

  public boolean isScalar() {
    return scalar;
  }

  /** The number of elements. */
  public int size() {
    return values.length;
  }

  /** An element, or {@link #UNKNOWN}. */
  public long get(int index) {
    return values[index];
  }

  /** A copy of all elements. */
  public long[] toArray() {
    return values.clone();
  }

  /** Returns true if every element is known. */
  public boolean isComplete() {
    return Arrays.stream(values).noneMatch(value -> value == UNKNOWN);
  }

  /** Returns true if there is exactly one element and it is known. */
  public boolean isNumber() {
    return values.length == 1 && values[0] != UNKNOWN;
  }

  /** The same elements as another type; booleans are 0 and 1. */
  KnownInts as(DataType other) {
    long[] cast =
        Arrays.stream(values)
            .map(
                value ->
                    other == DataType.DT_BOOL && value != UNKNOWN
                        ? value == 0 ? 0 : 1
                        : inRange(other, value))
            .toArray();
    return new KnownInts(other, scalar, cast);
  }

  /** The same elements as a scalar, of one, or a vector. */
  @Nullable KnownInts reshaped(boolean toScalar) {
    return toScalar && values.length != 1 ? null : new KnownInts(type, toScalar, values);
  }

  /**
   * Element by element with another one, either of which may be a scalar; null if their sizes
   * differ.
   *
   * @param operator is given {@link #UNKNOWN} for what is not known, and returns it likewise
   */
  @Nullable KnownInts with(KnownInts other, DataType result, LongBinaryOperator operator) {
    if (!scalar && !other.scalar && values.length != other.values.length) {
      return null;
    }
    int size = scalar ? other.values.length : values.length;
    long[] results = new long[size];
    for (int i = 0; i < size; i++) {
      long left = values[scalar ? 0 : i];
      results[i] = inRange(result, operator.applyAsLong(left, other.values[other.scalar ? 0 : i]));
    }
    return new KnownInts(result, scalar && other.scalar, results);
  }

  /** Integers of 32 bits overflow as the runtime's do. */
  private static long inRange(DataType type, long value) {
    return type == DataType.DT_INT32 && value != UNKNOWN ? (int) value : value;
  }
}
