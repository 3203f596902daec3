package org.tfmot.techniques.tflite;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * What the runtime takes for granted and would answer with a wild read if it did not hold: sizes
 * that fit its integers, and operations in an order in which each finds its inputs computed.
 */
final class Soundness {

  private Soundness() {}

  /**
   * Checks a model.
   *
   * @param variables the tensors that keep a value from run to run, so that nothing computes them
   * @throws IllegalArgumentException naming what does not hold
   */
  static void check(
      List<TfLiteTensor> tensors,
      List<TfLiteOperator> operators,
      Map<String, Integer> inputs,
      Map<String, Integer> outputs,
      Collection<Integer> variables) {
    tensors.forEach(tensor -> checkSize(tensor, 1));
    Set<Integer> computed = new HashSet<>(variables);
    computed.addAll(inputs.values());
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i).isConstant() || tensors.get(i).elementCount() == 0) {
        computed.add(i);
      }
    }
    for (TfLiteOperator operator : operators) {
      operator.inputs().stream()
          .filter(index -> index >= 0)
          .forEach(
              index -> {
                requireComputed(tensors, computed, index, operator.name());
                requireSparsity(tensors, index, operator.name());
              });
      if (operator.name().equals("DENSIFY")) {
        requireSameTensor(tensors, operator);
      }
      computed.addAll(operator.outputs());
    }
    outputs.forEach((name, index) -> requireComputed(tensors, computed, index, "output " + name));
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
}
