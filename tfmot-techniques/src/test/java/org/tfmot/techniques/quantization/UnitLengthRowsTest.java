package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/** Rows that are brought to length 1, some of which are zeros: the head of a face network. */
@EnabledOnOs(OS.LINUX)
class UnitLengthRowsTest {

  private static final int WIDTH = 4;

  /** Zeros, and rows of lengths from 0.7 to 5. */
  private static final float[] ROWS = {
    0, 0, 0, 0, 1, 2, 0.5f, 0, 0.3f, 0, 0.6f, 0.2f, 3, 0, 4, 0.1f, -1, -2, 0, -3
  };

  private static GraphModel model(float epsilon) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
          Operand<TFloat32> positive = tf.nn.relu(x);
          Operand<TFloat32> squares =
              tf.reduceSum(tf.math.square(positive), tf.array(-1), ReduceSum.keepDims(true));
          Operand<TFloat32> inverse = tf.math.rsqrt(tf.math.maximum(squares, tf.constant(epsilon)));
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.math.mul(positive, inverse))
              .inference()
              .build();
        });
  }

  private static float[] expected(float epsilon) {
    float[] rows = new float[ROWS.length];
    for (int i = 0; i < rows.length; i += WIDTH) {
      double squares = 0;
      for (int k = i; k < i + WIDTH; k++) {
        squares += Math.pow(Math.max(0, ROWS[k]), 2);
      }
      for (int k = i; k < i + WIDTH; k++) {
        rows[k] = (float) (Math.max(0, ROWS[k]) / Math.sqrt(Math.max(squares, epsilon)));
      }
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-3f, 1e-6f, 1e-12f})
  void rowsBesideRowsOfZeros_keepTheirDirection(float epsilon) {
    // The shortest row has a sum of squares of 5 steps of 8 bits: half a step of it is 5 %.
    verify(epsilon, 8, 0.08);
    verify(epsilon, 16, 0.01);
  }

  private static void verify(float epsilon, int bits, double bound) {
    try (TFloat32 x =
        TFloat32.tensorOf(Shape.of(ROWS.length / WIDTH, WIDTH), DataBuffers.of(ROWS))) {
      var calibrated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .build()
              .calibrate(model(epsilon), List.of(Map.of("x", x)));
      List<String> left = calibrated.report().skipped().stream().map(Entry::operation).toList();
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).allowFloat(left);
      try (TfLiteInterpreter interpreter =
          TfLiteInterpreter.open((bits == 8 ? converter.int8() : converter.int16x8()).convert())) {
        float[] actual = interpreter.run(ROWS, ROWS.length / WIDTH);
        float[] expected = expected(epsilon);
        for (int i = 0; i < actual.length; i++) {
          assertEquals(expected[i], actual[i], bound, bits + " bits, value " + i);
        }
      }
    }
  }
}
