package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/**
 * benchmark() of a text model: its input is the numbers of words, INT32, below 20. The benchmark
 * must choose inputs that the model takes, and return a median over 0.
 */
final class BenchmarkOfIntegerInputs implements UserProgram {
  @Override
  public void check() throws Exception {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TInt32> ids =
                  tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
              Operand<TFloat32> e =
                  tf.withName("look")
                      .gather(weight(tf, "table", wave(80), 20, 4), ids, tf.constant(0));
              return Endpoints.builder()
                  .input("ids", ids)
                  .output("y", tf.math.mean(e, tf.array(1)))
                  .build();
            });
    try (TfLiteInterpreter i = TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      if (!(i.benchmark(5, 50).medianMicros() > 0)) throw wrong("no time");
    }
  }
}
