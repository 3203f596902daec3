package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * A model that standardizes a window of air pressure (around 1013, varying by 0.2 within a window)
 * before a dense layer, quantized to int8 and run. 8 bits cannot tell such windows apart, so any
 * finite answer is right, and so is a refusal that names an operation of the standardization. The
 * JVM must not end.
 */
final class StandardizedWindowInt8 implements UserProgram {
  @Override
  public void check() throws Exception {
    Random r = new Random(1);
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 16)));
              Operand<TFloat32> mean = tf.math.mean(x, tf.array(1), Mean.keepDims(true));
              Operand<TFloat32> variance =
                  tf.math.mean(
                      tf.math.squaredDifference(x, mean), tf.array(1), Mean.keepDims(true));
              Operand<TFloat32> z =
                  tf.math.mul(
                      tf.math.sub(x, mean),
                      tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-3f))));
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.linalg.matMul(z, tf.constant(Shape.of(16, 2), DataBuffers.of(wave(32)))))
                  .build();
            });
    float[] v = new float[32 * 16];
    for (int i = 0; i < 32; i++) {
      float base = 1013 + (float) r.nextGaussian() * 10;
      for (int k = 0; k < 16; k++) v[i * 16 + k] = base + (float) r.nextGaussian() * .1f;
    }
    TfLiteModel file;
    try {
      file =
          TfLiteConverter.of(
                  PostTrainingQuantization.builder()
                      .build()
                      .calibrate(model, List.of(Map.of("x", tensor(v, 32, 16))))
                      .model())
              .int8()
              .convert();
    } catch (RuntimeException e) {
      refused(e, "SquaredDifference", "Mean", "Sub", "Rsqrt");
      return;
    }
    try (TfLiteInterpreter i = TfLiteInterpreter.open(file)) {
      for (float y : i.run(v, 32)) if (!Float.isFinite(y)) throw wrong("the int8 file gives " + y);
    }
  }
}
