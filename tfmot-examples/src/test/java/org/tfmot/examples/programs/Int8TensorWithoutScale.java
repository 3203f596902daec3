package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * A .tflite file of the product in which the scale of one int8 tensor is missing, as a damaged or
 * hostile file can have it. It must be refused with IllegalArgumentException and what is wrong, or
 * it runs. The JVM must not end.
 */
final class Int8TensorWithoutScale implements UserProgram {
  @Override
  public void check() throws Exception {
    try {
      TfLiteModel model = TfLiteModel.of(file("int8_tensor_without_scale.tflite"));
      try (TfLiteInterpreter i = TfLiteInterpreter.open(model)) {
        TfLiteTensor in = model.tensors().get(model.inputs().values().iterator().next());
        for (int batch : new int[] {2, 1})
          i.run(wave((int) in.elementCount() / (int) in.shape().get(0) * batch), batch);
        i.benchmark(0, 20);
      }
    } catch (IllegalArgumentException e) {
      refused(e, "sound", "scale", "quantiz", "TensorFlow Lite can");
    }
  }
}
