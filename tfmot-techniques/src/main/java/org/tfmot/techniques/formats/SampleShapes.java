package org.tfmot.techniques.formats;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Fixes the sizes that a model's inputs leave open, besides the batch, to those of samples. */
final class SampleShapes {

  private SampleShapes() {}

  /**
   * Returns the model with inputs of the samples' sizes; their first dimension stays open.
   *
   * @throws IllegalArgumentException if a sample lacks an input, does not fit it, or has another
   *     size than the first where the input is open
   */
  static GraphModel fix(GraphModel model, List<? extends Map<String, ? extends Tensor>> samples) {
    GraphModel fixed = model;
    GraphEditor graph = new GraphEditor(model.graphDef());
    for (Map.Entry<String, String> input : model.inputs().entrySet()) {
      AttrValue declared = graph.producer(input.getValue()).getAttrMap().get("shape");
      Shape shape = declared == null ? Shape.unknown() : TensorProtos.shape(declared.getShape());
      Shape wanted = ofSamples(input.getKey(), samples);
      if (isOpen(shape) && wanted.numDimensions() > 0) {
        fixed = fixed.withInputShape(input.getKey(), wanted);
      }
    }
    return fixed;
  }

  private static boolean isOpen(Shape shape) {
    if (shape.isUnknown()) {
      return true;
    }
    for (int i = 1; i < shape.numDimensions(); i++) {
      if (shape.get(i) < 0) {
        return true;
      }
    }
    return false;
  }

  private static Shape ofSamples(
      String input, List<? extends Map<String, ? extends Tensor>> samples) {
    Shape first = Shape.unknown();
    for (int i = 0; i < samples.size(); i++) {
      Tensor tensor = samples.get(i).get(input);
      if (tensor == null) {
        throw new IllegalArgumentException(
            "sample %d has no tensor for the input \"%s\", only %s"
                .formatted(i, input, samples.get(i).keySet()));
      }
      long[] sizes = tensor.shape().asArray().clone();
      if (sizes.length > 0) {
        sizes[0] = -1;
      }
      Shape shape = Shape.of(sizes);
      // Shapes with an open dimension are equal to none.
      if (i > 0 && !Arrays.equals(shape.asArray(), first.asArray())) {
        throw new IllegalArgumentException(
            "the samples have other sizes for the input \"%s\": %s and, sample %d, %s; a comparison takes one"
                    .formatted(input, first, i, shape)
                + " size: bring them to it, or measure models with withInputShape one by one");
      }
      first = shape;
    }
    return first;
  }
}
