package org.tfmot.examples.programs;

import static org.tfmot.examples.programs.Judgement.*;

import java.util.ArrayList;
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

/**
 * PReLU as Keras writes it (relu(x) - alpha * relu(-x)), ELU, and -x, which Keras 3 layer norm has.
 * TFLite has int8 kernels of PRELU and ELU, and -x is a change of scale: int8() without allowFloat
 * must convert each, and the file must give what the float graph gives, to 3 % of the range.
 */
final class PreluEluNegInInt8 implements UserProgram {
  @Override
  public void check() throws Exception {
    float[] rows = {0, 1, 1, .5f, -1, .25f};
    Map<String, TFloat32> sample = Map.of("x", tensor(rows, 3, 2));
    List<String> bad = new ArrayList<>();
    for (String kind : List.of("prelu", "elu", "neg")) {
      GraphModel model =
          GraphModel.build(
              tf -> {
                Placeholder<TFloat32> x =
                    tf.withName("x")
                        .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
                Operand<TFloat32> h =
                    tf.linalg.matMul(x, tf.constant(new float[][] {{1, 2}, {3, -4}}));
                Operand<TFloat32> y =
                    switch (kind) {
                      case "prelu" ->
                          tf.math.add(
                              tf.nn.relu(h),
                              tf.math.mul(
                                  tf.math.neg(tf.constant(new float[] {.1f, .3f})),
                                  tf.nn.relu(tf.math.neg(h))));
                      case "elu" -> tf.nn.elu(h);
                      default -> tf.math.neg(h);
                    };
                return Endpoints.builder()
                    .input("x", x)
                    .output("y", tf.linalg.matMul(y, tf.constant(new float[][] {{1, 2}, {3, -4}})))
                    .build();
              });
      try {
        GraphModel q =
            PostTrainingQuantization.builder().build().calibrate(model, List.of(sample)).model();
        try (TfLiteInterpreter i = TfLiteInterpreter.open(TfLiteConverter.of(q).int8().convert())) {
          near(kind, i.run(rows, 3), .7, doubles(run(model, sample)));
        }
      } catch (RuntimeException | AssertionError e) {
        bad.add(kind + ": " + message(e));
      }
    }
    if (!bad.isEmpty()) throw wrong(bad.size() + " of 3: " + bad);
  }
}
