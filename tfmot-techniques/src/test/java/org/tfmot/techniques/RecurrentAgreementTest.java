package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
import org.tfmot.techniques.tflite.RoundingDifferences;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** The int8 file of a recurrent model computes in every step what the simulation computes. */
class RecurrentAgreementTest {

  private static final int BATCH = 48;
  private static final int STEPS = 4;

  @ParameterizedTest
  @EnumSource(KerasCell.class)
  void bidirectionalSequences_areAsSimulated(KerasCell cell) {
    try (TFloat32 batch = TestTraining.random(Shape.of(BATCH, STEPS, 4), 3)) {
      assertAgree(model(Style.KERAS_3, cell, false, true), batch);
    }
  }

  @ParameterizedTest
  @EnumSource(KerasCell.class)
  void maskedSequencesOfWords_areAsSimulated(KerasCell cell) {
    int[] words = new int[BATCH * STEPS];
    Random random = new Random(3);
    for (int i = 0; i < words.length; i++) {
      words[i] = i % STEPS <= 1 + i / STEPS % STEPS ? 1 + random.nextInt(49) : 0;
    }
    try (TInt32 batch = TInt32.tensorOf(Shape.of(BATCH, STEPS), DataBuffers.of(words))) {
      assertAgree(model(Style.KERAS_2, cell, true, false), batch);
    }
  }

  private static GraphModel model(
      Style style, KerasCell cell, boolean masked, boolean bidirectional) {
    Layer first = new Layer(cell, 5, bidirectional, true, false);
    Layer second = new Layer(cell, 5, bidirectional, false, false);
    return new KerasRecurrent(style, STEPS, 4, masked ? 50 : 0, masked, List.of(first, second), 3)
        .load();
  }

  private static void assertAgree(GraphModel model, Tensor batch) {
    Map<String, Tensor> samples = Map.of("image", batch);
    GraphModel quantized =
        PostTrainingQuantization.builder().build().calibrate(model, List.of(samples)).model();
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    SequenceAgreement agreement = SequenceAgreement.of(quantized, file, samples);
    assertTrue(agreement.withinOneStep() >= 0.99, agreement.toString());
    assertRounds(quantized, file, samples, true, 1e-3);
    // The runtime's own products round twice, to steps of 2^-5 or finer first.
    assertRounds(quantized, file, samples, false, 0.02);
  }

  private static void assertRounds(
      GraphModel quantized,
      TfLiteModel file,
      Map<String, Tensor> samples,
      boolean delegated,
      double share) {
    RoundingDifferences rounding = RoundingDifferences.of(quantized, file, samples, delegated);
    assertTrue(rounding.compared() > 8 * STEPS, rounding.toString());
    assertTrue(rounding.worst() <= 1, rounding.toString());
    assertTrue(rounding.largest() <= share, rounding.toString());
  }
}
