package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * A model with OneHot beside its float features. The float file works; int8 with allowFloat of what
 * the report says stays in float must work, too, and give what the float graph gives, to 3 % of the
 * range.
 */
final class OneHotInt8 implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Placeholder<TInt32> id =
                  tf.withName("id").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
              Operand<TFloat32> all =
                  tf.concat(
                      List.of(x, tf.oneHot(id, tf.constant(3), tf.constant(1f), tf.constant(0f))),
                      tf.constant(1));
              return Endpoints.builder()
                  .input("x", x)
                  .input("id", id)
                  .output(
                      "y",
                      tf.linalg.matMul(
                          all,
                          tf.constant(new float[][] {{1, 2}, {3, -4}, {1, 1}, {.5f, 0}, {1, 2}})))
                  .build();
            });
    Map<String, Tensor> sample =
        Map.of("x", tensor(new float[] {0, 1, 1, .5f}, 2, 2), "id", TInt32.vectorOf(0, 2));
    PostTrainingQuantization.Calibrated c =
        PostTrainingQuantization.builder().build().calibrate(model, List.of(sample));
    TfLiteModel file = TfLiteConverter.of(c.model()).int8().allowFloat(names(c.report())).convert();
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      near(
          "the int8 file",
          i.run(Map.of("x", new float[] {0, 1, 1, .5f}, "id", new float[] {0, 2}), 2).get("y"),
          .25,
          doubles(run(model, sample)));
    }
  }
}
