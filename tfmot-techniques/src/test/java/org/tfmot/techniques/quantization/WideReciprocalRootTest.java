package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Warning;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/** Reciprocal roots of 16 bits, for which the runtime has a table of 256 positive values. */
class WideReciprocalRootTest {

  private static final int COUNT = 200;

  private static GraphModel model() {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, COUNT)));
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.withName("root").math.rsqrt(x))
              .inference()
              .build();
        });
  }

  /** Values from the smallest to the largest, each the same multiple of the one before. */
  private static float[] values(double smallest, double largest) {
    return Values.of(COUNT, i -> smallest * Math.pow(largest / smallest, i / (double) (COUNT - 1)));
  }

  private static Calibrated calibrated(float[] values) {
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(1, COUNT), DataBuffers.of(values))) {
      return PostTrainingQuantization.builder()
          .activationBits(16)
          .build()
          .calibrate(model(), List.of(Map.of("x", x)));
    }
  }

  /**
   * With {@code n} entries below an input a line is beside the curve by 3 / (64 n^2), of which 4.5
   * entries leave 0.23 %; the smallest input lies between two entries.
   */
  @Test
  void smallestInputs_areNotCutOffBetweenTwoEntries() {
    for (double largest = 24; largest < 29; largest += 0.5) {
      float[] values = values(0.5, largest);
      Calibrated calibrated = calibrated(values);
      assertEquals(List.of(), calibrated.report().warnings());
      try (TfLiteInterpreter interpreter =
          TfLiteInterpreter.open(TfLiteConverter.of(calibrated.model()).int16x8().convert())) {
        float[] got = interpreter.run(values, 1);
        for (int i = 0; i < COUNT; i++) {
          double expected = 1 / Math.sqrt(values[i]);
          assertEquals(1, got[i] / expected, 0.005, values[i] + " of " + largest);
        }
      }
    }
  }

  @Test
  void inputsTooFarFromEachOther_areWarnedAbout() {
    List<Warning> warnings = calibrated(values(0.01, 20)).report().warnings();
    assertTrue(
        warnings.stream()
            .anyMatch(
                warning ->
                    warning.toString().contains("root")
                        && warning.toString().contains("more than 5 %")),
        warnings.toString());
  }
}
