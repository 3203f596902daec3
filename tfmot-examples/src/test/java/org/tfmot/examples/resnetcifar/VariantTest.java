package org.tfmot.examples.resnetcifar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

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
        List.of("pruned-2-in-4.tflite has not 2 zeros in every 4 weights"),
        Invariants.broken(Variant.PRUNED_2_IN_4, files));
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
