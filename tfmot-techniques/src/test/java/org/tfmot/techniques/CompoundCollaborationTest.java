package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Zeros and few values of recurrent kernels, of attention's and of embeddings, in the file. */
class CompoundCollaborationTest {

  private static final int CLUSTERS = 6;
  private static final int STEPS = 3;

  /** Each model's weights, and how many operations read them. */
  private static final Map<CompoundModel, int[]> WEIGHTS =
      Map.of(
          CompoundModel.LSTM, new int[] {3, 9},
          CompoundModel.GRU, new int[] {3, 9},
          CompoundModel.ATTENTION, new int[] {4, 4},
          CompoundModel.EINSUM_ATTENTION, new int[] {4, 4},
          CompoundModel.TRANSFORMER_BLOCK, new int[] {4, 4},
          CompoundModel.KERAS_2_BLOCK, new int[] {4, 4},
          CompoundModel.EMBEDDING, new int[] {2, 2});

  private static final Map<String, Technique> TECHNIQUES =
      Map.of(
          "prune", Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, 2, 1)).build(),
          "cluster", Clustering.builder().clusters(CLUSTERS).build(),
          "quantize", QuantizationAwareTraining.create());

  static Stream<Arguments> cases() {
    return WEIGHTS.keySet().stream()
        .sorted()
        .flatMap(
            model ->
                Stream.of(
                        "prune",
                        "cluster",
                        "prune cluster",
                        "prune quantize",
                        "cluster quantize",
                        "prune cluster quantize")
                    .map(order -> Arguments.of(model, order)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void weights_haveTheirZerosAndFewValuesInTheFile(CompoundModel model, String order) {
    Optimized optimized = Optimized.of(model.model());
    for (String name : order.split(" ")) {
      optimized = TECHNIQUES.get(name).apply(optimized);
    }
    assertEveryReaderIsReported(model, optimized);
    Optimized trained = train(model, optimized);
    TfLiteConverter converter = TfLiteConverter.of(trained.strip());
    boolean quantized = order.contains("quantize");
    TfLiteModel file = quantized ? converter.int8().convert() : converter.convert();
    assertEquals(quantized, file.floatOperators().isEmpty());
    List<TfLiteTensor> weights = file.weights();
    assertEquals(WEIGHTS.get(model)[0], weights.size(), weights.toString());
    for (TfLiteTensor weight : weights) {
      if (order.contains("prune")) {
        long kept = (long) Math.rint(weight.elementCount() * 0.5);
        assertTrue(weight.zeroCount() >= weight.elementCount() - kept, weight.toString());
      }
      if (order.contains("cluster")) {
        assertTrue(weight.distinctCount() <= CLUSTERS, weight + ": " + weight.distinctCount());
      }
      assertTrue(weight.distinctCount() > 2, weight + " has lost its values");
    }
  }

  /** A weight that several steps read is in the report with each of them. */
  private static void assertEveryReaderIsReported(CompoundModel model, Optimized optimized) {
    List<Entry> applied = optimized.reports().get(0).applied();
    assertEquals(WEIGHTS.get(model)[1], applied.size(), applied.toString());
  }

  private static Optimized train(CompoundModel model, Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, CompoundModel.BATCH);
        TType input = model.input()) {
      long[] sizes = training.live().output("logits").shape().asArray();
      sizes[0] = CompoundModel.BATCH;
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        try (TFloat32 wanted = TestTraining.random(Shape.of(sizes), step)) {
          assertTrue(Float.isFinite(training.step(step, input, wanted)), "loss at step " + step);
        }
      }
      return training.trained();
    }
  }
}
