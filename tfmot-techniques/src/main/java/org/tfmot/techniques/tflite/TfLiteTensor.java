package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;

/** One tensor of a TensorFlow Lite model: a constant, an input, or an intermediate result. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class TfLiteTensor {

  private final String name;
  private final TensorType type;
  private final Shape shape;
  private final Shape shapeSignature;
  private final @Nullable Quantization quantization;
  private final ByteBuffer data;
  private final boolean sparse;

  TfLiteTensor(
      String name,
      TensorType type,
      Shape shape,
      Shape shapeSignature,
      @Nullable Quantization quantization,
      ByteBuffer data,
      boolean sparse) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.shapeSignature = shapeSignature;
    this.quantization = quantization;
    this.data = data;
    this.sparse = sparse;
  }

  /** The name, mostly that of the TensorFlow node that computed the same; may be empty. */
  public String name() {
    return name;
  }

  /** The type of the elements. */
  public TensorType type() {
    return type;
  }

  /** The shape that the file was written for: a batch size left open counts as 1. */
  public Shape shape() {
    return shape;
  }

  /** The shape with {@link Shape#UNKNOWN_SIZE} where the caller chooses the size. */
  public Shape shapeSignature() {
    return shapeSignature;
  }

  /** Scales and zero points, for quantized tensors only. */
  public Optional<Quantization> quantization() {
    return Optional.ofNullable(quantization);
  }

  /** Returns whether the file holds the tensor's values. */
  public boolean isConstant() {
    return data.hasRemaining();
  }

  /** Returns whether the file holds the values without the zeros. Counts include the zeros. */
  public boolean isSparse() {
    return sparse;
  }

  /**
   * The values of a constant, row-major, little-endian, read-only, zeros included however they are
   * stored; empty if the tensor is not constant.
   */
  public ByteBuffer data() {
    // Duplicates forget the byte order.
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The number of elements of {@link #shape()}. */
  public long elementCount() {
    return shape.size();
  }

  /**
   * Returns the elements of a constant that are exactly zero, by row-major index. For quantized
   * tensors these are the elements that represent zero, that is, equal the zero point of their
   * slice.
   *
   * @throws IllegalStateException if the tensor is not a constant of type float32, float16, int8,
   *     uint8, int16 or int32
   */
  public BitSet zeros() {
    ByteBuffer values = constant();
    BitSet zeros = new BitSet();
    for (int i = 0; i < elementCount(); i++) {
      long bits = bits(values, i);
      // The sign of a floating-point zero is of no interest: shifting it out.
      boolean zero =
          type.isFloat() ? (bits << (Long.SIZE - type.bits() + 1)) == 0 : bits == zeroPoint(i);
      zeros.set(i, zero);
    }
    return zeros;
  }

  /**
   * Returns the number of elements of a constant that are exactly zero: the size of {@link
   * #zeros()}.
   *
   * @throws IllegalStateException as there
   */
  public long zeroCount() {
    return zeros().cardinality();
  }

  /**
   * The real numbers that a constant holds, row-major; integers of a quantized tensor are turned
   * into what they represent.
   *
   * @throws IllegalStateException if the tensor is not a constant of type float32, float16, int8,
   *     uint8, int16 or int32
   */
  public float[] toFloats() {
    ByteBuffer values = constant();
    float[] floats = new float[Math.toIntExact(elementCount())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] =
          switch (type) {
            case FLOAT32 -> values.getFloat(Float.BYTES * i);
            case FLOAT16 -> half((int) bits(values, i));
            default -> (bits(values, i) - zeroPoint(i)) * scale(i);
          };
    }
    return floats;
  }

  /** The number that 16 bits represent (IEEE 754 binary16). */
  private static float half(int bits) {
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    float magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((float) fraction, -24);
          case 0x1F -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb((float) (fraction | 0x400), exponent - 25);
        };
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  /**
   * Returns the number of distinct values of a constant.
   *
   * @throws IllegalStateException if the tensor is not a constant of type float32, float16, int8,
   *     uint8, int16 or int32
   */
  public int distinctCount() {
    ByteBuffer values = constant();
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < elementCount(); i++) {
      seen.add(bits(values, i));
    }
    return seen.size();
  }

  /**
   * Returns the number of distinct values in each slice of a constant along a dimension, such as
   * each output channel (dimension 0 of a convolution's or a fully connected layer's weight).
   *
   * @throws IllegalStateException as {@link #distinctCount}
   * @throws IndexOutOfBoundsException if there is no such dimension
   */
  public List<Integer> distinctCounts(int dimension) {
    ByteBuffer values = constant();
    int slices = Math.toIntExact(shape.get(Objects.checkIndex(dimension, shape.numDimensions())));
    List<Set<Long>> seen = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) {
      seen.add(new HashSet<>());
    }
    for (int i = 0; i < elementCount(); i++) {
      seen.get(slice(dimension, i)).add(bits(values, i));
    }
    return seen.stream().map(Set::size).toList();
  }

  @Override
  public String toString() {
    return "%s %s %s%s".formatted(name, type, shape, isConstant() ? " (constant)" : "");
  }

  private ByteBuffer constant() {
    if (!isConstant()) {
      throw new IllegalStateException("tensor \"" + name + "\" is not a constant");
    }
    return data();
  }

  private long bits(ByteBuffer values, int index) {
    return switch (type) {
      case INT8 -> values.get(index);
      case UINT8 -> values.get(index) & 0xFF;
      case FLOAT16 -> values.getShort(2 * index) & 0xFFFF;
      case INT16 -> values.getShort(2 * index);
      case FLOAT32 -> values.getInt(4 * index) & 0xFFFFFFFFL;
      case INT32 -> values.getInt(4 * index);
      default ->
          throw new IllegalStateException(
              "tensor \"%s\" is of type %s, whose values cannot be counted".formatted(name, type));
    };
  }

  private long zeroPoint(int index) {
    return quantization == null || quantization.zeroPoints().isEmpty()
        ? 0
        : quantization.zeroPoints().get(slice(quantization, index));
  }

  private float scale(int index) {
    return quantization == null ? 1 : quantization.scales().get(slice(quantization, index));
  }

  /** Returns the index of an element's scale. */
  private int slice(Quantization scales, int index) {
    return scales.isPerChannel() ? slice(scales.axis(), index) : 0;
  }

  /** Returns the index of an element along a dimension. */
  int slice(int dimension, int index) {
    long inner = 1;
    for (int d = dimension + 1; d < shape.numDimensions(); d++) {
      inner *= shape.get(d);
    }
    return (int) (index / inner % shape.get(dimension));
  }
}
