package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * A .tflite file of the product in which the second input of MEAN, the axis, is -1 (none), which
 * that operation does not have. It must be refused with IllegalArgumentException and what is wrong,
 * or it runs. The JVM must not end.
 */
final class MeanWithoutAxis implements UserProgram {
  @Override
  public void check() throws Exception {
    try {
      TfLiteModel model = TfLiteModel.of(file("mean_without_axis.tflite"));
      try (TfLiteInterpreter i = TfLiteInterpreter.open(model)) {
        TfLiteTensor in = model.tensors().get(model.inputs().values().iterator().next());
        for (int batch : new int[] {2, 1})
          i.run(wave((int) in.elementCount() / (int) in.shape().get(0) * batch), batch);
        i.benchmark(0, 20);
      }
    } catch (IllegalArgumentException e) {
      refused(e, "sound", "MEAN", "input", "TensorFlow Lite can");
    }
  }
}
