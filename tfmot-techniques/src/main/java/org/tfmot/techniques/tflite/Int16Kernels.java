package org.tfmot.techniques.tflite;

import java.util.Set;
import java.util.stream.Stream;
import org.tfmot.techniques.quantization.ranges.KernelLimits;

/** Operators that the runtime computes with 16-bit activations. */
final class Int16Kernels {

  /** The operations whose 16-bit kernels were tried. */
  private static final Set<String> TRIED =
      Set.of(
          "ABS",
          "ADD",
          "AVERAGE_POOL_2D",
          "BATCH_MATMUL",
          "BATCH_TO_SPACE_ND",
          "CONCATENATION",
          "CONV_2D",
          "DEPTHWISE_CONV_2D",
          "DEQUANTIZE",
          "EXP",
          "EXPAND_DIMS",
          "FILL",
          "FULLY_CONNECTED",
          "GATHER",
          "GATHER_ND",
          "LEAKY_RELU",
          "LOGISTIC",
          "MAXIMUM",
          "MAX_POOL_2D",
          "MEAN",
          "MINIMUM",
          "MIRROR_PAD",
          "MUL",
          "PACK",
          "PAD",
          "PADV2",
          "QUANTIZE",
          "REDUCE_MAX",
          "REDUCE_MIN",
          "RELU",
          "RESHAPE",
          "RESIZE_BILINEAR",
          "RESIZE_NEAREST_NEIGHBOR",
          "REVERSE_V2",
          "RSQRT",
          "SELECT",
          "SELECT_V2",
          "SHAPE",
          "SLICE",
          "SOFTMAX",
          "SPACE_TO_BATCH_ND",
          "SQUEEZE",
          "STRIDED_SLICE",
          "SUB",
          "TANH",
          "TRANSPOSE",
          "TRANSPOSE_CONV",
          "UNPACK");

  private Int16Kernels() {}

  /**
   * Refuses what the runtime would fail at or answer wrongly.
   *
   * @throws TfLiteConversionException naming the operation
   */
  static void check(TfLiteModel model) {
    for (TfLiteOperator operator : model.operators()) {
      boolean wide =
          Stream.concat(operator.inputs().stream(), operator.outputs().stream())
              .anyMatch(i -> i >= 0 && model.tensors().get(i).type() == TensorType.INT16);
      if (wide && !TRIED.contains(operator.name())) {
        throw refusal(
            model, operator, "the runtime has no 16-bit kernel for it that is known to work");
      }
      if (wide && operator.name().equals("FULLY_CONNECTED")) {
        checkSum(model, operator);
      }
      if (wide && operator.name().equals("SOFTMAX")) {
        checkDifferences(model, operator);
      }
    }
  }

  /** The runtime multiplies differences of up to 16 bits by the scale in 32 bits. */
  private static void checkDifferences(TfLiteModel model, TfLiteOperator operator) {
    TfLiteTensor input = model.tensors().get(operator.inputs().get(0));
    Quantization quantization = input.quantization().orElse(null);
    if (quantization != null && quantization.scales().get(0) > KernelLimits.LARGEST_SCORE_STEP) {
      throw refusal(
          model,
          operator,
          "its input \"%s\" has a range of %s on either side, and above %s the runtime's kernel"
                  .formatted(
                      input.name(),
                      quantization.scales().get(0) * Short.MAX_VALUE,
                      KernelLimits.LARGEST_SCORE_STEP * Short.MAX_VALUE)
              + " overflows");
    }
  }

  /** Without a bias, the runtime adds up a product of matrices in 32 bits. */
  private static void checkSum(TfLiteModel model, TfLiteOperator operator) {
    boolean biased = operator.inputs().size() > 2 && operator.inputs().get(2) >= 0;
    TfLiteTensor weights = model.tensors().get(operator.inputs().get(1));
    if (biased || weights.type() != TensorType.INT8 || !weights.isConstant()) {
      return;
    }
    int inputs = Math.toIntExact(weights.shape().get(1));
    int most = 0;
    for (int row = 0; row < weights.shape().get(0); row++) {
      int sum = 0;
      for (int i = 0; i < inputs; i++) {
        sum += Math.abs(weights.data().get(row * inputs + i));
      }
      most = Math.max(most, sum);
    }
    if ((long) most * Short.MAX_VALUE > Integer.MAX_VALUE) {
      throw refusal(
          model,
          operator,
          "without a bias the runtime adds up its %d products in 32 bits, which may overflow; a bias"
                  .formatted(inputs)
              + " other than 0 makes it take 64");
    }
  }

  private static TfLiteConversionException refusal(
      TfLiteModel model, TfLiteOperator operator, String why) {
    String tensor = model.tensors().get(operator.outputs().get(0)).name();
    return new TfLiteConversionException(
        "%s \"%s\" cannot have 16-bit activations: %s. Leave it out of the quantization, or convert"
                .formatted(operator.name(), tensor, why)
            + " with int8()");
  }
}
