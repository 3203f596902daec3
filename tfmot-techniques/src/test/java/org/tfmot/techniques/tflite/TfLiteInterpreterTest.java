package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.LatencyProfile.OperatorTime;

class TfLiteInterpreterTest {
  private static SampleGraph floatGraph;
  private static SampleGraph quantizedGraph;
  private static TfLiteModel floatModel;
  private static TfLiteModel int8Model;

  @BeforeAll
  static void convert() {
    floatGraph = SampleGraph.small(false);
    quantizedGraph = SampleGraph.small(true);
    floatModel = floatGraph.converter().convert();
    int8Model = quantizedGraph.converter().int8().convert();
  }

  @Test
  void names_areThoseOfTheSignature() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel)) {
      assertEquals(List.of("image"), interpreter.inputNames());
      assertEquals(List.of("logits"), interpreter.outputNames());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void xnnPack_runsTheWholeModel_atAnyBatch(int threads) {
    SampleGraph large = SampleGraph.resNet20(false);
    List<TfLiteModel> models =
        List.of(
            floatModel,
            int8Model,
            large.converter().convert(),
            large.converter().float16().convert(),
            large.converter().dynamicRange().convert(),
            SampleGraph.resNet20(true).converter().int8().convert());
    for (TfLiteModel model : models) {
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model, threads)) {
        assertEquals(1, interpreter.delegateKernels());
        assertEquals(List.of(), interpreter.undelegatedOperators());
        int side = model.operators().size() > 20 ? 32 : 8;
        interpreter.run(new float[4 * side * side * 3], 4);
        assertEquals(1, interpreter.delegateKernels());
        assertEquals(List.of(), interpreter.undelegatedOperators());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void batches_answerAsSingleExamplesDo(boolean int8) {
    float[] images = floatGraph.images(7, 11);
    int length = images.length / 7;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(int8 ? int8Model : floatModel)) {
      float[] together = interpreter.run(images, 7);
      assertEquals(70, together.length);
      for (int i = 0; i < 7; i++) {
        float[] one = interpreter.run(Arrays.copyOfRange(images, i * length, (i + 1) * length), 1);
        assertArrayEquals(Arrays.copyOfRange(together, 10 * i, 10 * (i + 1)), one, 1e-6f);
      }
    }
  }

  @Test
  void threads_doNotChangeIntegerResults() {
    float[] images = floatGraph.images(5, 3);
    try (TfLiteInterpreter one = TfLiteInterpreter.open(int8Model, 1);
        TfLiteInterpreter two = TfLiteInterpreter.open(int8Model, 2)) {
      assertEquals(2, two.threads());
      assertArrayEquals(one.run(images, 5), two.run(images, 5));
    }
  }

  @Test
  void namedRun_answersAsThePlainOne() {
    float[] images = floatGraph.images(2, 3);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel)) {
      Map<String, float[]> results = interpreter.run(Map.of("image", images), 2);
      assertEquals(List.of("logits"), List.copyOf(results.keySet()));
      assertArrayEquals(interpreter.run(images, 2), results.get("logits"));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> interpreter.run(Map.of("picture", images), 2));
      assertTrue(e.getMessage().contains("[image], not [picture]"), e.getMessage());
    }
  }

  @Test
  void rawRun_ofAnInt8Model_isTheQuantizedOne() {
    TfLiteModel model =
        quantizedGraph
            .converter()
            .int8()
            .inputType(TensorType.INT8)
            .outputType(TensorType.INT8)
            .convert();
    float[] images = quantizedGraph.images(3, 9);
    // The input's range is [0, 1]: real = (q + 128) / 255; the output's about [-4, 4].
    byte[] quantized = new byte[images.length];
    for (int i = 0; i < images.length; i++) {
      quantized[i] = (byte) (Math.rint(images[i] * 255.0) - 128);
    }
    // 0 is in the middle between two integers, of which either may represent it.
    Quantization output =
        model.tensors().get(model.outputs().get("logits")).quantization().orElseThrow();
    assertEquals(8.0 / 255, output.scales().get(0), 1e-6);
    assertEquals(0, output.zeroPoints().get(0), 1);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      byte[] raw = interpreter.runRaw(quantized, 3);
      float[] real = interpreter.run(images, 3);
      assertEquals(30, raw.length);
      for (int i = 0; i < 30; i++) {
        assertEquals((raw[i] - output.zeroPoints().get(0)) * 8.0 / 255, real[i], 8.0 / 255 / 2);
      }
      assertTrue(Arrays.hashCode(raw) != Arrays.hashCode(new byte[30]));
      assertThrows(IllegalArgumentException.class, () -> interpreter.runRaw(new byte[7], 3));
    }
  }

  @Test
  void threads_areBounded() {
    int most = Math.max(64, Runtime.getRuntime().availableProcessors());
    for (int threads : new int[] {0, -1, most + 1, Integer.MAX_VALUE}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> TfLiteInterpreter.open(floatModel, threads))
              .getMessage();
      assertEquals("threads must be from 1 to %d, not %d".formatted(most, threads), message);
    }
  }

  @Test
  void benchmark_takesIndicesBooleansAndOwnInputs() {
    GraphModel lookup =
        GraphModel.build(
            tf -> {
              Operand<TInt32> ids =
                  tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, 3)));
              Operand<TBool> flags =
                  tf.withName("flags").placeholder(TBool.class, Placeholder.shape(Shape.of(-1, 3)));
              Operand<TFloat32> table = tf.constant(new float[][] {{1, 2}, {3, 4}, {5, 6}});
              Operand<TFloat32> rows = tf.gather(table, ids, tf.constant(0));
              Operand<TFloat32> sums = tf.reduceSum(rows, tf.constant(2));
              return Endpoints.builder()
                  .input("ids", ids)
                  .input("flags", flags)
                  .output("y", tf.select(flags, sums, tf.math.neg(sums)))
                  .inference()
                  .build();
            });
    TfLiteModel model = TfLiteConverter.of(lookup).convert();
    SampleInputs samples = new SampleInputs(model);
    for (float id : samples.values(model.inputs().get("ids"), 100)) {
      assertTrue(id >= 0 && id < 3 && id == (int) id, id + "");
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      assertTrue(interpreter.benchmark(2, 5).medianMicros() > 0);
      Map<String, float[]> own =
          Map.of("ids", new float[] {2, 1, 0, 0, 0, 0}, "flags", new float[] {1, 0, 1, 1, 1, 1});
      assertEquals(5, interpreter.benchmark(own, 2, 2, 5).runs());
      assertArrayEquals(new float[] {11, -7, 3, 3, 3, 3}, interpreter.run(own, 2).get("y"));
      assertThrows(
          IllegalArgumentException.class,
          () -> interpreter.benchmark(Map.of("ids", new float[3]), 1, 1, 1));
      assertThrows(IllegalArgumentException.class, () -> interpreter.benchmark(own, 2, -1, 1));
    }
  }

  @Test
  void modelWhoseShapesDependOnValues_runsWithoutXnnPack_andSaysWhy() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TInt32> count =
                  tf.withName("count").placeholder(TInt32.class, Placeholder.shape(Shape.of(1)));
              Operand<TFloat32> ones = tf.fill(count, tf.constant(2f));
              return Endpoints.builder()
                  .input("count", count)
                  .output("y", tf.math.mul(ones, tf.constant(3f)))
                  .inference()
                  .build();
            });
    try (TfLiteInterpreter dynamic = TfLiteInterpreter.open(TfLiteConverter.of(model).convert());
        TfLiteInterpreter plain = TfLiteInterpreter.open(floatModel)) {
      assertArrayEquals(new float[] {6, 6, 6}, dynamic.run(new float[] {3}, 1));
      assertEquals(0, dynamic.delegateKernels());
      assertEquals(List.of("FILL", "MUL"), dynamic.undelegatedOperators());
      assertTrue(dynamic.delegateRefusal().orElseThrow().contains("depends on values"));
      assertTrue(plain.delegateRefusal().isEmpty());
      LatencyProfile profile = dynamic.profile(1, 3);
      assertEquals(
          List.of("FILL", "MUL"),
          profile.undelegated().stream().map(OperatorTime::operator).sorted().toList());
      assertTrue(profile.undelegatedShare() > 0, profile.toString());
      assertEquals(List.of(), plain.profile(1, 3).undelegated());
    }
  }

  @Test
  void refusalOfTheRuntime_isInItsWords() {
    // The rules know nothing of the values of indices that a run computes.
    GraphModel lookup =
        GraphModel.build(
            tf -> {
              Operand<TInt32> ids =
                  tf.withName("ids").placeholder(TInt32.class, Placeholder.shape(Shape.of(1)));
              Operand<TFloat32> table = tf.constant(new float[][] {{1, 2}, {3, 4}});
              return Endpoints.builder()
                  .input("ids", ids)
                  .output("y", tf.gather(table, ids, tf.constant(0)))
                  .inference()
                  .build();
            });
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(lookup).convert())) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> interpreter.run(new float[] {-1}, 1))
              .getMessage();
      assertTrue(message.contains("gather.cc"), message);
      assertTrue(message.contains("GATHER"), message);
      assertArrayEquals(new float[] {3, 4}, interpreter.run(new float[] {1}, 1));
    }
  }

  @Test
  void operationThatTheRuntimeLacks_isNamed(@TempDir Path directory) throws IOException {
    SampleGraph graph = SampleGraph.of(2, false, (layers, image) -> layers.tf.math.digamma(image));
    SavedModelWriter.write(
        directory,
        graph.graphDef(),
        Map.of("image", "image:0"),
        Map.of("logits", graph.outputTensor()));
    UnknownFieldSet.Field yes = UnknownFieldSet.Field.newBuilder().addVarint(1).build();
    UnknownFieldSet allowCustom = ConverterFlags.float32().toBuilder().addField(10, yes).build();
    TfLiteModel model =
        TfLiteModel.of(
            NativeConverter.get().convert(ConverterFlags.model(directory), allowCustom, 1));
    assertTrue(model.operators().get(0).custom());
    assertEquals("Digamma", model.operators().get(0).name());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TfLiteInterpreter.open(model));
    assertTrue(e.getMessage().contains("[Digamma]"), e.getMessage());
  }

  @Test
  void closedInterpreter_refusesEverythingButClosing() {
    TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel);
    interpreter.close();
    interpreter.close();
    assertThrows(IllegalStateException.class, () -> interpreter.run(new float[192], 1));
    assertThrows(IllegalStateException.class, () -> interpreter.runRaw(new byte[768], 1));
    assertThrows(IllegalStateException.class, () -> interpreter.benchmark(1, 1));
    assertThrows(IllegalStateException.class, interpreter::delegateKernels);
  }

  @Test
  void tensorsOfTheBatchsSize_runOnTheRuntimesOwnKernels() {
    GraphModel model = CompoundModel.LSTM.model();
    float[] values = CompoundModel.LSTM.inputValues();
    try (TType input = CompoundModel.LSTM.input();
        TfLiteInterpreter interpreter =
            TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      float[] expected = TestTraining.run(model.toInference(), (TFloat32) input);
      assertArrayEquals(expected, interpreter.run(values, CompoundModel.BATCH), 1e-5f);
      assertEquals(0, interpreter.delegateKernels());
      assertTrue(interpreter.undelegatedOperators().contains("FILL"));
      float[] first =
          interpreter.run(Arrays.copyOf(values, values.length / CompoundModel.BATCH), 1);
      assertArrayEquals(Arrays.copyOf(expected, first.length), first, 1e-5f);
    }
  }

  @Test
  void noThreads_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> TfLiteInterpreter.open(floatModel, 0));
  }

  @Test
  void benchmark_answersOrderedTimes() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel)) {
      interpreter.run(floatGraph.images(3, 1), 3);
      LatencyStatistics latency = interpreter.benchmark(5, 50);
      assertEquals(50, latency.runs());
      assertEquals(1, latency.threads());
      assertTrue(latency.p10Micros() > 0);
      assertTrue(latency.p10Micros() <= latency.medianMicros());
      assertTrue(latency.medianMicros() <= latency.p90Micros());
      assertThrows(IllegalArgumentException.class, () -> interpreter.benchmark(-1, 1));
      assertThrows(IllegalArgumentException.class, () -> interpreter.benchmark(0, 0));
    }
  }

  @Test
  void fileWithoutOperators_isRun() {
    GraphModel constant =
        GraphModel.build(
            tf -> {
              Placeholder<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 2)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("same", tf.identity(x))
                  .output("two", tf.math.add(tf.constant(1f), tf.constant(1f)))
                  .build();
            });
    TfLiteModel file = TfLiteConverter.of(constant).convert();
    assertEquals(List.of(), file.operators());
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      Map<String, float[]> given = interpreter.run(Map.of("x", new float[] {3, 4}), 1);
      assertArrayEquals(new float[] {3, 4}, given.get("same"));
      assertArrayEquals(new float[] {2}, given.get("two"));
      assertEquals(0, interpreter.delegateKernels());
    }
  }
}
