package org.tfmot.techniques.tflite;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;

/**
 * Open dimensions of the inputs: the batch, which is the first one, and dimensions of an example.
 */
final class InputShapes {

  private static final int LARGEST_CANDIDATE = 4096;
  private static final int MOST_CANDIDATES = 8;

  private final TfLiteModel model;
  private final boolean isOpen;
  private final Map<Integer, Shape> examples = new LinkedHashMap<>();
  private int current;

  InputShapes(TfLiteModel model) {
    this.model = model;
    List<TfLiteTensor> inputs = model.inputs().values().stream().map(model.tensors()::get).toList();
    isOpen = inputs.stream().anyMatch(InputShapes::isOpen);
    current =
        inputs.stream()
            .filter(tensor -> isOpen(tensor) || !isOpen)
            .map(TfLiteTensor::shape)
            .filter(shape -> shape.numDimensions() > 0)
            .map(shape -> (int) shape.get(0))
            .findFirst()
            .orElse(1);
  }

  /**
   * Returns batches that the file may be made for although its inputs leave it open: the first
   * sizes in its constant shapes, as graphs have them that were made for one batch.
   */
  private SortedSet<Integer> candidates() {
    SortedSet<Integer> sizes = new TreeSet<>();
    for (TfLiteTensor tensor : model.tensors()) {
      boolean shape = tensor.type() == TensorType.INT32 && tensor.shape().numDimensions() == 1;
      if (isOpen && shape && tensor.isConstant() && tensor.elementCount() > 1) {
        int size = tensor.data().getInt(0);
        if (size > 1 && size <= LARGEST_CANDIDATE && sizes.size() < MOST_CANDIDATES) {
          sizes.add(size);
        }
      }
    }
    return sizes;
  }

  /**
   * Gives an attempt the shapes that the file declares, or those with a batch that its constants
   * are made for where the declared one breaks a rule.
   *
   * @param attempt takes the shapes of inputs by tensor; those that it is not given are declared
   * @throws IllegalArgumentException if the attempt takes none of them, as it does for the first
   */
  <T> T firstTaken(Function<Map<Integer, int[]>, T> attempt) {
    try {
      return attempt.apply(Map.of());
    } catch (IllegalArgumentException e) {
      for (int batch : candidates()) {
        try {
          change(batch);
          return attempt.apply(inputShapes());
        } catch (IllegalArgumentException other) {
          e.addSuppressed(other);
        }
      }
      throw e;
    }
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
          ("the model is fixed to a batch of %d and does not take %d: a batch is the first"
                  + " dimension of the inputs")
              .formatted(current, batch));
    }
    model.tensors().forEach(tensor -> ModelValidation.checkSize(tensor, batch));
    examples.forEach(
        (index, example) -> {
          if (isOpen(model.tensors().get(index)) && example.size() > most(index, batch)) {
            throw new IllegalArgumentException(
                "examples of %s are too large for a batch of %d".formatted(example, batch));
          }
        });
    current = batch;
    return true;
  }

  /**
   * Sets the shape of one example of an input.
   *
   * @return whether it is another one, so that the inputs have to be resized
   * @throws IllegalArgumentException if the model cannot take it
   */
  boolean change(String input, int index, Shape example) {
    TfLiteTensor tensor = model.tensors().get(index);
    Shape signature = tensor.shapeSignature();
    boolean fits = signature.numDimensions() == example.numDimensions() + 1;
    long most = most(index, current);
    for (int i = 0; fits && i < example.numDimensions(); i++) {
      long wanted = signature.get(i + 1);
      long given = example.get(i);
      fits = given >= 1 && given <= most && (wanted == Shape.UNKNOWN_SIZE || wanted == given);
      most /= Math.max(1, given);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "an example of the input \"%s\" has the shape %s and less than 2 GiB, not %s"
              .formatted(
                  input, signature.numDimensions() > 0 ? signature.tail() : signature, example));
    }
    return !example.equals(examples.put(index, example));
  }

  /** Returns the number of elements that an example has room for. */
  private long most(int index, int batch) {
    long bytes = Math.max(1, model.tensors().get(index).type().bits() / 8L);
    return Integer.MAX_VALUE / (bytes * Math.max(1, batch));
  }

  /** Returns whether an input leaves more open than how many examples there are. */
  boolean leavesExampleOpen(int index) {
    Shape signature = model.tensors().get(index).shapeSignature();
    return signature.numDimensions() > 0 && signature.tail().hasUnknownDimension();
  }

  /** The shapes that the inputs that leave something open now have, by tensor. */
  Map<Integer, int[]> inputShapes() {
    Map<Integer, int[]> shapes = new LinkedHashMap<>();
    for (int index : model.inputs().values()) {
      TfLiteTensor tensor = model.tensors().get(index);
      Shape example = examples.get(index);
      if (isOpen(tensor) || example != null) {
        int[] shape = new int[tensor.shape().numDimensions()];
        shape[0] = isOpen(tensor) ? current : (int) tensor.shape().get(0);
        for (int i = 1; i < shape.length; i++) {
          shape[i] = (int) (example == null ? tensor.shape().get(i) : example.get(i - 1));
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
