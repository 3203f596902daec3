package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Moves floats in and out of the native memory of an input or output. Integers that are not
 * quantized, and booleans (0 and 1), represent themselves.
 */
final class EndpointValues {

  /** From here on a float is the nearest one to several integers. */
  private static final long INEXACT = 1 << 24;

  private final TfLiteTensor tensor;
  private final TensorType type;
  private final boolean rounded;
  private final float scale;
  private final long zeroPoint;

  /**
   * Prepares for a tensor.
   *
   * @param rounded whether a model rounds the floats of the tensor to integers
   * @throws IllegalArgumentException if floats do not tell the tensor's values: a type other than
   *     float32, the integers up to 64 bits and bool, or a scale per channel
   */
  EndpointValues(TfLiteTensor tensor, boolean rounded) {
    this.tensor = tensor;
    this.rounded = rounded;
    type = tensor.type();
    Quantization quantization = tensor.quantization().orElse(null);
    boolean known =
        switch (type) {
          case FLOAT32, INT8, UINT8, INT16, INT32, INT64, BOOL -> true;
          default -> false;
        };
    if (!known || (quantization != null && quantization.isPerChannel())) {
      throw new IllegalArgumentException(
          "endpoint %s cannot be given or read as floats: use runRaw".formatted(tensor));
    }
    scale = quantization == null ? 1 : quantization.scales().get(0);
    zeroPoint =
        quantization == null || quantization.zeroPoints().isEmpty()
            ? 0
            : quantization.zeroPoints().get(0);
  }

  int elements(ByteBuffer memory) {
    return memory.remaining() / (type.bits() / 8);
  }

  /**
   * @throws IllegalArgumentException if a value is NaN where it becomes an integer, or not a whole
   *     number, or one that floats do not tell from the next, where nothing is quantized
   */
  void write(float[] values, ByteBuffer target) {
    if (type == TensorType.FLOAT32) {
      for (int i = 0; rounded && i < values.length; i++) {
        if (Float.isNaN(values[i])) {
          throw new IllegalArgumentException(
              "value %d is NaN, which the model cannot round to an integer: %s"
                  .formatted(i, tensor));
        }
      }
      target.asFloatBuffer().put(values);
      return;
    }
    boolean quantized = tensor.quantization().isPresent();
    for (int i = 0; i < values.length; i++) {
      // Half to even, as XNNPACK rounds.
      double rounded = Math.rint(values[i] / scale) + zeroPoint;
      long held = (long) Math.max(lowest(), Math.min(highest(), rounded));
      if (Float.isNaN(values[i]) || (!quantized && held != values[i])) {
        throw new IllegalArgumentException(
            "value %d is %s, which %s cannot hold".formatted(i, values[i], tensor));
      }
      if (!quantized) {
        requireExact(i, held);
      }
      switch (type) {
        case INT16 -> target.putShort(Short.BYTES * i, (short) held);
        case INT32 -> target.putInt(Integer.BYTES * i, (int) held);
        case INT64 -> target.putLong(Long.BYTES * i, held);
        default -> target.put(i, (byte) held);
      }
    }
  }

  /**
   * @throws IllegalArgumentException if an integer is one that floats do not tell from the next
   */
  float[] read(ByteBuffer source) {
    float[] values = new float[elements(source)];
    if (type == TensorType.FLOAT32) {
      source.asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      long held =
          switch (type) {
            case INT16 -> source.getShort(Short.BYTES * i);
            case INT32 -> source.getInt(Integer.BYTES * i);
            case INT64 -> source.getLong(Long.BYTES * i);
            case INT8 -> source.get(i);
            default -> source.get(i) & 0xFF;
          };
      if (tensor.quantization().isEmpty()) {
        requireExact(i, held);
      }
      values[i] = (held - zeroPoint) * scale;
    }
    return values;
  }

  /** Refuses an integer that floats do not tell from the next one, such as an identifier. */
  private void requireExact(int index, long integer) {
    if (Math.abs(integer) >= INEXACT) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "value %d of %s is about %,d, and a float does not hold integers of %,d or more"
                  + " exactly: use runRaw",
              index,
              tensor,
              integer,
              INEXACT));
    }
  }

  private double lowest() {
    return switch (type) {
      case BOOL, UINT8 -> 0;
      default -> -Math.pow(2, type.bits() - 1);
    };
  }

  private double highest() {
    return switch (type) {
      case BOOL -> 1;
      case UINT8 -> 255;
      default -> Math.pow(2, type.bits() - 1) - 1;
    };
  }
}
