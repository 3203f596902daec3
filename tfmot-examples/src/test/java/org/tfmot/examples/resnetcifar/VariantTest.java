package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

class VariantTest {

  private static final Recipe RECIPE = new Recipe(10, 0.01);

  @Test
  void of_bringsWhatItIsMadeFrom_inOrder() {
    assertEquals(
        List.of(
            Variant.FLOAT,
            Variant.PRUNED_75,
            Variant.CLUSTERED_32,
            Variant.PRUNED_75_CLUSTERED_16,
            Variant.PRUNED_75_CLUSTERED_16_QAT_INT8),
        Variant.of(List.of("pruned-75-clustered-16-qat-int8", "clustered-32")));
  }

  @Test
  void of_anUnknownName_saysWhichThereAre() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Variant.of(List.of("pruned-99")))
            .getMessage();
    assertTrue(message.contains("\"pruned-99\"") && message.contains("pruned-75"), message);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void invariants_thatAreBroken_areNamed() {
    TfLiteModel dense = TfLiteConverter.of(TinyResNet.model()).convert();
    Map<Variant, TfLiteModel> files = new EnumMap<>(Variant.class);
    for (Variant variant : Variant.values()) {
      files.put(variant, dense);
    }
    assertEquals(List.of(), Invariants.broken(Variant.QAT_INT8, files));
    assertEquals(List.of(), Invariants.broken(Variant.PRUNED_75_QAT_INT8, files));
    String clusters = String.join(" ", Invariants.broken(Variant.CLUSTERED_16, files));
    assertTrue(clusters.startsWith("a channel of clustered-16.tflite has "), clusters);
    assertEquals(
        List.of("pruned-2-by-4.tflite has not 2 zeros in every 4 weights"),
        Invariants.broken(Variant.PRUNED_2_BY_4, files));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void int16x8_hasActivationsOf16BitsAndWeightsOf8() {
    assertEquals(List.of(Variant.FLOAT, Variant.PTQ_INT16X8), Variant.of(List.of("ptq-int16x8")));
    TfLiteModel wide = postTraining(Variant.PTQ_INT16X8);
    assertEquals(
        Set.of(TensorType.FLOAT32, TensorType.INT16),
        wide.tensors().stream()
            .filter(tensor -> !tensor.isConstant())
            .map(TfLiteTensor::type)
            .collect(Collectors.toSet()));
    wide.weights().forEach(weights -> assertEquals(TensorType.INT8, weights.type()));
    TfLiteModel narrow = postTraining(Variant.PTQ_INT8);
    assertTrue(narrow.tensors().stream().noneMatch(t -> t.type() == TensorType.INT16));
  }

  private static TfLiteModel postTraining(Variant variant) {
    try (CalibrationImages samples = new CalibrationImages(TinyResNet.images(20))) {
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(variant.activationBits())
              .build()
              .calibrate(TinyResNet.model(), samples);
      return VariantModels.integer(variant, calibrated.model(), List.of(calibrated.report()));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void clustered_keepsItsInvariant() {
    Map<Variant, TfLiteModel> files = new EnumMap<>(Variant.class);
    Optimized clustered =
        VariantModels.apply(Variant.CLUSTERED_16, Optimized.of(TinyResNet.model()), RECIPE);
    files.put(Variant.CLUSTERED_16, TfLiteConverter.of(clustered.strip()).convert());
    assertEquals(List.of(), Invariants.broken(Variant.CLUSTERED_16, files));
    assertTrue(Invariants.mostValues(files.get(Variant.CLUSTERED_16)) > 2);
  }
}
