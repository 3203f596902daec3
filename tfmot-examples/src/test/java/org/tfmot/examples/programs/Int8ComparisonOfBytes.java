package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * int8: Greater of a tensor between 0 and 255, as the bytes of an image, so that its scale is
 * exactly 1. y = x where x > 127.5, else 0, computed here, to 1 % of the range; or a refusal that
 * names the comparison. The JVM must not end.
 */
final class Int8ComparisonOfBytes implements UserProgram {
  @Override
  public void check() throws Exception {
    for (String op : List.of("greater"))
      for (float range : new float[] {255}) {
        float t = range / 2;
        GraphModel model =
            GraphModel.build(
                tf -> {
                  Placeholder<TFloat32> x =
                      tf.withName("x")
                          .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
                  Operand<TBool> chosen =
                      switch (op) {
                        default -> tf.math.greater(x, tf.constant(t));
                      };
                  return Endpoints.builder()
                      .input("x", x)
                      .output("y", tf.select(chosen, x, tf.math.mul(x, tf.constant(0f))))
                      .build();
                });
        float[] v = {0, range / 4, range * .75f, range};
        double[] right = new double[4];
        for (int k = 0; k < 4; k++) right[k] = (v[k] > t) ? v[k] : 0;

        GraphModel q =
            PostTrainingQuantization.builder()
                .build()
                .calibrate(model, List.of(Map.of("x", tensor(v, 1, 4))))
                .model();
        TfLiteModel file;
        try {
          file = TfLiteConverter.of(q).int8().convert();
        } catch (RuntimeException e) {
          refused(e, "Greater");
          continue;
        }
        try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
          near(op + " at range " + range, i.run(v, 1), range * .01, right);
        }
      }
  }
}
