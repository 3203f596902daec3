package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

@EnabledOnOs(OS.LINUX)
class HalfConstantsTest {

  private static final int SIZE = 32;
  private static final float HALF = 0x1p-11f;

  private static GraphModel model(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, SIZE)));
          return Endpoints.builder()
              .input("x", x)
              .output("y", body.apply(tf, x))
              .inference()
              .build();
        });
  }

  private static TfLiteModel half(GraphModel model) {
    return TfLiteConverter.of(model).float16().convert();
  }

  private static float[] run(TfLiteModel file, float... x) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.run(x, 1);
    }
  }

  /** Verifies that float16() answers as float32() does, to a few roundings of its constants. */
  private static void assertSame(GraphModel model, float... x) {
    float[] expected = run(TfLiteConverter.of(model).convert(), x);
    float[] actual = run(half(model), x);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 4 * HALF * Math.abs(expected[i]), "element " + i);
    }
  }

  private static float[] filled(float value) {
    float[] values = new float[SIZE];
    Arrays.fill(values, value);
    return values;
  }

  private static float[] ramp(float scale) {
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      values[i] = scale * (i + 1);
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-3f, 1e-5f, 1e-6f, 1e-8f, 1e-12f, 1e-30f})
  void epsilonOfANorm_keepsEqualValuesFromADivisionByZero(float epsilon) {
    GraphModel norm =
        model(
            (tf, x) -> {
              Operand<TFloat32> mean = tf.math.mean(x, tf.array(-1), Mean.keepDims(true));
              Operand<TFloat32> centred = tf.math.sub(x, mean);
              Operand<TFloat32> variance =
                  tf.math.mean(tf.math.square(centred), tf.array(-1), Mean.keepDims(true));
              return tf.math.mul(
                  centred, tf.math.rsqrt(tf.math.add(variance, tf.constant(epsilon))));
            });
    assertSame(norm, filled(2));
    assertSame(norm, ramp((float) Math.sqrt(epsilon)));
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-9f, 1e-6f, 3e-5f, 0.1f, 7e4f, 1e9f, 1e30f})
  void factorOfAnySize_isHeld(float factor) {
    assertSame(model((tf, x) -> tf.math.mul(x, tf.constant(factor))), ramp(1));
    float[] factors = filled(1);
    factors[3] = factor;
    assertSame(model((tf, x) -> tf.math.mul(x, tf.constant(factors))), ramp(1));
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-9f, 1e-6f, 7e4f, -1e6f, 1e30f})
  void weightsOfAnySize_areHeld(float scale) {
    float[][] weights = new float[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
      weights[i][i] = scale * (i + 1);
    }
    assertSame(model((tf, x) -> tf.linalg.matMul(x, tf.constant(weights))), ramp(1));
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1e-30f, 1e-6f})
  void smallWeightsBesideLargerOnes_areStoredInFloat16(float small) {
    float[][] weights = new float[SIZE][SIZE];
    for (float[] row : weights) {
      Arrays.fill(row, 0.5f);
      row[7] = small;
    }
    TfLiteModel file = half(model((tf, x) -> tf.linalg.matMul(x, tf.constant(weights))));
    assertEquals(TensorType.FLOAT16, file.weights().get(0).type());
  }

  @Test
  void smallInputsOfErf_areHeld() {
    // erf(x) = 2 / sqrt(pi) * x for small x, to the third power; a polynomial computes it
    GraphModel model = model((tf, x) -> tf.math.erf(x));
    float[] actual = run(half(model), ramp(1e-3f));
    for (int i = 0; i < SIZE; i++) {
      double x = 1e-3f * (i + 1);
      assertEquals(2 / Math.sqrt(Math.PI) * (x - x * x * x / 3), actual[i], 1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e9f, -Float.MAX_VALUE})
  void maskOfAnAttention_staysOne(float masked) {
    float[] mask = new float[SIZE];
    mask[4] = masked;
    GraphModel model = model((tf, x) -> tf.nn.softmax(tf.math.add(x, tf.constant(mask))));
    float[] expected = filled(1f / (SIZE - 1));
    expected[4] = 0;
    assertArrayEquals(expected, run(half(model), new float[SIZE]), 1e-6f);
  }

  @Test
  void constantOfALoop_isHeld() {
    GraphModel model =
        model(
            (tf, x) -> {
              try (ConcreteFunction small =
                      step((ops, in) -> ops.math.less(sum(ops, in), ops.constant(100f)));
                  ConcreteFunction larger =
                      step((ops, in) -> ops.math.div(in, ops.constant(1e-9f)))) {
                return tf.statelessWhile(List.of(x), small, larger).op().output(0);
              }
            });
    TfLiteModel file = half(model);
    assertEquals("WHILE", file.operators().get(0).name());
    float[] actual = run(file, ramp(1e-9f));
    assertArrayEquals(ramp(1), actual, 1e-3f);
  }

  private static Operand<TFloat32> sum(Ops tf, Operand<TFloat32> x) {
    return tf.sum(x, tf.array(0, 1));
  }

  private static ConcreteFunction step(BiFunction<Ops, Operand<TFloat32>, Operand<?>> body) {
    return ConcreteFunction.create(
        tf -> {
          Operand<TFloat32> in =
              tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, SIZE)));
          return Signature.builder("step").input("x", in).output("y", body.apply(tf, in)).build();
        });
  }

  @Test
  void fileOfFloat16_isHalfAsLarge() {
    float[][] weights = new float[SIZE][100 * SIZE];
    for (float[] row : weights) {
      Arrays.fill(row, 0.1f);
    }
    GraphModel model = model((tf, x) -> tf.linalg.matMul(x, tf.constant(weights)));
    double ratio = (double) half(model).size() / TfLiteConverter.of(model).convert().size();
    assertTrue(ratio < 0.51, "ratio " + ratio);
  }
}
