package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
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
 * A squared difference that is small beside its inputs: two values that agree to 0.01 %. The user
 * quantizes to int8, opens the file and runs it. Right is (x - 0.9999 x)^2, at most 1e-8, so 0 to
 * 1e-6; or a refusal that names the squared difference. The JVM must not end.
 */
final class SquaredDifferenceInt8 implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.math.squaredDifference(x, tf.math.mul(x, tf.constant(.9999f))))
                  .build();
            });
    TfLiteModel file;
    try {
      file =
          TfLiteConverter.of(
                  PostTrainingQuantization.builder()
                      .build()
                      .calibrate(
                          model, List.of(Map.of("x", tensor(new float[] {-1, 1, .5f, .25f}, 2, 2))))
                      .model())
              .int8()
              .convert();
    } catch (RuntimeException e) {
      refused(e, "SquaredDifference");
      return;
    }
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      near("the int8 file", i.run(new float[] {-1, 1}, 1), 1e-6, 0, 0);
    }
  }
}
