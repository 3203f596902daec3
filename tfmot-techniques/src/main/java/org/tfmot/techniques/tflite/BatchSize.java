package org.tfmot.techniques.tflite;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.ndarray.Shape;

/**
 * How many examples a model takes at once: the first dimension of the inputs that leave it open.
 */
final class BatchSize {

  private final TfLiteModel model;
  private final boolean isOpen;
  private int current;

  BatchSize(TfLiteModel model) {
    this.model = model;
    isOpen = model.inputs().values().stream().map(model.tensors()::get).anyMatch(BatchSize::isOpen);
    current =
        model.inputs().values().stream()
            .map(index -> model.tensors().get(index).shape())
            .filter(shape -> shape.numDimensions() > 0)
            .map(shape -> (int) shape.get(0))
            .findFirst()
            .orElse(1);
  }

  int current() {
    return current;
  }

  /** The smallest batch that the model takes. */
  int smallest() {
    return isOpen ? 1 : current;
  }

  /**
   * Sets another size.
   *
   * @return whether it is another one, so that the inputs have to be resized
   * @throws IllegalArgumentException if the model cannot take it
   */
  boolean change(int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("the batch must be at least 1, not " + batch);
    }
    if (batch == current) {
      return false;
    }
    if (!isOpen) {
      throw new IllegalArgumentException(
          "the model is fixed to a batch of %d and does not take %d".formatted(current, batch));
    }
    model.tensors().forEach(tensor -> Soundness.checkSize(tensor, batch));
    current = batch;
    return true;
  }

  /** The shapes that the inputs with an open first dimension now have, by tensor. */
  Map<Integer, int[]> inputShapes() {
    Map<Integer, int[]> shapes = new LinkedHashMap<>();
    for (int index : model.inputs().values()) {
      TfLiteTensor tensor = model.tensors().get(index);
      if (isOpen(tensor)) {
        int[] shape = new int[tensor.shape().numDimensions()];
        shape[0] = current;
        for (int i = 1; i < shape.length; i++) {
          shape[i] = (int) tensor.shape().get(i);
        }
        shapes.put(index, shape);
      }
    }
    return shapes;
  }

  private static boolean isOpen(TfLiteTensor tensor) {
    Shape signature = tensor.shapeSignature();
    return signature.numDimensions() > 0 && signature.get(0) == Shape.UNKNOWN_SIZE;
  }
}
