package org.tfmot.techniques.encoding;

import java.util.Arrays;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.TensorProtos;

/**
 * A clustered weight as its distinct values and, for each weight, the packed number of its value:
 * what clustering saves without a general compressor (Han et al., 2016). Decoding is exact, bit for
 * bit.
 *
 * <p>Of {@code n} weights with {@code k} values, {@code 32 n} bits become about {@code n
 * ceil(log2(k)) + 32 k}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class Codebook {

  private static final int MOST = 1 << 16;

  private final Shape shape;
  private final float[] values;
  private final int bits;
  private final int[] words;

  private Codebook(Shape shape, float[] values, int bits, int[] words) {
    this.shape = shape;
    this.values = values;
    this.bits = bits;
    this.words = words;
  }

  /**
   * Encodes a weight.
   *
   * @param weight floats of any shape
   * @throws IllegalArgumentException if it has no element, or more than 65,536 distinct values
   */
  public static Codebook of(TensorProto weight) {
    Arguments.require(weight, "weight");
    float[] all = TensorProtos.toFloats(weight);
    float[] values = distinct(all);
    if (values.length == 0 || values.length > MOST) {
      throw new IllegalArgumentException(
          "a codebook has 1 to %d values, and the weight of shape %s has %d: cluster it first"
              .formatted(MOST, TensorProtos.shape(weight), values.length));
    }
    int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(values.length - 1));
    int[] indices = new int[all.length];
    for (int i = 0; i < all.length; i++) {
      indices[i] = Arrays.binarySearch(values, all[i]);
    }
    return new Codebook(TensorProtos.shape(weight), values, bits, BitPacking.pack(indices, bits));
  }

  /** The weight that was encoded. */
  public TensorProto decode() {
    int[] indices = BitPacking.unpack(words, bits, Math.toIntExact(shape.size()));
    float[] all = new float[indices.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[indices[i]];
    }
    return TensorProtos.floats(shape, all);
  }

  /** The distinct values in ascending order, -0 before 0; a copy. */
  public float[] values() {
    return values.clone();
  }

  /** The bits of each weight's number, 1 to 16. */
  public int bits() {
    return bits;
  }

  /** The bytes of values and packed numbers together. */
  public long sizeInBytes() {
    return (long) Float.BYTES * values.length + (long) Integer.BYTES * words.length;
  }

  /** The bytes of the weight as floats. */
  public long sizeInBytesOfFloats() {
    return Float.BYTES * shape.size();
  }

  @Override
  public String toString() {
    return "%d values, %d bits a weight: %d bytes instead of %d"
        .formatted(values.length, bits, sizeInBytes(), sizeInBytesOfFloats());
  }

  private static float[] distinct(float[] all) {
    float[] sorted = all.clone();
    Arrays.sort(sorted);
    int size = 0;
    for (float value : sorted) {
      if (size == 0 || Float.compare(value, sorted[size - 1]) != 0) {
        sorted[size++] = value;
      }
    }
    return Arrays.copyOf(sorted, size);
  }
}
