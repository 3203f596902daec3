package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** Vectors scaled to length 1 keep the epsilon that the graph says. */
class UnitLengthsTest {

  private static final int WIDTH = 3;

  /** Vectors of lengths 5e-7, 5e-3 and 5, so that each epsilon matters to one. */
  private static final float[] VECTORS = {3e-7f, 4e-7f, 0, 3e-3f, -4e-3f, 0, 3, 0, 4};

  @ParameterizedTest
  @ValueSource(floats = {1e-12f, 1e-10f, 1e-6f, 1e-4f, 9e-4f, 1e-2f})
  void maximumOfSquares(float epsilon) {
    float[] expected = scaled(squares -> 1 / Math.sqrt(Math.max(squares, epsilon)));
    BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> factor =
        (tf, squares) -> tf.math.rsqrt(tf.math.maximum(squares, tf.constant(epsilon)));
    assertArrayEquals(
        expected,
        run((tf, x) -> tf.math.mul(x, factor.apply(tf, sum(tf, tf.math.square(x))))),
        1e-5f);
    assertArrayEquals(
        expected,
        run((tf, x) -> tf.math.mul(factor.apply(tf, sum(tf, tf.math.mul(x, x))), x)),
        1e-5f);
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-10f, 1e-6f, 1e-4f, 9e-4f, 1e-2f})
  void sumOfSquaresAndEpsilon(float epsilon) {
    float[] expected = scaled(squares -> 1 / Math.sqrt(squares + (double) epsilon));
    assertArrayEquals(
        expected,
        run(
            (tf, x) ->
                tf.math.div(
                    x,
                    tf.math.sqrt(tf.math.add(sum(tf, tf.math.square(x)), tf.constant(epsilon))))),
        1e-5f);
  }

  @Test
  void epsilonOfTheKernel_isOneOperator() {
    TfLiteModel file =
        convert(
            (tf, x) ->
                tf.math.mul(
                    x,
                    tf.math.rsqrt(
                        tf.math.maximum(sum(tf, tf.math.square(x)), tf.constant(1e-12f)))));
    assertEquals(
        List.of("L2_NORMALIZATION"), file.operators().stream().map(TfLiteOperator::name).toList());
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> squares) {
    return tf.sum(squares, tf.constant(new int[] {1}), Sum.keepDims(true));
  }

  private static float[] scaled(DoubleUnaryOperator factor) {
    float[] scaled = new float[VECTORS.length];
    for (int row = 0; row < VECTORS.length; row += WIDTH) {
      double squares = 0;
      for (int i = row; i < row + WIDTH; i++) {
        squares += (double) VECTORS[i] * VECTORS[i];
      }
      for (int i = row; i < row + WIDTH; i++) {
        scaled[i] = (float) (VECTORS[i] * factor.applyAsDouble(squares));
      }
    }
    return scaled;
  }

  private static float[] run(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(convert(body))) {
      return interpreter.run(VECTORS, VECTORS.length / WIDTH);
    }
  }

  private static TfLiteModel convert(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", body.apply(tf, x))
                  .inference()
                  .build();
            });
    return TfLiteConverter.of(model).convert();
  }
}
