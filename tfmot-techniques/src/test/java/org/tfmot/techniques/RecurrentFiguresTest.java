package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Prints size and agreement of recurrent models in each format. */
@Tag("long")
class RecurrentFiguresTest {

  private static final int BATCH = 256;

  enum Network {
    ROWS_LSTM(28, 28, 10, List.of(Layer.of(KerasCell.LSTM, 128, false))),
    FORECASTER(
        48, 4, 1, List.of(Layer.of(KerasCell.GRU, 32, true), Layer.of(KerasCell.GRU, 32, false)));

    private final int steps;
    private final int features;
    private final KerasRecurrent model;

    Network(int steps, int features, int classes, List<Layer> layers) {
      this.steps = steps;
      this.features = features;
      model = new KerasRecurrent(Style.KERAS_3, steps, features, 0, false, layers, classes);
    }

    private TFloat32 batch() {
      return TestTraining.random(Shape.of(BATCH, steps, features), 3);
    }
  }

  @ParameterizedTest
  @EnumSource(Network.class)
  void print(Network network) {
    GraphModel model = network.model.load();
    try (TFloat32 batch = network.batch()) {
      Map<String, TFloat32> samples = Map.of("image", batch);
      GraphModel quantized =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(samples)).model();
      TfLiteModel int8 = TfLiteConverter.of(quantized).int8().convert();
      SequenceAgreement simulation = SequenceAgreement.of(quantized, int8, samples);
      System.out.printf("%s: simulation %s%n", network, simulation);
      System.out.printf("%s: float %s%n", network, SequenceAgreement.of(model, int8, samples));
      System.out.printf(
          "%s: bytes float %d, dynamic range %d, int8 %d%n",
          network,
          TfLiteConverter.of(model).convert().size(),
          TfLiteConverter.of(model).dynamicRange().convert().size(),
          int8.size());
      assertTrue(simulation.deviation() <= 0.05, simulation.toString());
    }
  }
}
