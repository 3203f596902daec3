package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.MaskForms.Form;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Masks cost no precision, wherever they stand before a softmax. TensorFlow is the oracle. */
class MaskFormsTest {

  /** Of outputs up to 1. */
  private static final float BOUND = 0.05f;

  /** Of the file and the simulation: some steps of the output's 2 / 255. */
  private static final float STEPS = 0.025f;

  static Stream<Form> forms() {
    return MaskForms.all().stream();
  }

  private static Map<String, Tensor> feeds(float factor) {
    float[] mask = new float[MaskForms.BATCH * MaskForms.SIZE];
    Arrays.fill(mask, 1);
    mask[3] = mask[6] = mask[7] = mask[13] = 0;
    int count = MaskForms.BATCH * MaskForms.HEADS * MaskForms.SIZE * MaskForms.DEPTH;
    Shape shape = Shape.of(MaskForms.BATCH, MaskForms.HEADS, MaskForms.SIZE, MaskForms.DEPTH);
    Map<String, Tensor> feeds = new LinkedHashMap<>();
    feeds.put("q", tensor(shape, MaskForms.waves(count, 1, 2 * factor)));
    feeds.put("k", tensor(shape, MaskForms.waves(count, 7, 1)));
    feeds.put("mask", tensor(Shape.of(MaskForms.BATCH, MaskForms.SIZE), mask));
    return feeds;
  }

  private static TFloat32 tensor(Shape shape, float[] values) {
    return TFloat32.tensorOf(shape, DataBuffers.of(values));
  }

  private static float[] run(GraphModel model, Map<String, Tensor> feeds) {
    try (LiveModel live = model.open();
        Result result = live.run(feeds)) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static float[] run(TfLiteModel file, Map<String, Tensor> feeds) {
    Map<String, float[]> values = new LinkedHashMap<>();
    feeds.forEach(
        (name, tensor) -> values.put(name, TensorProtos.toFloats(TensorProtos.of(tensor))));
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.run(values, MaskForms.BATCH).get("logits");
    }
  }

  private static void close(Map<String, Tensor> feeds) {
    feeds.values().forEach(Tensor::close);
  }

  private static GraphModel calibrated(GraphModel model, Map<String, Tensor> feeds, int bits) {
    return PostTrainingQuantization.builder()
        .activationBits(bits)
        .build()
        .calibrate(model, List.of(feeds))
        .model();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void calibrated_answersAsFloat_inInt8(Form form) {
    GraphModel model = MaskForms.model(form);
    Map<String, Tensor> feeds = feeds(1);
    GraphModel quantized = calibrated(model, feeds, 8);
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertArrayEquals(run(model, feeds), run(quantized, feeds), BOUND);
    assertArrayEquals(run(quantized, feeds), run(file, feeds), STEPS);
    close(feeds);
  }

  /** Whatever the scores are, those that are masked have no share. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void maskedPositions_haveNoShare_atInputsBeyondTheCalibrated(Form form) {
    GraphModel model = MaskForms.shares(form);
    for (int bits : List.of(8, 16)) {
      Map<String, Tensor> calibration = feeds(1);
      GraphModel quantized = calibrated(model, calibration, bits);
      close(calibration);
      for (float factor : new float[] {-1.5f, 0.01f, 1.5f, 3}) {
        Map<String, Tensor> feeds = feeds(factor);
        float[] exact = run(model, feeds);
        float[] simulated = run(quantized, feeds);
        close(feeds);
        int masked = 0;
        for (int i = 0; i < exact.length; i++) {
          if (exact[i] < 1e-20) {
            masked++;
            assertEquals(0, simulated[i], "share %d, inputs %s times".formatted(i, factor));
          }
        }
        assertTrue(masked > MaskForms.SIZE, masked + " masked");
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void calibrated_answersAsFloat_in16Bits(Form form) {
    GraphModel model = MaskForms.model(form);
    Map<String, Tensor> feeds = feeds(1);
    Calibrated calibrated =
        PostTrainingQuantization.builder()
            .activationBits(16)
            .build()
            .calibrate(model, List.of(feeds));
    float[] exact = run(model, feeds);
    assertArrayEquals(exact, run(calibrated.model(), feeds), 0.004f);
    // Comparisons have no 16-bit form.
    List<String> inFloat =
        calibrated.report().skipped().stream().map(OptimizationReport.Entry::operation).toList();
    TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).allowFloat(inFloat);
    assertArrayEquals(exact, run(converter.int16x8().convert(), feeds), 0.004f);
    close(feeds);
  }

  /** Float adds scores to -1e9 and has -1e9: equal shares. Other rows keep their precision. */
  @Test
  void whollyMaskedRows_haveEqualShares_andLeaveOthersTheirs() {
    Form form = forms().findFirst().orElseThrow();
    Map<String, Tensor> feeds = feeds(1);
    feeds.remove("mask").close();
    float[] mask = new float[MaskForms.BATCH * MaskForms.SIZE];
    Arrays.fill(mask, 0, 5, 1);
    feeds.put("mask", tensor(Shape.of(MaskForms.BATCH, MaskForms.SIZE), mask));
    GraphModel model = MaskForms.model(form);
    float[] exact = run(model, feeds);
    for (int bits : List.of(8, 16)) {
      GraphModel quantized = calibrated(model, feeds, bits);
      assertArrayEquals(exact, run(quantized, feeds), bits == 8 ? BOUND : 0.004f);
    }
    TfLiteModel file = TfLiteConverter.of(calibrated(model, feeds, 8)).int8().convert();
    assertArrayEquals(exact, run(file, feeds), BOUND);
    GraphModel training =
        QuantizationAwareTraining.create().apply(model.withTraining(true)).model();
    assertArrayEquals(exact, run(training, feeds), BOUND);
    close(feeds);
  }

  /** As of an example that is nothing but padding. */
  @Test
  void whollyMaskedSamples_haveEqualShares() {
    for (Form form : forms().filter(each -> each.name().contains("lowest float")).toList()) {
      GraphModel model = MaskForms.model(form);
      Map<String, Tensor> feeds = feeds(1);
      feeds.remove("mask").close();
      feeds.put("mask", tensor(Shape.of(MaskForms.BATCH, MaskForms.SIZE), new float[16]));
      float[] exact = run(model, feeds);
      GraphModel narrow = calibrated(model, feeds, 8);
      assertArrayEquals(exact, run(narrow, feeds), BOUND);
      assertArrayEquals(exact, run(TfLiteConverter.of(narrow).int8().convert(), feeds), BOUND);
      GraphModel wide = calibrated(model, feeds, 16);
      assertArrayEquals(exact, run(wide, feeds), 0.004f);
      assertArrayEquals(exact, run(TfLiteConverter.of(wide).int16x8().convert(), feeds), 0.004f);
      close(feeds);
    }
  }

  @Tag("long")
  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void trained_answersAsFloat_inInt8(Form form) {
    GraphModel model = MaskForms.model(form).withTraining(true);
    Map<String, Tensor> feeds = feeds(1);
    GraphModel quantized =
        IntegerModels.trainedOnce(QuantizationAwareTraining.create().apply(model), feeds);
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertArrayEquals(run(model, feeds), run(quantized, feeds), BOUND);
    assertArrayEquals(run(quantized, feeds), run(file, feeds), STEPS);
    close(feeds);
  }

  /** While training goes on, the graph answers as float, too. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void inTraining_answersAsFloat(Form form) {
    GraphModel model = MaskForms.model(form).withTraining(true);
    Map<String, Tensor> feeds = feeds(1);
    GraphModel training = QuantizationAwareTraining.create().apply(model).model();
    assertArrayEquals(run(model, feeds), run(training, feeds), BOUND);
    close(feeds);
  }
}
