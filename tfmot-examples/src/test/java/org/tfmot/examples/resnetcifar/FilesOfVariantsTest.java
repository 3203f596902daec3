package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.examples.report.LayerSummary;
import org.tfmot.examples.report.VariantResult.Latency;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** What is read out of, and timed on, the files of several variants. */
@EnabledOnOs(OS.LINUX)
class FilesOfVariantsTest {

  private static final String LAYER = "stage1/block1/conv1";

  private final GraphModel dense = TinyResNet.model();
  private final GraphModel pruned = withZeros(dense);

  @Test
  void lostZeros_areCountedWeightByWeight() {
    TfLiteModel before = TfLiteConverter.of(pruned).convert();
    assertEquals(0, LostZeros.count(before, before));
    assertEquals(0, LostZeros.count(before, integer(pruned)));
    TfLiteModel after = TfLiteConverter.of(dense).convert();
    assertEquals(3 * 3 * 16 * 16 / 2, LostZeros.count(before, after));
  }

  @Test
  void lostZeros_ofAnotherArchitecture_isRefused() {
    TfLiteModel file = TfLiteConverter.of(dense).convert();
    GraphModel deeper = CifarResNet.build(14, 10, TinyResNet.NORMALIZATION, 1);
    TfLiteModel other = TfLiteConverter.of(deeper).convert();
    assertThrows(IllegalArgumentException.class, () -> LostZeros.count(file, other));
  }

  @Test
  void layers_haveTheNamesOfTheModelAndTheWeightsOfTheFile() {
    Layers layers = new Layers(dense);
    LayerSummary whole = find(layers.summaries("float", TfLiteConverter.of(pruned).convert()));
    LayerSummary integer = find(layers.summaries("int8", integer(pruned)));
    assertEquals(List.of(16, 3, 3, 16), whole.shape());
    assertEquals(0.5, whole.sparsity(), 1e-9);
    assertTrue(integer.sparsity() >= 0.5);
    // 255 values for each of 16 channels.
    assertTrue(integer.distinctValues() <= 255 * 16, integer.distinctValues() + " values");
    double largest = whole.binEdges().get(whole.binEdges().size() - 1);
    assertEquals(largest, integer.binEdges().get(integer.binEdges().size() - 1), 0.2 * largest);
  }

  @Test
  void latencies_areOfAllModels() {
    Map<String, TfLiteModel> models = new LinkedHashMap<>();
    models.put("float", TfLiteConverter.of(dense).convert());
    models.put("int8", integer(dense));
    Map<String, Latency> latencies = new Latencies(7).measure(models, 1);
    assertEquals(List.of("float", "int8"), List.copyOf(latencies.keySet()));
    latencies
        .values()
        .forEach(
            latency -> {
              assertTrue(latency.p10Micros() > 0);
              assertTrue(latency.medianMicros() <= latency.p90Micros());
            });
  }

  private static LayerSummary find(List<LayerSummary> layers) {
    return layers.stream().filter(layer -> layer.tensor().equals(LAYER)).findFirst().orElseThrow();
  }

  private static TfLiteModel integer(GraphModel model) {
    try (CalibrationImages samples = new CalibrationImages(TinyResNet.images(20))) {
      return TfLiteConverter.of(
              PostTrainingQuantization.builder().build().calibrate(model, samples).model())
          .int8()
          .convert();
    }
  }

  /** Every second weight of one layer is zero. */
  private static GraphModel withZeros(GraphModel model) {
    Variable kernel = model.variable(LAYER + "/kernel");
    float[] values = TensorProtos.toFloats(kernel.value());
    for (int i = 0; i < values.length; i += 2) {
      values[i] = 0;
    }
    TensorProto zeros = TensorProtos.floats(kernel.shape(), values);
    return model.withValues(Map.of(kernel.name(), zeros));
  }
}
