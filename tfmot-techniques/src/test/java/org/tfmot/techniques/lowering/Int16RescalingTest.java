package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Operations of 16 bits with one range, whose operands have ranges that cannot be changed. */
class Int16RescalingTest {

  private static final Shape SHAPE = Shape.of(4, 16);

  enum Form {
    OF_SOFTMAX((tf, x) -> tf.math.minimum(tf.nn.softmax(x), tf.constant(2f))),
    CUT_SOFTMAX((tf, x) -> tf.math.minimum(tf.nn.softmax(x), tf.constant(0.05f))),
    OF_SIGMOID((tf, x) -> tf.math.maximum(tf.math.mul(x, tf.constant(3f)), tf.math.sigmoid(x))),
    OF_TWO((tf, x) -> tf.math.maximum(tf.math.tanh(x), tf.math.sigmoid(x))),
    OF_FLOAT(
        (tf, x) -> {
          Operand<TFloat32> root = tf.math.sqrt(tf.math.add(tf.nn.relu(x), tf.constant(0.1f)));
          return tf.math.minimum(tf.math.mul(root, tf.constant(3f)), root);
        }),
    CHOSEN(
        (tf, x) ->
            tf.select(
                tf.math.greater(x, tf.constant(0.2f)),
                tf.math.sigmoid(x),
                tf.math.mul(x, tf.constant(4f))));

    private final BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body;

    Form(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
      this.body = body;
    }

    GraphModel model() {
      return GraphModel.build(
          tf -> {
            Operand<TFloat32> x =
                tf.withName("image").placeholder(TFloat32.class, Placeholder.shape(SHAPE));
            return Endpoints.builder()
                .input("image", x)
                .output("logits", body.apply(tf, x))
                .inference()
                .build();
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void result_isThatOfFloat(Form form) {
    GraphModel model = form.model();
    try (TFloat32 x = TestTraining.random(SHAPE, 3)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(16)
              .build()
              .calibrate(model, List.of(Map.of("image", x)));
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).int16x8();
      calibrated.report().skipped().forEach(entry -> converter.allowFloat(entry.operation()));
      TfLiteModel file = converter.convert();
      float[] expected = TestTraining.run(model, x);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] got = interpreter.run(Values.of(x), 4);
        // A few steps of 16 bits.
        assertEquals(
            0, Values.distance(expected, got) / Values.largest(expected), 5e-4, form.name());
      }
    }
  }
}
