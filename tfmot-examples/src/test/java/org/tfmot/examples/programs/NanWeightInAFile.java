package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.Arrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * One of 2048 weights is NaN. Pruning, clustering and quantization refuse such a model and name the
 * variable. dynamicRange() must do so, too, or give a file that answers as the graph: NaN in the
 * first column, numbers in the others. A number in place of NaN hides it.
 */
final class NanWeightInAFile implements UserProgram {
  @Override
  public void check() throws Exception {
    float[] w = wave(2048);
    w[0] = Float.NaN;
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 64)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.linalg.matMul(x, weight(tf, "kernel", w, 64, 32)))
                  .build();
            });
    float[] x = wave(64);
    double[] right = new double[31];
    for (int c = 1; c < 32; c++) for (int k = 0; k < 64; k++) right[c - 1] += x[k] * w[k * 32 + c];
    TfLiteModel file;
    try {
      file = TfLiteConverter.of(model).dynamicRange().convert();
    } catch (RuntimeException e) {
      refused(e, "kernel");
      return;
    }
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      float[] y = i.run(x, 1);
      if (!Float.isNaN(y[0]))
        throw wrong("the column of the NaN weight is " + y[0] + " in the file, NaN in the graph");
      near("columns 1 to 31", Arrays.copyOfRange(y, 1, 32), .5, right);
    }
  }
}
