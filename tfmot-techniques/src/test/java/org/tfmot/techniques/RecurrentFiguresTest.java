package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
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
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Prints size and agreement of recurrent models in each format. */
@Tag("long")
class RecurrentFiguresTest {

  private static final int BATCH = 256;

  enum Network {
    ROWS_LSTM(28, 28, 0, 10, List.of(Layer.of(KerasCell.LSTM, 128, false))),
    FORECASTER(
        48, 4, 0, 1, List.of(Layer.of(KerasCell.GRU, 32, true), Layer.of(KerasCell.GRU, 32, false))),
    TEXT_CLASSIFIER(
        40,
        32,
        2000,
        2,
        List.of(
            new Layer(KerasCell.LSTM, 32, true, true, false),
            new Layer(KerasCell.LSTM, 16, true, false, false)));

    private final int steps;
    private final int features;
    private final int words;
    private final KerasRecurrent model;

    Network(int steps, int features, int words, int classes, List<Layer> layers) {
      this.steps = steps;
      this.features = features;
      this.words = words;
      model = new KerasRecurrent(Style.KERAS_3, steps, features, words, words > 0, layers, classes);
    }

    private Tensor batch() {
      Random random = new Random(3);
      float[] values = new float[BATCH * steps * features];
      int[] texts = new int[BATCH * steps];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      for (int i = 0; i < texts.length; i++) {
        int length = steps / 2 + (i / steps) % (steps / 2);
        texts[i] = i % steps <= length ? 1 + random.nextInt(Math.max(1, words - 1)) : 0;
      }
      return words > 0
          ? TInt32.tensorOf(Shape.of(BATCH, steps), DataBuffers.of(texts))
          : TFloat32.tensorOf(Shape.of(BATCH, steps, features), DataBuffers.of(values));
    }
  }

  @ParameterizedTest
  @EnumSource(Network.class)
  void print(Network network) {
    GraphModel model = network.model.load();
    try (Tensor batch = network.batch()) {
      Map<String, Tensor> samples = Map.of("image", batch);
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
