package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

@EnabledOnOs(OS.LINUX)
class HalfWeightsTest {

  private static final int SIZE = 32;

  /** A model of one vector and a constant matrix, one of whose values is odd. */
  private static GraphModel model(
      float odd, BiFunction<Ops, Operand<TFloat32>[], Operand<TFloat32>> body) {
    return GraphModel.build(
        tf -> {
          float[][] matrix = new float[SIZE][SIZE];
          matrix[3][4] = odd;
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, SIZE)));
          Operand<TFloat32> constant = tf.withName("matrix").constant(matrix);
          @SuppressWarnings({"unchecked", "rawtypes"})
          Operand<TFloat32>[] both = new Operand[] {x, constant};
          return Endpoints.builder()
              .input("x", x)
              .output("y", body.apply(tf, both))
              .inference()
              .build();
        });
  }

  @ParameterizedTest
  @ValueSource(floats = {70_000, -1e6f, 1e30f})
  void weightBeyondFloat16_isRefused_withTheNameOfItsOperation(float odd) {
    GraphModel model = model(odd, (tf, in) -> tf.linalg.matMul(in[0], in[1]));
    Exception e =
        assertThrows(
            TfLiteConversionException.class, () -> TfLiteConverter.of(model).float16().convert());
    assertTrue(e.getMessage().contains("FULLY_CONNECTED \"MatMul"), e.getMessage());
    assertTrue(e.getMessage().contains("65504"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(floats = {65_000, -1, 1e-30f})
  void weightWithinFloat16_converts(float odd) {
    TfLiteConverter.of(model(odd, (tf, in) -> tf.linalg.matMul(in[0], in[1]))).float16().convert();
  }

  @Test
  void maskOfAnAttention_staysOne() {
    GraphModel model = model(-1e9f, (tf, in) -> tf.nn.softmax(tf.math.add(in[0], in[1])));
    TfLiteModel file = TfLiteConverter.of(model).float16().convert();
    float[] expected = new float[SIZE * SIZE];
    for (int i = 0; i < expected.length; i++) {
      int row = i / SIZE;
      expected[i] = row != 3 ? 1f / SIZE : i % SIZE == 4 ? 0 : 1f / (SIZE - 1);
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(expected, interpreter.run(new float[SIZE], 1), 1e-6f);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e9f, -Float.MAX_VALUE})
  void productWithAMask_staysOne(float odd) {
    GraphModel model =
        model(
            odd,
            (tf, in) ->
                tf.nn.softmax(
                    tf.math.sub(in[0], tf.math.mul(tf.nn.relu(in[0]), tf.math.neg(in[1])))));
    TfLiteConverter.of(model).float16().convert();
  }
}
