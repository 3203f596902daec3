package org.tfmot.examples.resnetcifar;

import java.util.BitSet;
import java.util.List;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Compares two files of one architecture, weight by weight. */
final class LostZeros {

  private LostZeros() {}

  /**
   * Returns the number of weights that are zero in the first file but not in the second.
   *
   * @throws IllegalArgumentException if the files do not have weights of the same shapes
   */
  static long count(TfLiteModel before, TfLiteModel after) {
    List<TfLiteTensor> from = before.weights();
    List<TfLiteTensor> to = after.weights();
    if (!from.stream()
        .map(TfLiteTensor::shape)
        .toList()
        .equals(to.stream().map(TfLiteTensor::shape).toList())) {
      throw new IllegalArgumentException(
          "the weights of the two files differ in shape: %s, %s".formatted(from, to));
    }
    long lost = 0;
    for (int i = 0; i < from.size(); i++) {
      BitSet zeros = from.get(i).zeros();
      zeros.andNot(to.get(i).zeros());
      lost += zeros.cardinality();
    }
    return lost;
  }
}
