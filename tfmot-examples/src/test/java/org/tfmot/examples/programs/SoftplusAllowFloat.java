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
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * The report says that Softplus stays in float, and docs/guide/conversion.md that what the report
 * tells to stay in float can be given to allowFloat. Given just so, the conversion must succeed,
 * and the file must give what the float graph gives, to 3 % of the range.
 */
final class SoftplusAllowFloat implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Operand<TFloat32> h =
                  tf.math.softplus(
                      tf.linalg.matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}})));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(h, tf.constant(new float[][] {{1, 2}, {3, -4}})))
                  .build();
            });
    float[] rows = {0, 1, 1, .5f, -1, 1};
    Map<String, TFloat32> sample = Map.of("x", tensor(rows, 3, 2));
    PostTrainingQuantization.Calibrated c =
        PostTrainingQuantization.builder().build().calibrate(model, List.of(sample));
    List<String> names = names(c.report());
    TfLiteModel file = TfLiteConverter.of(c.model()).int8().allowFloat(names).convert();
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      near("int8 with allowFloat(" + names + ")", i.run(rows, 3), .4, doubles(run(model, sample)));
    }
  }
}
