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
 * A ReLU that is 0 on every calibration sample, as small squeeze-and-excite blocks have it. The
 * user quantizes to int8 and opens the file. It must open and give the bias of the second layer,
 * 0.5 and -0.25, for the first layer adds nothing to it; or calibration or conversion refuses and
 * names the ReLU.
 */
final class DeadReluInt8File implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Operand<TFloat32> dead =
                  tf.nn.relu(
                      tf.math.add(
                          tf.linalg.matMul(x, tf.constant(new float[][] {{1, -1}, {.5f, 1}})),
                          tf.constant(new float[] {-9, -9})));
              Operand<TFloat32> y =
                  tf.math.add(
                      tf.linalg.matMul(dead, tf.constant(new float[][] {{1, 2}, {3, -4}})),
                      tf.constant(new float[] {.5f, -.25f}));
              return Endpoints.builder().input("x", x).output("y", y).build();
            });
    TfLiteModel file;
    try {
      GraphModel calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(
                  model, List.of(Map.of("x", tensor(new float[] {0, 1, 1, .5f, .25f, 0}, 3, 2))))
              .model();
      file = TfLiteConverter.of(calibrated).int8().convert();
    } catch (RuntimeException e) {
      refused(e, "Relu");
      return;
    }
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      near("the int8 file", i.run(new float[] {0, 1}, 1), 0.02, 0.5, -0.25);
    }
  }
}
