package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * A .tflite file of the product in which the window of MAX_POOL_2D is 10 high where the image is 8
 * high. It must be refused with IllegalArgumentException and what is wrong, or it runs. The JVM
 * must not end.
 */
final class MaxPoolLargerThanImage implements UserProgram {
  @Override
  public void check() throws Exception {
    try {
      TfLiteModel model = TfLiteModel.of(file("maxpool_window10_of_8.tflite"));
      try (TfLiteInterpreter i = TfLiteInterpreter.open(model)) {
        TfLiteTensor in = model.tensors().get(model.inputs().values().iterator().next());
        for (int batch : new int[] {2, 1})
          i.run(wave((int) in.elementCount() / (int) in.shape().get(0) * batch), batch);
        i.benchmark(0, 20);
      }
    } catch (IllegalArgumentException e) {
      refused(e, "sound", "MAX_POOL", "window", "filter", "TensorFlow Lite can");
    }
  }
}
