package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

class MovingRangesTest {

  private static final String RANGE = "image/fake_quant/moving_";
  private static final double DECAY = 0.9;

  @Test
  @DisplayName("as vector 19, from the first batch on: the exponential average's closed form")
  void range_isTheExponentialAverageFromTheFirstBatch() {
    float[][] batches = {{-1, 1}, {0.5f, 2}, {-3, -1}, {0, 0}, {-0.25f, 8}};
    try (LiveModel live = relu().model().open()) {
      for (int n = 0; n < batches.length; n++) {
        run(live, batches[n]);
        double min = Math.min(0, batches[0][0]) * Math.pow(DECAY, n);
        double max = Math.max(0, batches[0][1]) * Math.pow(DECAY, n);
        for (int i = 1; i <= n; i++) {
          double weight = (1 - DECAY) * Math.pow(DECAY, n - i);
          min += Math.min(0, batches[i][0]) * weight;
          max += Math.max(0, batches[i][1]) * weight;
        }
        assertEquals(min, value(live, "min"), 1e-6, "after batch " + n);
        assertEquals(max, value(live, "max"), 1e-6, "after batch " + n);
      }
    }
  }

  @Test
  void activation_isQuantizedWithTheRangeThatTheStepMakes() {
    try (LiveModel live = relu().model().open()) {
      // The first batch is its own range: [0, 2.55] has steps of 0.01.
      assertArrayEquals(new float[] {0.5f, 2.55f}, run(live, 0.5012f, 2.55f), 1e-6f);
      // Then 0.9 * 2.55 + 0.1 * 5.1 = 2.805, and what is beyond is clipped.
      assertArrayEquals(new float[] {0.495f, 2.805f}, run(live, 0.4999f, 5.1f), 1e-6f);
    }
  }

  @Test
  void rangeOfATensorThatIsAllButZero_givesNoNaN() {
    for (float value : new float[] {1, 1e-20f, 1e-29f, 1e-31f, 1e-37f, 1e-40f, 0}) {
      try (LiveModel live = relu().model().open()) {
        assertArrayEquals(
            new float[] {value < 1e-30f ? 0 : value, 0}, run(live, value, 0), value * 1e-5f);
        assertEquals(value < 1e-30f ? 0 : value, value(live, "max"));
      }
    }
  }

  @Test
  void rangeOfATensorThatBecameZeros_shrinksToZero() {
    Optimized optimized =
        QuantizationAwareTraining.builder().rangeDecay(0.01).build().apply(model());
    try (LiveModel live = optimized.model().open()) {
      run(live, 1, 2);
      for (int i = 0; i < 30; i++) {
        assertArrayEquals(new float[] {0, 0}, run(live, 0, 0));
      }
      assertEquals(0, value(live, "max"));
    }
  }

  @Test
  void valueThatIsNotANumber_isNotHiddenByQuantization() {
    try (LiveModel live = relu().model().open()) {
      run(live, 1, 2);
      float[] output = run(live, Float.NaN, 1);
      assertTrue(Float.isNaN(output[0]) || Float.isNaN(output[1]), output[0] + ", " + output[1]);
      GraphModel diverged = live.snapshot();
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> relu().withModel(diverged));
      assertTrue(e.getMessage().contains("relu"), e.getMessage());
      assertTrue(e.getMessage().contains("has become NaN"), e.getMessage());
    }
  }

  @Test
  void strip_beforeTheFirstStep_saysWhatIsMissing() {
    IllegalStateException e = assertThrows(IllegalStateException.class, relu()::strip);
    assertTrue(e.getMessage().contains("has seen no data"), e.getMessage());
  }

  @Test
  void rangeDecay_outOfRange_isRefused() {
    for (double decay : new double[] {-0.1, 1, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> QuantizationAwareTraining.builder().rangeDecay(decay));
    }
  }

  private static Optimized relu() {
    return QuantizationAwareTraining.builder().rangeDecay(DECAY).build().apply(model());
  }

  private static GraphModel model() {
    return TestLayers.model(Kind.RESOURCE, Shape.of(-1), (layers, x) -> layers.relu("only", x));
  }

  /** One step: the output and the updates. */
  private static float[] run(LiveModel live, float... x) {
    try (TFloat32 tensor = TFloat32.vectorOf(x)) {
      Session.Runner runner = live.session().runner().feed(live.input("image"), tensor);
      live.model().updates().forEach(runner::addTarget);
      try (Result result = runner.fetch("image/fake_quant").run()) {
        return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
    }
  }

  private static float value(LiveModel live, String end) {
    return TensorProtos.toFloats(live.value(RANGE + end))[0];
  }
}
