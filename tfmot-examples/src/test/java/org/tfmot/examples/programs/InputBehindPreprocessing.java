package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;

/**
 * A model whose input is an inner tensor, as TensorFlow 1 serving exports have it (text -> parsing
 * -> "x", signature input x). What stands before an input is not the model's: post-training
 * quantization and quantization-aware training must work with x alone, as open() does. y = x times
 * {{1, 2}, {3, -4}}, computed by hand.
 */
final class InputBehindPreprocessing implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TString> raw =
                  tf.withName("raw").placeholder(TString.class, Placeholder.shape(Shape.of(-1, 2)));
              Operand<TFloat32> x =
                  tf.withName("x").identity(tf.strings.toNumber(raw, TFloat32.class));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}})))
                  .build();
            });
    Map<String, TFloat32> sample = Map.of("x", tensor(new float[] {0, 1, 1, .5f}, 2, 2));
    near("the float graph", run(model, sample), 1e-5, 3, -4, 2.5, 0);
    near(
        "post-training quantization",
        run(
            PostTrainingQuantization.builder().build().calibrate(model, List.of(sample)).model(),
            sample),
        .06,
        3,
        -4,
        2.5,
        0);
    Optimized trained =
        seen(QuantizationAwareTraining.create().apply(model.withTraining(true)), sample);
    near("quantization-aware training", run(trained.strip(), sample), .06, 3, -4, 2.5, 0);
  }
}
