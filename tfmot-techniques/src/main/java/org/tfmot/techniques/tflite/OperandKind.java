package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of operand that the kernels tell apart: an element type, and how the tensor has to be
 * quantized.
 *
 * <table>
 * <caption>Names of kinds</caption>
 * <tr><td>{@code f32 i32 i8 bool ...}</td><td>that element type, quantized or not</td></tr>
 * <tr><td>{@code q8 qu8}</td><td>int8, uint8 with one scale</td></tr>
 * <tr><td>{@code q16 q32}</td><td>int16, int32 with one scale and the zero point 0</td></tr>
 * <tr><td>{@code r16}</td><td>int16 without scale</td></tr>
 * <tr><td>{@code p8}</td><td>int8 with one scale or one for each channel</td></tr>
 * <tr><td>{@code w8 w4}</td><td>int8, int4 weights: one scale or one for each channel, zero points
 *     0</td></tr>
 * <tr><td>{@code _}</td><td>an absent operand</td></tr>
 * <tr><td>{@code any}</td><td>every type</td></tr>
 * </table>
 *
 * @param name the name in the rules
 * @param type the element type; null for {@code any} and {@code _}
 * @param scales how many scales it has: {@link #NO_SCALE}, {@link #ONE_SCALE}, {@link #SCALES} for
 *     one or more, {@link #FREE} if that does not matter
 * @param symmetric whether zero points must be 0
 */
record OperandKind(String name, @Nullable TensorType type, int scales, boolean symmetric) {

  private static final int FREE = -1;
  private static final int NO_SCALE = 0;
  private static final int ONE_SCALE = 1;
  private static final int SCALES = 2;
  private static final String ABSENT = "_";
  private static final String ANY = "any";

  /**
   * Reads the name of a kind.
   *
   * @throws IllegalArgumentException if there is no such kind
   */
  static OperandKind of(String name) {
    return switch (name) {
      case ABSENT, ANY -> new OperandKind(name, null, FREE, false);
      case "q8" -> new OperandKind(name, TensorType.INT8, ONE_SCALE, false);
      case "qu8" -> new OperandKind(name, TensorType.UINT8, ONE_SCALE, false);
      case "q16" -> new OperandKind(name, TensorType.INT16, ONE_SCALE, true);
      case "q32" -> new OperandKind(name, TensorType.INT32, ONE_SCALE, true);
      case "w8" -> new OperandKind(name, TensorType.INT8, SCALES, true);
      case "w4" -> new OperandKind(name, TensorType.INT4, SCALES, true);
      case "r16" -> new OperandKind(name, TensorType.INT16, NO_SCALE, false);
      case "p8" -> new OperandKind(name, TensorType.INT8, SCALES, false);
      case "bool" -> new OperandKind(name, TensorType.BOOL, FREE, false);
      case "str" -> new OperandKind(name, TensorType.STRING, FREE, false);
      case "res" -> new OperandKind(name, TensorType.RESOURCE, FREE, false);
      default -> new OperandKind(name, plain(name), FREE, false);
    };
  }

  private static TensorType plain(String name) {
    String prefix =
        switch (name.charAt(0)) {
          case 'f' -> "FLOAT";
          case 'i' -> "INT";
          case 'u' -> "UINT";
          case 'c' -> "COMPLEX";
          default -> name.toUpperCase(Locale.ROOT);
        };
    return TensorType.valueOf(prefix + name.substring(1));
  }

  /** Returns whether a tensor is of this kind; null is an absent operand. */
  boolean matches(@Nullable TfLiteTensor tensor) {
    if (tensor == null) {
      return name.equals(ABSENT);
    }
    if (type == null) {
      return name.equals(ANY);
    }
    return tensor.type() == type && (scales == FREE || isQuantized(tensor));
  }

  private boolean isQuantized(TfLiteTensor tensor) {
    Quantization quantization = tensor.quantization().orElse(null);
    if (quantization == null || scales == NO_SCALE) {
      return quantization == null && scales == NO_SCALE;
    }
    return (scales == SCALES || !quantization.isPerChannel())
        && (!symmetric || quantization.zeroPoints().stream().allMatch(zero -> zero == 0));
  }

  /** Describes a tensor as far as kinds tell tensors apart, such as {@code int8 without scale}. */
  static String describe(@Nullable TfLiteTensor tensor) {
    if (tensor == null) {
      return "none";
    }
    String type = tensor.type().name().toLowerCase(Locale.ROOT);
    Quantization quantization = tensor.quantization().orElse(null);
    if (quantization == null) {
      return tensor.type().isFloat() ? type : type + " without scale";
    }
    List<Long> zeros = quantization.zeroPoints();
    boolean shifted = zeros.stream().anyMatch(zero -> zero != 0);
    return "%s with %s%s"
        .formatted(
            type,
            quantization.isPerChannel() ? quantization.scales().size() + " scales" : "one scale",
            shifted ? " and zero point " + zeros.get(0) : "");
  }
}
