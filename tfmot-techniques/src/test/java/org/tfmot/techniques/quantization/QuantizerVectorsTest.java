package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The conformance vectors of the ranges' quantizers. */
class QuantizerVectorsTest {

  private static final float BELOW = 127 / 128f;

  @Test
  @DisplayName("vector 16: all values, [-5, 1] then [-1, 5]")
  void allValues_vector16() {
    assertRange(Quantizer.allValues(), new float[][] {{-5, 1}, {-1, 5}}, -5, 5, 0);
  }

  @Test
  @DisplayName("vector 17: all values and last value, symmetric and wide: one step more below 0")
  void symmetricWide_vector17() {
    for (Quantizer quantizer : List.of(Quantizer.allValues(), Quantizer.lastValue())) {
      assertRange(
          quantizer.symmetric(true).narrow(false),
          new float[][] {{-BELOW, BELOW}},
          -1,
          0.9921875f,
          0);
    }
  }

  @Test
  @DisplayName("vector 18: all values and last value, symmetric and narrow")
  void symmetricNarrow_vector18() {
    for (Quantizer quantizer : List.of(Quantizer.allValues(), Quantizer.lastValue())) {
      assertRange(quantizer.symmetric(true).narrow(true), new float[][] {{-1, 0.5f}}, -1, 1, 0);
    }
    assertRange(Quantizer.lastValue(), new float[][] {{-1, 1}}, -1, 1, 0);
  }

  @Test
  @DisplayName("vector 19: a moving average from [0, 0] on")
  void movingAverage_vector19() {
    assertRange(
        Quantizer.movingAverage(0.999, 0, 0),
        new float[][] {{-1, 1}, {0, 0}},
        -0.000999f,
        0.000999f,
        1e-6f);
  }

  @Test
  @DisplayName("vector 20: a moving average, symmetric, wide and narrow")
  void symmetricMovingAverage_vector20() {
    Quantizer symmetric = Quantizer.movingAverage(0.999, 0, 0).symmetric(true);
    float[][] batches = {{-1, 0.5f}, {0, 0}};
    assertRange(symmetric.narrow(false), batches, -0.000999f, 0.000999f * BELOW, 1e-8f);
    assertRange(symmetric.narrow(true), batches, -0.000999f, 0.000999f, 1e-8f);
  }

  /** What the variables hold after some batches, and what is exported. */
  private static void assertRange(
      Quantizer quantizer, float[][] batches, float min, float max, float tolerance) {
    try (RangeInTraining training = new RangeInTraining(quantizer)) {
      // On purpose: nothing is exported from a range that has seen no data.
      if (!quantizer.toString().equals("moving average")) {
        assertThrows(IllegalStateException.class, training::exported);
      }
      for (float[] batch : batches) {
        training.step(batch);
      }
      assertEquals(2, training.variables().size());
      assertArrayEquals(new float[] {min, max}, training.range(), tolerance);
      assertArrayEquals(training.range(), training.exported());
    }
  }
}
