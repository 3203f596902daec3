package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasRecurrent;
import org.tfmot.techniques.testing.KerasRecurrent.Layer;
import org.tfmot.techniques.testing.KerasRecurrent.Style;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.FusedLstm;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Prints agreement, size and latency of recurrent models. */
@Tag("long")
class RecurrentFiguresTest {

  private static final int BATCH = 256;
  private static final int WORDS = 200;
  private static final int ROUNDS = 7;

  enum Form {
    STACK(10, 4, false, false),
    BIDIRECTIONAL(10, 4, false, true),
    MASKED(10, 8, true, false),
    MASKED_BIDIRECTIONAL(10, 8, true, true),
    LONG_STACK(48, 4, false, false);

    private final int steps;
    private final int features;
    private final boolean masked;
    private final boolean bidirectional;

    Form(int steps, int features, boolean masked, boolean bidirectional) {
      this.steps = steps;
      this.features = features;
      this.masked = masked;
      this.bidirectional = bidirectional;
    }

    private GraphModel model(KerasCell cell) {
      Layer first = new Layer(cell, 16, bidirectional, true, false);
      Layer second = new Layer(cell, 16, bidirectional, false, false);
      return new KerasRecurrent(
              Style.KERAS_3, steps, features, masked ? WORDS : 0, masked, List.of(first, second), 4)
          .load();
    }

    private Tensor batch() {
      if (!masked) {
        return TestTraining.random(Shape.of(BATCH, steps, features), 3);
      }
      Random random = new Random(3);
      int[] words = new int[BATCH * steps];
      for (int i = 0; i < words.length; i++) {
        int length = steps / 2 + (i / steps) % (steps / 2);
        words[i] = i % steps <= length ? 1 + random.nextInt(WORDS - 1) : 0;
      }
      return TInt32.tensorOf(Shape.of(BATCH, steps), DataBuffers.of(words));
    }
  }

  static List<Object[]> forms() {
    List<Object[]> forms = new ArrayList<>();
    for (Form form : Form.values()) {
      for (KerasCell cell : KerasCell.values()) {
        forms.add(new Object[] {form, cell});
      }
    }
    return forms;
  }

  @ParameterizedTest
  @MethodSource("forms")
  void agreement(Form form, KerasCell cell) {
    try (Tensor batch = form.batch()) {
      Map<String, Tensor> samples = Map.of("image", batch);
      GraphModel quantized = calibrated(form.model(cell), samples);
      TfLiteModel int8 = TfLiteConverter.of(quantized).int8().convert();
      SequenceAgreement delegated = SequenceAgreement.of(quantized, int8, samples);
      SequenceAgreement own = SequenceAgreement.withoutXnnPack(quantized, int8, samples);
      print("%s of %s, XNNPACK: %s", form, cell, delegated);
      print("%s of %s, own kernels: %s", form, cell, own);
      assertTrue(delegated.withinOneStep() >= 0.99, delegated.toString());
      assertTrue(own.deviation() <= 0.05, own.toString());
    }
  }

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
  }

  @ParameterizedTest
  @EnumSource(Network.class)
  void sizeAndLatency(Network network) {
    GraphModel model = network.model.load();
    try (Tensor batch = TestTraining.random(Shape.of(BATCH, network.steps, network.features), 3)) {
      Map<String, Tensor> samples = Map.of("image", batch);
      GraphModel quantized = calibrated(model, samples);
      TfLiteModel int8 = TfLiteConverter.of(quantized).int8().convert();
      SequenceAgreement simulation = SequenceAgreement.of(quantized, int8, samples);
      print("%s: simulation %s", network, simulation);
      print(
          "%s: deviation from float %.4f",
          network, SequenceAgreement.of(model, int8, samples).deviation());
      List<TfLiteModel> files =
          List.of(
              TfLiteConverter.of(model).convert(),
              TfLiteConverter.of(model).dynamicRange().convert(),
              int8);
      print(
          "%s: bytes float %d, dynamic range %d, int8 %d",
          network, files.get(0).size(), files.get(1).size(), files.get(2).size());
      print("%s: us float, dynamic range, int8 %s", network, latencies(files));
      assertTrue(simulation.deviation() <= 0.05, simulation.toString());
    }
  }

  /** The move of the output if one step's input differs by one step of its quantizer. */
  @Test
  void growthOfADifference() {
    Network network = Network.FORECASTER;
    Shape shape = Shape.of(BATCH, network.steps, network.features);
    try (TFloat32 batch = TestTraining.random(shape, 3)) {
      GraphModel quantized = calibrated(network.model.load(), Map.of("image", batch));
      float[] values = TensorProtos.toFloats(TensorProtos.of(batch));
      float[] sorted = values.clone();
      Arrays.sort(sorted);
      float step = (sorted[sorted.length - 1] - sorted[0]) / 255;
      float[] expected = run(quantized, shape, values);
      for (int t : new int[] {0, network.steps / 2, network.steps - 1}) {
        float[] other = values.clone();
        for (int example = 0; example < BATCH; example++) {
          int at = (example * network.steps + t) * network.features;
          other[at] += other[at] > 0 ? -step : step;
        }
        SequenceAgreement moved =
            SequenceAgreement.compare(expected, run(quantized, shape, other), BATCH);
        print("one step at time %d: %s", t, moved);
        assertTrue(moved.deviation() <= 0.05, moved.toString());
      }
    }
  }

  private static float[] run(GraphModel model, Shape shape, float[] values) {
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(values));
        LiveModel live = model.open();
        Result result = live.run(Map.of("image", input))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  /** The layer of {@link Network#ROWS_LSTM} by TensorFlow Lite's own operator for a sequence. */
  @Test
  void latencyOfFusedLstm() {
    List<TfLiteModel> files =
        List.of(FusedLstm.file(28, 28, 128, false), FusedLstm.file(28, 28, 128, true));
    print("fused LSTM: us float, int8 weights %s", latencies(files));
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(files.get(0))) {
      assertEquals(List.of("UNIDIRECTIONAL_SEQUENCE_LSTM"), interpreter.undelegatedOperators());
    }
  }

  /** The medians of rounds in which one file runs after the other, on one thread. */
  private static List<String> latencies(List<TfLiteModel> files) {
    double[][] micros = new double[files.size()][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < files.size(); i++) {
        try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(files.get(i))) {
          micros[i][round] = interpreter.benchmark(50, 300).medianMicros();
        }
      }
    }
    List<String> medians = new ArrayList<>();
    for (double[] each : micros) {
      Arrays.sort(each);
      medians.add(String.format(Locale.ROOT, "%.0f", each[ROUNDS / 2]));
    }
    return medians;
  }

  private static GraphModel calibrated(GraphModel model, Map<String, Tensor> samples) {
    return PostTrainingQuantization.builder().build().calibrate(model, List.of(samples)).model();
  }

  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
