package org.tfmot.techniques.tflite;

import com.google.errorprone.annotations.FormatMethod;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * Validates a parsed model against what the runtime assumes and would otherwise read out of bounds:
 * sizes that fit its integers, and operations in an order in which each finds its inputs computed.
 */
final class ModelValidation {

  /** Operations that readers of a file look through. */
  private static final Set<String> CONVERTING = Set.of("DEQUANTIZE", "QUANTIZE");

  private ModelValidation() {}

  /**
   * Checks all graphs of a model.
   *
   * @throws IllegalArgumentException naming what does not hold
   */
  static void check(List<Subgraph> graphs) {
    graphs.forEach(ModelValidation::check);
  }

  private static void check(Subgraph graph) {
    List<TfLiteTensor> tensors = graph.tensors();
    tensors.forEach(tensor -> checkSize(tensor, 1));
    tensors.forEach(ModelValidation::requireScales);
    Set<Integer> given = new HashSet<>(graph.variables());
    given.addAll(graph.inputs());
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).isConstant()) {
        require(!given.contains(i), "input or variable %s is a constant", tensors.get(i));
        given.add(i);
      }
    }
    Set<Integer> computed = new HashSet<>(given);
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).elementCount() == 0) {
        computed.add(i);
      }
    }
    Set<Integer> results = new HashSet<>(given);
    for (TfLiteOperator operator : graph.operators()) {
      for (int index : operator.inputs()) {
        if (index >= 0) {
          requireComputed(tensors, computed, index, operator.name());
          requireSparsity(tensors, index, operator.name());
        }
      }
      if (operator.name().equals("DENSIFY")) {
        requireSameTensor(tensors, operator);
      }
      require(
          !CONVERTING.contains(operator.name())
              || (operator.inputs().size() == 1
                  && operator.inputs().get(0) >= 0
                  && operator.outputs().size() == 1),
          "%s has the inputs %s and outputs %s instead of one each",
          operator.name(),
          operator.inputs(),
          operator.outputs());
      for (int index : operator.outputs()) {
        require(
            results.add(index),
            "%s writes %s, which is given or written by another operator",
            operator.name(),
            tensors.get(index));
      }
      computed.addAll(operator.outputs());
    }
    graph.outputs().forEach(index -> requireComputed(tensors, computed, index, "an output"));
  }

  /**
   * Scales are positive numbers of full precision, as XNNPACK takes them, zero points integers of
   * the tensor's type.
   */
  private static void requireScales(TfLiteTensor tensor) {
    tensor
        .quantization()
        .ifPresent(
            quantization -> {
              for (float scale : quantization.scales()) {
                require(
                    scale >= Float.MIN_NORMAL && Float.isFinite(scale),
                    "tensor \"%s\" has the scale %s",
                    tensor.name(),
                    scale);
              }
              for (long zero : quantization.zeroPoints()) {
                require(
                    holds(tensor.type(), zero),
                    "tensor \"%s\" of type %s has the zero point %s",
                    tensor.name(),
                    tensor.type(),
                    zero);
              }
            });
  }

  private static boolean holds(TensorType type, long value) {
    return switch (type) {
      case INT4, INT8, INT16, INT32 -> value >> (type.bits() - 1) == value >> (Long.SIZE - 1);
      case UINT8, UINT16 -> value >> type.bits() == 0;
      default -> true;
    };
  }

  /**
   * Checks that a tensor fits into memory.
   *
   * @param batch how many examples it is to hold, if it leaves that open
   * @throws IllegalArgumentException if it does not
   */
  static void checkSize(TfLiteTensor tensor, int batch) {
    Shape signature = tensor.shapeSignature();
    boolean open = signature.numDimensions() > 0 && signature.get(0) == Shape.UNKNOWN_SIZE;
    long bytes = Math.max(1, tensor.type().bits() / 8) * (open ? (long) batch : 1);
    for (long size : tensor.shape().asArray()) {
      bytes *= Math.max(1, size);
      if (bytes > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "tensor \"%s\" is too large for the runtime: %s, batch %d"
                .formatted(tensor.name(), tensor.shape(), batch));
      }
    }
  }

  /**
   * The runtime would take the values of a sparse constant for all of them, and the description of
   * a dense one for that of a sparse one.
   */
  private static void requireSparsity(List<TfLiteTensor> tensors, int index, String user) {
    TfLiteTensor tensor = tensors.get(index);
    boolean unpacks = user.equals("DENSIFY");
    if (unpacks != tensor.isSparse() || (unpacks && !tensor.isConstant())) {
      throw new IllegalArgumentException(
          "%s reads tensor %d \"%s\": sparse constants are read by DENSIFY, which reads nothing else"
              .formatted(user, index, tensor.name()));
    }
  }

  /** The runtime writes as much as the input says to where there is room for the output. */
  private static void requireSameTensor(List<TfLiteTensor> tensors, TfLiteOperator densify) {
    List<Integer> inputs = densify.inputs();
    if (inputs.size() != 1 || inputs.get(0) < 0 || densify.outputs().size() != 1) {
      throw new IllegalArgumentException(
          "DENSIFY has the inputs %s and outputs %s instead of one each"
              .formatted(inputs, densify.outputs()));
    }
    TfLiteTensor input = tensors.get(inputs.get(0));
    TfLiteTensor output = tensors.get(densify.outputs().get(0));
    if (!input.shape().equals(output.shape()) || input.type() != output.type()) {
      throw new IllegalArgumentException(
          "DENSIFY makes %s %s of %s %s"
              .formatted(output.type(), output.shape(), input.type(), input.shape()));
    }
  }

  private static void requireComputed(
      List<TfLiteTensor> tensors, Set<Integer> computed, int index, String user) {
    if (!computed.contains(index)) {
      throw new IllegalArgumentException(
          "%s reads tensor %d \"%s\" before anything computes it"
              .formatted(user, index, tensors.get(index).name()));
    }
  }

  @FormatMethod
  private static void require(boolean condition, String message, Object... details) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(details));
    }
  }
}
