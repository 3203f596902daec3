package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Keras's recurrent models as TensorFlow Lite files. */
class RecurrentConversionTest {

  private static final int BATCH = 256;

  /** Sequences of words, padded with the word 0 behind their ends. */
  private static TInt32 texts(int steps, int words) {
    Random random = new Random(3);
    int[] values = new int[BATCH * steps];
    for (int i = 0; i < values.length; i++) {
      int length = steps / 2 + (i / steps) % (steps / 2);
      values[i] = i % steps <= length ? 1 + random.nextInt(words - 1) : 0;
    }
    return TInt32.tensorOf(Shape.of(BATCH, steps), DataBuffers.of(values));
  }

  private static GraphModel calibrated(GraphModel model, Tensor batch) {
    return PostTrainingQuantization.builder()
        .build()
        .calibrate(model, List.of(Map.of("image", batch)))
        .model();
  }

  @Test
  void maskedTextClassifier_convertsToFloat() {
    Layer first = new Layer(KerasCell.LSTM, 8, true, true, false);
    Layer second = new Layer(KerasCell.LSTM, 8, true, false, false);
    GraphModel model =
        new KerasRecurrent(Style.KERAS_3, 10, 8, 200, true, List.of(first, second), 2).load();
    try (TInt32 batch = texts(10, 200)) {
      TfLiteModel file = TfLiteConverter.of(model).convert();
      SequenceAgreement exact = SequenceAgreement.of(model, file, Map.of("image", batch));
      assertEquals(0, exact.deviation(), 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void zeroStatesOfAnOpenBatch_leaveXnnPackTheFile(Style style, KerasCell cell) {
    Layer first = new Layer(cell, 4, true, true, false);
    Layer second = new Layer(cell, 3, true, false, false);
    for (boolean masked : new boolean[] {false, true}) {
      GraphModel model =
          new KerasRecurrent(style, 3, 3, masked ? 9 : 0, masked, List.of(first, second), 2).load();
      TfLiteModel file = TfLiteConverter.of(model).convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        assertEquals(Optional.empty(), interpreter.delegateRefusal());
        List<String> own = interpreter.undelegatedOperators();
        for (String operator : List.of("SHAPE", "FILL", "STRIDED_SLICE", "REVERSE_V2")) {
          assertFalse(own.contains(operator) && !masked, own.toString());
        }
      }
    }
  }

  static List<Arguments> kinds() {
    List<Arguments> kinds = new ArrayList<>();
    for (Style style : Style.values()) {
      for (KerasCell cell : KerasCell.values()) {
        kinds.add(Arguments.of(style, cell));
      }
    }
    return kinds;
  }

  @Test
  void forecaster_convertsAndIsAsSimulated_withGatesSplitByXnnPack() {
    Layer first = Layer.of(KerasCell.GRU, 16, true);
    Layer second = Layer.of(KerasCell.GRU, 16, false);
    GraphModel model =
        new KerasRecurrent(Style.KERAS_2, 16, 4, 0, false, List.of(first, second), 1).load();
    try (TFloat32 batch = TestTraining.random(Shape.of(BATCH, 16, 4), 3)) {
      GraphModel quantized = calibrated(model, batch);
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      SequenceAgreement int8 = SequenceAgreement.of(quantized, file, Map.of("image", batch));
      assertTrue(int8.withinOneStep() >= 0.99, int8.toString());
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        assertEquals(List.of("UNPACK"), interpreter.undelegatedOperators());
      }
    }
  }

  @Test
  void loopOfAnOpenNumberOfSteps_isRefusedByNameWithWhatToFix() {
    GraphModel open =
        new KerasRecurrent(
                Style.KERAS_3, 4, 3, 0, false, List.of(Layer.of(KerasCell.LSTM, 5, false)), 2)
            .withOpenSteps()
            .load();
    String loop = open.loops().keySet().iterator().next();
    TfLiteConverter converter = TfLiteConverter.of(open);
    String message = assertThrows(TfLiteConversionException.class, converter::convert).getMessage();
    assertTrue(message.startsWith("the loop \"" + loop + "\" stays"), message);
    assertTrue(message.contains("\"image\"") && message.contains("withInputShape"), message);
    assertFalse(
        message.matches("(?s).*(converter\\.|tf\\.lite|SELECT_TF|_experimental).*"), message);
    GraphModel fixed = open.withInputShape("image", Shape.of(-1, 4, 3));
    assertTrue(TfLiteConverter.of(fixed).convert().size() > 0);
  }
}
