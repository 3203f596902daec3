package org.tfmot.examples.resnetcifar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.examples.report.LayerSummary;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * Summaries of the weights in a file. The converter names constants as it likes, and puts a block's
 * shortcut where it likes; weights of one shape stay in the order of their layers.
 */
final class Layers {

  private final List<String> names = new ArrayList<>();
  private final List<Shape> shapes = new ArrayList<>();

  /** Takes the layers' names from the float model. */
  Layers(GraphModel model) {
    for (Variable variable : model.variables().values()) {
      if (variable.shape().numDimensions() >= 2) {
        names.add(variable.name().replaceFirst("/kernel$", ""));
        shapes.add(stored(variable.shape()));
      }
    }
  }

  /**
   * Summaries under the same names for every variant.
   *
   * @throws IllegalArgumentException if the file's weights are not among those of the model
   */
  List<LayerSummary> summaries(String variant, TfLiteModel file) {
    List<TfLiteTensor> weights = file.weights();
    List<LayerSummary> summaries = new ArrayList<>();
    boolean[] taken = new boolean[shapes.size()];
    for (TfLiteTensor weight : weights) {
      int layer = 0;
      while (layer < taken.length && (taken[layer] || !shapes.get(layer).equals(weight.shape()))) {
        layer++;
      }
      if (layer == taken.length) {
        throw new IllegalArgumentException(
            "the file of %s has the weight %s, which no layer of the model has"
                .formatted(variant, weight));
      }
      taken[layer] = true;
      List<Integer> shape =
          Arrays.stream(weight.shape().asArray()).mapToObj(Math::toIntExact).toList();
      summaries.add(LayerSummary.of(variant, names.get(layer), shape, weight.toFloats()));
    }
    return summaries;
  }

  /** TFLite has the outputs first: [out, height, width, in] and [out, in]. */
  private static Shape stored(Shape shape) {
    long[] sizes = shape.asArray();
    long[] stored = new long[sizes.length];
    stored[0] = sizes[sizes.length - 1];
    System.arraycopy(sizes, 0, stored, 1, sizes.length - 1);
    return Shape.of(stored);
  }
}
