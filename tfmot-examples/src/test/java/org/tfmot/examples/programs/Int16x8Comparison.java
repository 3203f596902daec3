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
 * A comparison in a model that is converted with int16x8(), strictly and with allowFloat of what
 * the report says stays in float. Either the file is right (x where x > threshold, else 0, computed
 * here), or the refusal names "Greater"; it must not advise a flag of Python's converter, which a
 * user of this product cannot set.
 */
final class Int16x8Comparison implements UserProgram {
  @Override
  public void check() throws Exception {
    for (String op : List.of("greater"))
      for (float range : new float[] {1, 1000}) {
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

        PostTrainingQuantization.Calibrated c =
            PostTrainingQuantization.builder()
                .activationBits(16)
                .build()
                .calibrate(model, List.of(Map.of("x", tensor(v, 1, 4))));
        for (boolean allow : new boolean[] {false, true}) {
          TfLiteModel file;
          try {
            TfLiteConverter k = TfLiteConverter.of(c.model()).int16x8();
            file = (allow ? k.allowFloat(names(c.report())) : k).convert();
          } catch (RuntimeException e) {
            if (message(e).contains("experimental_enable"))
              throw wrong("advises a flag of Python: " + message(e));
            refused(e, "Greater");
            continue;
          }
          try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
            near(op + " at range " + range, i.run(v, 1), range * .001, right);
          }
        }
      }
  }
}
