package org.tfmot.techniques.testing;

import java.util.Arrays;
import java.util.List;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Weights in a float file, whatever operation reads them and in whatever order of dimensions. */
public final class FileWeights {

  private FileWeights() {}

  /**
   * The constants of a file that have exactly the given values, each as often.
   *
   * @throws AssertionError if there is none
   */
  public static List<TfLiteTensor> of(float[] values, TfLiteModel file) {
    float[] sorted = sorted(values);
    List<TfLiteTensor> found =
        file.tensors().stream()
            .filter(tensor -> tensor.isConstant() && tensor.type().isFloat())
            .filter(tensor -> Arrays.equals(sorted, sorted(tensor.toFloats())))
            .toList();
    if (found.isEmpty()) {
      throw new AssertionError(
          "no constant of %s has the values %s, only %s"
              .formatted(
                  file,
                  Arrays.toString(sorted),
                  file.tensors().stream().filter(TfLiteTensor::isConstant).toList()));
    }
    return found;
  }

  private static float[] sorted(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
