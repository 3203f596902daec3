package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tensorflow.TensorFlow;

class ConverterSymbolsTest {

  @Test
  void unknownVersion_isRefusedWithTheKnownOnes() {
    TfLiteConversionException e =
        assertThrows(TfLiteConversionException.class, () -> ConverterSymbols.of("2.99.0"));
    assertEquals(
        "the converter of TensorFlow 2.99.0 is not known to this release; use one of TensorFlow"
            + " [2.16.2, 2.18.0]",
        e.getMessage());
  }

  @Test
  void knownVersions_differInTheirFlags() {
    assertTrue(ConverterSymbols.of("2.16.2").convert().contains("4toco"));
    assertTrue(ConverterSymbols.of("2.18.0").convert().contains("6tflite"));
  }

  @Test
  void versionInUse_isKnown() {
    assertTrue(ConverterSymbols.of(TensorFlow.version()).newModelFlags().startsWith("_ZN"));
  }

  @Test
  void missingLibrary_isNamed() {
    TfLiteConversionException e =
        assertThrows(
            TfLiteConversionException.class, () -> LoadedLibraries.find("libnothing_of_the_kind"));
    assertTrue(e.getMessage().contains("libnothing_of_the_kind"), e.getMessage());
  }
}
