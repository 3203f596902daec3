package org.tfmot.techniques.quantization;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.Values;

/**
 * An operation to try alone.
 *
 * @param shape of the input; the first dimension is the batch
 * @param steps by how many steps of the output's scale simulation and integers may differ
 * @param lite the runtime's operation that it has to become
 */
record OperationCase(String name, Shape shape, int steps, String lite, Body body) {

  static final Shape IMAGES = Shape.of(16, 8, 8, 3);
  static final Shape VECTORS = Shape.of(64, 6);
  static final Shape SEQUENCES = Shape.of(8, 8, 4);

  static OperationCase images(String name, int steps, String lite, Body body) {
    return new OperationCase(name, IMAGES, steps, lite, body);
  }

  static OperationCase vectors(String name, int steps, String lite, Body body) {
    return new OperationCase(name, VECTORS, steps, lite, body);
  }

  static OperationCase sequences(String name, int steps, String lite, Body body) {
    return new OperationCase(name, SEQUENCES, steps, lite, body);
  }

  /** A weight with values of either sign. */
  static Operand<TFloat32> weight(TestLayers layers, long... sizes) {
    Shape shape = Shape.of(sizes);
    return layers.weight("w", "kernel", shape, Values.of((int) shape.size(), i -> Math.sin(i + 1)));
  }

  @Override
  public String toString() {
    return name;
  }
}
