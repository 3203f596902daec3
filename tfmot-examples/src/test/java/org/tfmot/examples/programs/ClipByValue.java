package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/**
 * tf.clipByValue of TensorFlow Java is the op ClipByValue; Python's tf.clip_by_value is Minimum and
 * Maximum, which TFLite has. The float conversion must work. y = clip(2x, 0, 1), computed by hand.
 */
final class ClipByValue implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.clipByValue(
                          tf.math.mul(x, tf.constant(2f)), tf.constant(0f), tf.constant(1f)))
                  .build();
            });
    try (TfLiteInterpreter i = TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      near("the float file", i.run(new float[] {-1, .25f, .5f, 3}, 2), 1e-6, 0, .5, 1, 1);
    }
  }
}
