package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsPerChannel;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.testing.Values;

/** The TensorFlow operations that simulate quantization: their numbers and our gradients. */
class FakeQuantTest {

  @Test
  @DisplayName("vector 21: [-6, 6], wide, behind a ReLU")
  void wideRange_vector21() {
    assertArrayEquals(
        new float[] {0, 0, 0, .0470588f, .0941176f, 3.0117648f, 5.9764705f},
        perTensor(false, -6, 6, 0, 0, 0, .05f, .1f, 3, 6),
        1e-6f);
  }

  @Test
  @DisplayName("vector 23: [-6, 6], narrow")
  void narrowRange_vector23() {
    assertArrayEquals(
        new float[] {-6, -.992126f, 0, .0472441f, .992126f, 6},
        perTensor(true, -6, 6, -6, -1, 0, .05f, 1, 6),
        1e-6f);
  }

  @Test
  @DisplayName("vector 25: [-0.1, 1] is nudged to [-0.09921569, 1.0007843]")
  void asymmetricRange_vector25() {
    assertArrayEquals(
        new float[] {-.09921569f, 0, 1.0007843f}, perTensor(false, -0.1f, 1, -5, 0, 5), 1e-6f);
  }

  @Test
  @DisplayName("vector 26: an empty range answers 0")
  void emptyRange_vector26() {
    assertArrayEquals(new float[] {0, 0, 0}, perTensor(false, 0, 0, -1, 0, 2));
  }

  @Test
  void narrowestRange_isStillFinite() {
    float width = Range.NARROWEST;
    assertArrayEquals(new float[] {0, width}, perTensor(false, 0, width, 0, 1), width / 100);
    assertArrayEquals(new float[] {-width, 0}, perTensor(true, -width, width, -1, 0), width / 100);
  }

  @ParameterizedTest
  @CsvSource({"-6, 6, true", "-6, 6, false", "-0.1, 1, false", "0, 2.5, false"})
  void gradient_perTensor_isThatOfTheClippedIdentity(float min, float max, boolean narrow) {
    float[] ends = perTensor(narrow, min, max, -1e6f, 1e6f);
    float[] x = random(500, 1.7f * max);
    float[] upstream = random(500, 1);
    float[] gradient =
        gradient(
            x,
            upstream,
            (tf, input) ->
                tf.quantization.fakeQuantWithMinMaxVars(
                    input,
                    tf.constant(min),
                    tf.constant(max),
                    FakeQuantWithMinMaxVars.narrowRange(narrow)));
    assertClippedIdentity(x, upstream, gradient, ends[0], ends[1]);
  }

  @Test
  void gradient_perChannel_isThatOfTheClippedIdentity() {
    float[] max = {0.5f, 1, 2, 4};
    float[] min = {-0.5f, -1, -2, -4};
    float[] x = random(400, 2);
    float[] upstream = random(400, 1);
    float[] gradient =
        gradient(
            x,
            upstream,
            (tf, input) ->
                tf.reshape(
                    tf.quantization.fakeQuantWithMinMaxVarsPerChannel(
                        tf.reshape(input, tf.array(100, 4)),
                        tf.constant(min),
                        tf.constant(max),
                        FakeQuantWithMinMaxVarsPerChannel.narrowRange(true)),
                    tf.array(-1)));
    for (int channel = 0; channel < 4; channel++) {
      assertClippedIdentity(
          channel(x, channel),
          channel(upstream, channel),
          channel(gradient, channel),
          min[channel],
          max[channel]);
    }
  }

  /** Central differences of the clipped identity, away from its two corners. */
  private static void assertClippedIdentity(
      float[] x, float[] upstream, float[] gradient, float min, float max) {
    double h = 1e-4;
    int inside = 0;
    for (int i = 0; i < x.length; i++) {
      if (Math.abs(x[i] - min) < 2 * h || Math.abs(x[i] - max) < 2 * h) {
        continue;
      }
      double difference = clip(x[i] + h, min, max) - clip(x[i] - h, min, max);
      inside += difference > 0 ? 1 : 0;
      assertEquals(upstream[i] * difference / (2 * h), gradient[i], 1e-5, "at " + x[i]);
    }
    assertEquals(0.5, (double) inside / x.length, 0.45);
  }

  private static double clip(double x, double min, double max) {
    return Math.max(min, Math.min(max, x));
  }

  private interface Quantizer {
    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x);
  }

  private static float[] gradient(float[] x, float[] upstream, Quantizer quantizer) {
    FakeQuantGradients.register();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> input = tf.constant(x);
      Operand<TFloat32> product = tf.math.mul(quantizer.apply(tf, input), tf.constant(upstream));
      Output<?> loss = tf.sum(product, tf.array(0)).asOutput();
      return evaluate(graph, graph.addGradients(loss, new Output<?>[] {input.asOutput()})[0]);
    }
  }

  private static float[] perTensor(boolean narrow, float min, float max, float... x) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      return evaluate(
          graph,
          tf.quantization
              .fakeQuantWithMinMaxVars(
                  tf.constant(x),
                  tf.constant(min),
                  tf.constant(max),
                  FakeQuantWithMinMaxVars.narrowRange(narrow))
              .asOutput());
    }
  }

  private static float[] evaluate(Graph graph, Output<?> tensor) {
    try (Session session = new Session(graph);
        Result result = session.runner().fetch(tensor).run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static float[] channel(float[] values, int channel) {
    return Values.of(values.length / 4, i -> values[4 * i + channel]);
  }

  private static float[] random(int count, float scale) {
    Random random = new Random(count);
    return Values.of(count, i -> random.nextGaussian() * scale);
  }
}
