package org.tfmot.techniques.tflite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Verifies that an int8 or int16x8 file has no float operators except the allowed ones. */
final class IntegerCheck {

  /** The operations whose second input is a weight around 0. */
  private static final Set<String> MULTIPLYING =
      Set.of("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV");

  private IntegerCheck() {}

  /**
   * Looks for operations that compute in float.
   *
   * @param names of the operations in the graph
   * @param allowed names of nodes, or of scopes, that may
   * @throws TfLiteConversionException if any other does, naming it
   */
  static void check(TfLiteModel model, GraphNames names, Set<String> allowed) {
    List<String> offenders = new ArrayList<>();
    for (TfLiteOperator operator : model.floatOperators()) {
      if (!isAllowed(model, operator, op -> names.isAmong(op, allowed))) {
        offenders.add(operator.name() + " \"" + String.join("\", \"", names.of(operator)) + "\"");
      }
    }
    if (!offenders.isEmpty()) {
      throw new TfLiteConversionException(
          ("integers were asked for, but %d of %d operations compute in float: %s. Calibrate the"
                  + " model with PostTrainingQuantization; convert strip() of what"
                  + " QuantizationAwareTraining made; or allow these with allowFloat")
              .formatted(offenders.size(), model.operators().size(), String.join(", ", offenders)));
    }
  }

  /**
   * Looks whether all quantized activations have the type that was asked for, in 16 bits with the
   * zero point 0 that the runtime's kernels take for granted.
   *
   * @throws TfLiteConversionException if one has not, naming it
   */
  static void checkActivations(TfLiteModel model, TensorType asked) {
    for (TfLiteTensor tensor : model.tensors()) {
      if (tensor.isConstant() || tensor.quantization().isEmpty()) {
        continue;
      }
      TensorType type = tensor.type();
      if (type != asked && (type == TensorType.INT8 || type == TensorType.INT16)) {
        throw new TfLiteConversionException(
            "\"%s\" is %s, not %s: the graph simulates %s bits; convert with %s"
                .formatted(
                    tensor.name(),
                    type,
                    asked,
                    type.bits(),
                    type == TensorType.INT8 ? "int8()" : "int16x8()"));
      }
      List<Long> zeroPoints = tensor.quantization().get().zeroPoints();
      if (type == TensorType.INT16 && zeroPoints.stream().anyMatch(z -> z != 0)) {
        throw new TfLiteConversionException(
            "\"%s\" has the zero point %s: 16-bit activations need FakeQuant ranges from -m to m"
                    .formatted(tensor.name(), zeroPoints)
                + " with narrow_range");
      }
    }
  }

  /**
   * Looks whether the weights of convolutions and matrix products have the zero point 0, which the
   * runtime's kernels take for granted: it fails, or answers wrongly.
   *
   * @throws TfLiteConversionException if one has not, naming it
   */
  static void checkWeights(TfLiteModel model) {
    for (TfLiteOperator operator : model.operators()) {
      if (!MULTIPLYING.contains(operator.name())) {
        continue;
      }
      TfLiteTensor weight = model.tensors().get(operator.inputs().get(1));
      boolean shifted =
          weight.quantization().stream()
              .flatMap(quantization -> quantization.zeroPoints().stream())
              .anyMatch(zero -> zero != 0);
      if (weight.isConstant() && shifted) {
        throw new TfLiteConversionException(
            ("the weight \"%s\" of %s \"%s\" has a range that is not symmetric around 0, as the"
                 + " runtime's kernel needs it: quantize it with symmetric(true) and narrow(true)")
                .formatted(weight.name(), operator.name(), outputName(model, operator)));
      }
    }
  }

  /**
   * Looks whether inputs and outputs have the types that were asked for.
   *
   * @throws TfLiteConversionException if one has not, naming it
   */
  static void checkEndpoints(TfLiteModel model, TensorType input, TensorType output) {
    model.inputs().forEach((name, index) -> checkEndpoint(model, "input", name, index, input));
    model.outputs().forEach((name, index) -> checkEndpoint(model, "output", name, index, output));
  }

  private static void checkEndpoint(
      TfLiteModel model, String role, String name, int index, TensorType asked) {
    TensorType type = model.tensors().get(index).type();
    boolean border = type.isFloat() || type == TensorType.INT8 || type == TensorType.INT16;
    if (type != asked && border) {
      throw new TfLiteConversionException(
          "%s \"%s\" is of type %s although %s was asked for: it has no single quantized range"
              .formatted(role, name, type, asked));
    }
  }

  /** With an operation also its border is allowed: the one that feeds it, the one that it feeds. */
  private static boolean isAllowed(
      TfLiteModel model, TfLiteOperator operator, Predicate<TfLiteOperator> named) {
    return switch (operator.name()) {
      case "DEQUANTIZE" -> {
        int result = operator.outputs().get(0);
        yield model.operators().stream()
                .anyMatch(other -> other.inputs().contains(result) && named.test(other))
            || named.test(operator);
      }
      case "QUANTIZE" -> {
        int source = operator.inputs().get(0);
        yield model.operators().stream()
                .anyMatch(other -> other.outputs().contains(source) && named.test(other))
            || named.test(operator);
      }
      default -> named.test(operator);
    };
  }

  /**
   * Returns whether a tensor came from one of the nodes. An operation that was fused from several
   * nodes bears the names of all, with semicolons between them.
   */
  static boolean isNamed(String tensor, Set<String> nodes) {
    for (String part : tensor.split(";", -1)) {
      for (String node : nodes) {
        if (part.equals(node) || part.startsWith(node + "/") || part.startsWith(node + ":")) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns whether a tensor is what a node computes; a fused operation bears several names. */
  static boolean isNodes(String tensor, String node) {
    return Arrays.asList(tensor.split(";", -1)).contains(node);
  }

  private static String outputName(TfLiteModel model, TfLiteOperator operator) {
    return model.tensors().get(operator.outputs().get(0)).name();
  }
}
