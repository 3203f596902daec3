package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.wave;
import static org.tfmot.examples.programs.Judgement.weight;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Models that several programs build. */
final class SmallModels {

  private SmallModels() {}

  /** Two layers, "first" and "logits", of 8 to 8 to 4 values with a Relu between, to train. */
  static GraphModel twoLayers() {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8)));
          Operand<TFloat32> h =
              tf.nn.relu(
                  tf.withSubScope("first").linalg.matMul(x, weight(tf, "w1", wave(64), 8, 8)));
          return Endpoints.builder()
              .input("x", x)
              .output(
                  "logits",
                  tf.withSubScope("logits").linalg.matMul(h, weight(tf, "w2", wave(32), 8, 4)))
              .training(true)
              .build();
        });
  }
}
