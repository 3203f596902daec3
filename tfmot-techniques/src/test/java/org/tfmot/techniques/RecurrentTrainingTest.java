package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Keras's recurrent layers, loaded, pruned and quantized while they are trained on. */
class RecurrentTrainingTest {

  private static final int BATCH = 16;

  @ParameterizedTest
  @EnumSource(KerasCell.class)
  void loadedModel_isPrunedAndQuantizedInTraining_andItsFileAgrees(KerasCell cell) {
    KerasRecurrent keras =
        new KerasRecurrent(Style.KERAS_3, 3, 3, 0, false, List.of(Layer.of(cell, 6, false)), 4);
    Optimized pruned =
        Pruning.builder()
            .schedule(PolynomialDecay.builder().to(0.5).steps(0, 10).frequency(5).build())
            .build()
            .apply(keras.load().withTraining(true));
    Optimized optimized = QuantizationAwareTraining.create().apply(pruned);
    assertEquals(List.of(), optimized.reports().get(1).skipped());

    GraphModel stripped = trained(optimized).strip();
    keras.weights().stream()
        .filter(name -> name.endsWith("kernel"))
        .forEach(name -> assertEquals(0.5, zeros(stripped, name), 0.05, name));

    TfLiteModel file = TfLiteConverter.of(stripped).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    try (TFloat32 image = TestTraining.random(Shape.of(256, 3, 3), 7)) {
      SequenceAgreement agreement = SequenceAgreement.of(stripped, file, Map.of("image", image));
      assertTrue(agreement.withinOneStep() >= 0.99, agreement.toString());
    }
  }

  private static Optimized trained(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, BATCH)) {
      training.begin(0, 30);
      float before = training.loss(0);
      for (int step = 0; step < 30; step++) {
        try (TFloat32 image = training.image(0);
            TFloat32 wanted = TestTraining.random(Shape.of(BATCH, 4), -1)) {
          training.step(step, image, wanted);
        }
      }
      float after = training.loss(0);
      assertTrue(after < before, before + " became " + after);
      return training.trained();
    }
  }

  private static double zeros(GraphModel model, String variable) {
    float[] values = TensorProtos.toFloats(model.variable(variable).value());
    int zeros = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return (double) zeros / values.length;
  }
}
