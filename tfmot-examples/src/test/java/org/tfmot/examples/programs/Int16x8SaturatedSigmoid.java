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
 * int16x8: sigmoid and tanh of inputs between -1e6 and 1e6. They are 0 or 1, -1 or 1, computed by
 * Java's Math, to 1e-3; or the conversion refuses and names the operation. (Up to 1e5 the file is
 * right.)
 */
final class Int16x8SaturatedSigmoid implements UserProgram {
  @Override
  public void check() throws Exception {
    for (String op : List.of("Sigmoid", "Tanh")) {
      GraphModel model =
          GraphModel.build(
              tf -> {
                Placeholder<TFloat32> x =
                    tf.withName("x")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
                return Endpoints.builder()
                    .input("x", x)
                    .output("y", op.equals("Tanh") ? tf.math.tanh(x) : tf.math.sigmoid(x))
                    .build();
              });
      float[] v = {-1e6f, -.5e6f, .3e6f, 1e6f};
      double[] right = new double[4];
      for (int k = 0; k < 4; k++)
        right[k] = op.equals("Tanh") ? Math.tanh(v[k]) : 1 / (1 + Math.exp(-v[k]));
      TfLiteModel file;
      try {
        file =
            TfLiteConverter.of(
                    PostTrainingQuantization.builder()
                        .activationBits(16)
                        .build()
                        .calibrate(model, List.of(Map.of("x", tensor(v, 1, 4))))
                        .model())
                .int16x8()
                .convert();
      } catch (RuntimeException e) {
        refused(e, op);
        continue;
      }
      try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
        near(op, i.run(v, 1), 1e-3, right);
      }
    }
  }
}
