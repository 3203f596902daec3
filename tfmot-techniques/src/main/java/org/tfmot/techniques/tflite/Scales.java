package org.tfmot.techniques.tflite;

import java.util.List;
import java.util.Optional;
import org.tfmot.techniques.lowering.ComparisonLowering;

/**
 * The ratios of scales that the runtime's integer kernels can represent, as {@code Prepare} of each
 * kernel computes them, in float where it does so. Outside of these the runtime aborts, or
 * multiplies beyond 32 bits and gives wrong numbers. Nothing is asked where nothing is quantized.
 */
final class Scales {

  private static final int LEFT_SHIFT_8 = 20;
  private static final int LEFT_SHIFT_16 = 15;
  private static final int LEFT_SHIFT_SQUARED = 7;

  // Equal up to a fraction of a step over the whole range of 8 bits.
  private static final double SAME = 1.0 / 512;

  private Scales() {}

  private static boolean isQuantized(OperatorCall call) {
    TfLiteTensor tensor = call.input(0);
    return tensor.quantization().isPresent() && isSmall(tensor.type());
  }

  private static boolean isSmall(TensorType type) {
    return type == TensorType.INT8 || type == TensorType.UINT8 || type == TensorType.INT16;
  }

  /** Largest distance of an element from the zero point. */
  private static double magnitude(TensorType type) {
    return type == TensorType.INT16 ? 0x1p15 : 0xFF;
  }

  /** {@code ADD}, {@code SUB}: operands over twice the larger scale, the result over that. */
  static void sum(OperatorCall call) {
    if (!isQuantized(call)) {
      return;
    }
    float first = call.scale(0);
    float second = call.scale(1);
    double twice = 2 * Math.max(first, second);
    int shift = call.type(0) == TensorType.INT16 ? LEFT_SHIFT_16 : LEFT_SHIFT_8;
    requireSmallerThanOne(call, first / twice);
    requireSmallerThanOne(call, second / twice);
    requireSmallerThanOne(call, twice / ((1 << shift) * call.resultScale()));
  }

  /** {@code SQUARED_DIFFERENCE}. */
  static void squaredDifference(OperatorCall call) {
    if (!isQuantized(call)) {
      return;
    }
    float first = call.scale(0);
    float second = call.scale(1);
    double twice = 2 * Math.max(first, second);
    requireSmallerThanOne(call, first / twice);
    requireSmallerThanOne(call, second / twice);
    requireSmallerThanOne(
        call, twice * twice / ((1 << (2 * LEFT_SHIFT_SQUARED)) * call.resultScale()));
  }

  private static void requireSmallerThanOne(OperatorCall call, double factor) {
    call.require(
        factor > 0 && factor < 1 && Multiplier.of(factor).shift() <= 0,
        "%s need a factor of %s, and the kernel's are above 0 and below 1",
        scales(call),
        factor);
  }

  /** Comparisons: the kernel works in units of 2^-8, and takes scales below 1 only. */
  static void comparison(OperatorCall call) {
    if (call.type(0) == TensorType.INT16) {
      equal(call);
      return;
    }
    for (int i = 0; i < 2; i++) {
      if (isQuantized(call)) {
        float scale = call.scale(i);
        call.require(
            scale < 1
                && Multiplier.of(scale).shift() <= 0
                && scale >= ComparisonLowering.LEAST_SCALE,
            "\"%s\" has the scale %s; the kernel compares in steps of 1/256 and needs a scale from"
                + " %s to below 1",
            call.input(i).name(),
            scale,
            ComparisonLowering.LEAST_SCALE);
      }
    }
  }

  /** {@code MUL}: the product of two integers times a factor. */
  static void product(OperatorCall call) {
    if (isQuantized(call)) {
      double magnitude = magnitude(call.type(0));
      // The only product of the largest magnitude in 16 bits is that of two -32768.
      double product =
          call.type(0) == TensorType.INT16 ? magnitude * magnitude - 1 : magnitude * magnitude;
      requireHeld(call, call.scale(0) * call.scale(1) / call.resultScale(), product);
    }
  }

  /** {@code DIV} of unsigned integers. */
  static void quotient(OperatorCall call) {
    if (isQuantized(call)) {
      requireHeld(
          call, call.scale(0) / (call.scale(1) * call.resultScale()), magnitude(call.type(0)));
    }
  }

  /** Operators that move each element to the result's scale: {@code RELU}, {@code ABS}, ... */
  static void rescale(OperatorCall call) {
    if (isQuantized(call) && call.result(0).quantization().isPresent()) {
      requireHeld(call, call.scale(0) / call.resultScale(), magnitude(call.type(0)));
    }
  }

  /** {@code LEAKY_RELU}: also the product with a factor, which may be negative or 0. */
  static void leakyRelu(OperatorCall call) {
    float alpha = call.options().getFloat(0);
    call.require(Float.isFinite(alpha), "the slope is %s", alpha);
    rescale(call);
    if (isQuantized(call) && alpha != 0) {
      requireHeld(
          call, Math.abs(call.scale(0) * alpha / call.resultScale()), magnitude(call.type(0)));
    }
  }

  /** {@code PRELU}: also the product with the slopes. */
  static void prelu(OperatorCall call) {
    rescale(call);
    product(call);
  }

  /** {@code HARD_SWISH}: 1/128 of the input's scale over the result's, at most 1. */
  static void hardSwish(OperatorCall call) {
    if (isQuantized(call)) {
      float fine = 1.0f / 128 * call.scale(0);
      double factor = fine / call.resultScale();
      call.require(
          factor > 0 && Double.isFinite(factor) && Multiplier.of(factor).shift() <= 0,
          "%s need a factor of %s, and the kernel's are at most 1",
          scales(call),
          factor);
      requireHeld(call, fine / (3.0f / 32768), 1);
    }
  }

  /** {@code RSQRT}: the root is computed with 20 fractional bits. */
  static void rsqrt(OperatorCall call) {
    if (isQuantized(call) && call.type(0) == TensorType.INT8) {
      double factor = 1 / ((float) Math.sqrt(call.scale(0)) * call.resultScale());
      call.require(
          factor > 0 && Double.isFinite(factor) && Multiplier.of(factor).shift() <= 30,
          "%s need a factor of %s, and the kernel's are below 2^30",
          scales(call),
          factor);
    }
  }

  /** {@code TANH}, {@code LOGISTIC} in 16 bits multiply within 32 bits; the result is fixed. */
  static void sigmoid(OperatorCall call) {
    if (call.type(0) == TensorType.INT16) {
      double factor = call.scale(0) * 4096.0 * 3.0;
      call.require(factor < 0x1p16, "the scale %s is above the kernel's 5.3", call.scale(0));
      requireResult(call, 0x1p-15, 0);
    }
  }

  /** Requires the scale and zero point that a kernel writes whatever the file says. */
  static void requireResult(OperatorCall call, double scale, long zeroPoint) {
    TfLiteTensor result = call.result(0);
    float actual = OperatorCall.scale(result);
    call.require(
        Math.abs(actual - scale) <= scale * 1e-3 && OperatorCall.zeroPoint(result) == zeroPoint,
        "the result has the scale %s and zero point %d; the kernel makes %s and %d",
        actual,
        OperatorCall.zeroPoint(result),
        scale,
        zeroPoint);
  }

  /** {@code SOFTMAX} in 16 bits takes differences of up to 65535 within 32 bits. */
  static void softmax(OperatorCall call) {
    float beta = call.options().getFloat(0);
    call.require(beta > 0 && Float.isFinite(beta), "beta is %s", beta);
    if (call.type(0) == TensorType.INT16) {
      requireHeld(call, call.scale(0) * beta / (10.0 / 65535.0), 0xFFFF);
    }
    if (isQuantized(call)) {
      switch (call.result(0).type()) {
        case INT8 -> requireResult(call, 0x1p-8, -128);
        case INT16 -> requireResult(call, 0x1p-15, 0);
        default -> requireResult(call, 0x1p-8, 0);
      }
    }
  }

  /** Operators that copy or choose elements: all quantized operands have one scale. */
  static void equal(OperatorCall call) {
    TfLiteTensor result = call.result(0);
    for (int i = 0; i < call.inputCount(); i++) {
      if (call.has(i) && isSmall(call.type(i)) && call.type(i) == result.type()) {
        requireEqual(call, call.input(i), result);
      }
    }
    if (!isSmall(result.type()) && isQuantized(call) && call.inputCount() > 1) {
      requireEqual(call, call.input(0), call.input(1));
    }
  }

  /** Operators that copy elements of their first input to all results. */
  static void copied(OperatorCall call) {
    for (int i = 0; i < call.resultCount(); i++) {
      if (isSmall(call.type(0))) {
        requireEqual(call, call.input(0), call.result(i));
      }
    }
  }

  /** {@code CONCATENATION}: only unsigned integers are brought to the result's scale. */
  static void concatenated(OperatorCall call) {
    if (call.type(0) != TensorType.UINT8) {
      equal(call);
    }
  }

  /** Requires one scale and zero point of two tensors, unless neither is quantized. */
  static void requireEqual(OperatorCall call, TfLiteTensor a, TfLiteTensor b) {
    Optional<Quantization> left = a.quantization();
    Optional<Quantization> right = b.quantization();
    if (left.isEmpty() && right.isEmpty()) {
      return;
    }
    boolean equal =
        left.isPresent()
            && right.isPresent()
            && Math.abs(OperatorCall.scale(a) / OperatorCall.scale(b) - 1) <= SAME
            && OperatorCall.zeroPoint(a) == OperatorCall.zeroPoint(b);
    call.require(
        equal,
        "\"%s\" has %s and \"%s\" has %s; the kernel takes them for equal",
        a.name(),
        quantization(left),
        b.name(),
        quantization(right));
  }

  private static String quantization(Optional<Quantization> quantization) {
    return quantization
        .map(q -> "the scale %s and zero point %s".formatted(q.scales(), q.zeroPoints()))
        .orElse("no scale");
  }

  /** Requires the product of an integer and a factor to stay within 32 bits. */
  static void requireHeld(OperatorCall call, double factor, double magnitude) {
    call.require(
        factor > 0 && Double.isFinite(factor) && Multiplier.of(factor).holds(magnitude),
        "%s need a factor of %s, with which the kernel leaves 32 bits",
        scales(call),
        factor);
  }

  private static String scales(OperatorCall call) {
    StringBuilder text = new StringBuilder("the scales");
    for (int i = 0; i < call.inputCount(); i++) {
      if (call.has(i)) {
        append(text, call.input(i));
      }
    }
    append(text.append(" and of the result"), call.result(0));
    return text.toString();
  }

  private static void append(StringBuilder text, TfLiteTensor tensor) {
    List<Float> scales = tensor.quantization().map(Quantization::scales).orElse(List.of());
    if (!scales.isEmpty()) {
      text.append(" ").append(scales.get(0)).append(scales.size() > 1 ? " ..." : "");
      text.append(" of \"").append(tensor.name()).append('"');
    }
  }
}
