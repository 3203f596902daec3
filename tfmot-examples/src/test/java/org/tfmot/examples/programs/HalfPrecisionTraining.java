package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/**
 * A model trained in mixed precision, as Keras' mixed_float16 writes it: variables of float32, cast
 * to half before a convolution. Pruning must find the weight and make half of it zero, and the
 * TFLite float file must give what the graph gives; or each refusal must say that half precision
 * (half, float16) is the reason.
 */
final class HalfPrecisionTraining implements UserProgram {
  @Override
  public void check() throws Exception {
    float[] x = wave(2 * 4 * 4 * 3);
    GraphModel model =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> in =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 3)));
              Operand<TFloat16> k =
                  tf.dtypes.cast(
                      weight(tf, "kernel", wave(3 * 3 * 3 * 4), 3, 3, 3, 4), TFloat16.class);
              Operand<TFloat16> h =
                  tf.nn.relu(
                      tf.nn.conv2d(
                          tf.dtypes.cast(in, TFloat16.class), k, List.of(1L, 1L, 1L, 1L), "SAME"));
              return Endpoints.builder()
                  .input("x", in)
                  .output("y", tf.dtypes.cast(tf.math.mean(h, tf.array(1, 2)), TFloat32.class))
                  .training(true)
                  .build();
            });
    double[] right = doubles(run(model, Map.of("x", tensor(x, 2, 4, 4, 3))));
    List<String> bad = new ArrayList<>();
    try {
      float[] pruned =
          TensorProtos.toFloats(
              Pruning.builder().oneShot(.5).apply(model).strip().variable("kernel").value());
      int zeros = 0;
      for (float v : pruned) if (v == 0) zeros++;
      if (zeros != 54) bad.add("pruning by half leaves " + zeros + " zeros of 108");
    } catch (RuntimeException e) {
      if (!message(e).matches("(?i).*(half|float ?16).*")) bad.add("pruning: " + message(e));
    }
    try (TfLiteInterpreter i =
        TfLiteInterpreter.open(TfLiteConverter.of(model.toInference()).convert())) {
      near("the float file", i.run(x, 2), .02, right);
    } catch (RuntimeException | AssertionError e) {
      if (!message(e).matches("(?i).*(half|float ?16).*")) bad.add("TFLite: " + message(e));
    }
    if (!bad.isEmpty()) throw wrong(bad.toString());
  }
}
