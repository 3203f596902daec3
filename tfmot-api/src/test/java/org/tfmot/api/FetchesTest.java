package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.TensorProtos;

/** Outputs that TensorFlow does not fetch as they are. */
class FetchesTest {

  private static float[] floats(Tensor tensor) {
    return TensorProtos.toFloats(TensorProtos.of(tensor));
  }

  @Test
  void tensorOfTwoNames_andAnInput_areOutputs() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
              Operand<TFloat32> twice = tf.math.add(x, x);
              return Endpoints.builder()
                  .input("x", x)
                  .output("logits", twice)
                  .output("output_0", twice)
                  .output("same", x)
                  .build();
            });
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.vectorOf(1, -2);
        Result results = live.run(Map.of("x", x))) {
      assertEquals(3, results.size());
      assertArrayEquals(new float[] {2, -4}, floats(results.get(0)));
      assertArrayEquals(new float[] {2, -4}, floats(results.get(1)));
      assertArrayEquals(new float[] {1, -2}, floats(results.get(2)));
    }
  }

  /** TensorFlow's optimizer fuses the convolution, its bias and the swish into one operation. */
  @Test
  void outputBeforeASwish_isAnOutput() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x")
                      .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 2, 1)));
              Operand<TFloat32> kernel = tf.constant(Shape.of(1, 1, 1, 2), DataBuffers.of(1f, -1f));
              Operand<TFloat32> sum =
                  tf.nn.biasAdd(
                      tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME"),
                      tf.constant(new float[] {1, 2}));
              return Endpoints.builder()
                  .input("x", x)
                  .output("before", sum)
                  .output("swish", tf.math.mul(sum, tf.math.sigmoid(sum)))
                  .build();
            });
    try (LiveModel live = model.open();
        TFloat32 x = TFloat32.tensorOf(Shape.of(1, 2, 2, 1), DataBuffers.of(0f, 1f, 2f, -1f));
        Result results = live.run(Map.of("x", x))) {
      float[] before = {1, 2, 2, 1, 3, 0, 0, 3};
      float[] swish = before.clone();
      for (int i = 0; i < swish.length; i++) {
        swish[i] = (float) (before[i] / (1 + Math.exp(-before[i])));
      }
      assertArrayEquals(before, floats(results.get(0)), 1e-6f);
      assertArrayEquals(swish, floats(results.get(1)), 1e-5f);
    }
  }
}
