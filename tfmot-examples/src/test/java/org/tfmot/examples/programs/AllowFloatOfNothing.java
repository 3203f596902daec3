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
import org.tfmot.techniques.tflite.TfLiteConverter;

/**
 * allowFloat("nope"), where the model has no operation and no scope of that name: a typo. The
 * conversion must refuse and name it, as it does for other names that are none.
 */
final class AllowFloatOfNothing implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
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

    GraphModel q =
        PostTrainingQuantization.builder()
            .build()
            .calibrate(model, List.of(Map.of("x", tensor(wave(32), 4, 8))))
            .model();
    try {
      TfLiteConverter.of(q).int8().allowFloat("nope").convert();
    } catch (RuntimeException e) {
      refused(e, "nope");
      return;
    }
    throw wrong("allowFloat(\"nope\") is taken without a word");
  }
}
