package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/**
 * Keras 2 writes sqrt as sqrt(clip(x, 0, infinity)): Minimum with a constant infinity. min(x,
 * infinity) is x, so post-training quantization and quantization-aware training must take the
 * model. Right: relu(x W) W with W = {{1, 2}, {3, -4}}, by hand.
 */
final class ClipAtInfinity implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Operand<TFloat32> h =
                  tf.math.maximum(
                      tf.math.minimum(
                          tf.linalg.matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}})),
                          tf.constant(Float.POSITIVE_INFINITY)),
                      tf.constant(0f));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(h, tf.constant(new float[][] {{1, 2}, {3, -4}})))
                  .training(true)
                  .build();
            });
    // x W = {3, -4} and {2.5, 0}; relu gives {3, 0} and {2.5, 0}; times W {3, 6} and {2.5, 5}.
    Map<String, TFloat32> sample = Map.of("x", tensor(new float[] {0, 1, 1, .5f}, 2, 2));
    near(
        "post-training quantization",
        run(
            PostTrainingQuantization.builder().build().calibrate(model, List.of(sample)).model(),
            sample),
        .1,
        3,
        6,
        2.5,
        5);
    near(
        "quantization-aware training",
        run(seen(QuantizationAwareTraining.create().apply(model), sample).strip(), sample),
        .1,
        3,
        6,
        2.5,
        5);
  }
}
