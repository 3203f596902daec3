package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/** Functions of one tensor that are joined, and so have one range. */
@EnabledOnOs(OS.LINUX)
class JoinedFunctionsTest {

  @Test
  void functionsOfOneTensorWithOneRange_staySeveral() {
    float[] inputs = {-2, -1, -0.5f, 0, 0.25f, 0.5f, 1, 1.9f};
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
              return Endpoints.builder()
                  .input("x", x)
                  .output(
                      "y",
                      tf.concat(
                          List.of(
                              tf.nn.elu(x),
                              tf.clipByValue(x, tf.constant(-0.5f), tf.constant(0.8f)),
                              tf.math.softplus(x),
                              tf.math.sin(x),
                              tf.nn.selu(x)),
                          tf.constant(1)))
                  .inference()
                  .build();
            });
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(2, 4), DataBuffers.of(inputs))) {
      var calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("x", x)));
      assertEquals(List.of(), calibrated.report().skipped());
      try (LiveModel live = calibrated.model().open();
          Result simulated = live.run(Map.of("x", x));
          TfLiteInterpreter interpreter =
              TfLiteInterpreter.open(TfLiteConverter.of(calibrated.model()).int8().convert())) {
        float[] expected = TensorProtos.toFloats(TensorProtos.of(simulated.get(0)));
        assertArrayEquals(expected, interpreter.run(inputs, 2), 1e-6f);
        // Of the first row: elu, clip, softplus, sine and selu of -2.
        assertEquals(Math.expm1(-2), expected[0], 0.02);
        assertEquals(-0.5, expected[4], 0.02);
        assertEquals(Math.log1p(Math.exp(-2)), expected[8], 0.02);
        assertEquals(Math.sin(-2), expected[12], 0.02);
        assertEquals(1.0507 * 1.67326 * Math.expm1(-2), expected[16], 0.02);
      }
    }
  }
}
