package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** With which ranges a model in training answers once it is made for inference. */
class InferenceRangesTest {

  static Stream<Quantizer> quantizers() {
    return Stream.of(
        Quantizer.movingAverage(0.9),
        Quantizer.lastValue(),
        Quantizer.allValues(),
        Quantizer.of(new AllValues()));
  }

  private static Optimized quantized(Quantizer activations) {
    return QuantizationAwareTraining.builder()
        .layer(LayerSelector.layers(), LayerQuantization.ofActivations(activations))
        .build()
        .apply(TestLayers.residual(Kind.RESOURCE));
  }

  @ParameterizedTest
  @MethodSource("quantizers")
  void answerToAnImage_doesNotDependOnTheOthersOfItsBatch(
      Quantizer activations, @TempDir Path folder) {
    try (TestTraining training = new TestTraining(quantized(activations), 8)) {
      for (int step = 0; step < 5; step++) {
        training.step(step);
      }
      GraphModel inference = training.trained().model().toInference();
      float[] image = Values.of(192, Math::sin);
      float[] both = Arrays.copyOf(image, 384);
      Arrays.fill(both, 192, 384, 1000);
      float[] alone = run(inference, 1, image);
      float[] beside = run(inference, 2, both);
      assertArrayEquals(alone, Arrays.copyOf(beside, alone.length), 1e-6f);
      float[] exported = run(training.trained().strip(), 1, image);
      float error = Values.distance(exported, alone) / Values.largest(exported);
      assertTrue(error < 0.05, "from the exported graph: " + error);
      training.trained().model().save(folder.resolve("saved"));
      GraphModel loaded = GraphModel.load(folder.resolve("saved")).toInference();
      assertArrayEquals(alone, run(loaded, 1, image));
    }
  }

  @Test
  void modelThatHasSeenNothing_answersWithTheBatchsRanges() {
    for (Quantizer activations : quantizers().toList()) {
      GraphModel inference = quantized(activations).model().toInference();
      float[] image = Values.of(192, Math::sin);
      float[] plain = run(TestLayers.residual(Kind.RESOURCE).toInference(), 1, image);
      float[] answer = run(inference, 1, image);
      float error = Values.distance(plain, answer) / Values.largest(plain);
      assertTrue(error < 0.1, activations + ": " + error);
    }
  }

  private static float[] run(GraphModel model, int images, float[] values) {
    try (TFloat32 fed = TFloat32.tensorOf(Shape.of(images, 8, 8, 3), DataBuffers.of(values))) {
      return TestTraining.run(model, fed);
    }
  }
}
