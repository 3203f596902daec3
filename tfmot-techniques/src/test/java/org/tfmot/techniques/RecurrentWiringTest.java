package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.KerasCell;
import org.tfmot.techniques.testing.KerasWiring;
import org.tfmot.techniques.testing.SequenceAgreement;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Recurrent layers whose states come from or go to elsewhere, and what merges their outputs. */
class RecurrentWiringTest {

  private static final int BATCH = 32;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(KerasWiring.class)
  void lstm_isLoadedUnrolled_andConvertsWithTheSameValues(KerasWiring wiring) throws IOException {
    verify(wiring, KerasCell.LSTM);
  }

  @ParameterizedTest
  @EnumSource(
      value = KerasWiring.class,
      names = {"STATES_AS_INPUTS", "ENCODER_DECODER", "NOT_MERGED"})
  void gru_isLoadedUnrolled_andConvertsWithTheSameValues(KerasWiring wiring) throws IOException {
    verify(wiring, KerasCell.GRU);
  }

  private void verify(KerasWiring wiring, KerasCell cell) throws IOException {
    GraphModel model = wiring.load(cell, folder.resolve("model"));
    Map<String, Tensor> batch = new LinkedHashMap<>();
    wiring
        .inputs(cell, BATCH)
        .forEach((name, shape) -> batch.put(name, TestTraining.random(shape, batch.size())));
    try {
      assertEquals(Map.of(), model.loops());
      Map<String, float[]> expected = run(wiring.traced(cell), batch);
      Map<String, float[]> loaded = run(model, batch);
      Map<String, float[]> lite = run(TfLiteConverter.of(model).convert(), batch);
      expected.forEach(
          (name, values) -> {
            assertArrayEquals(values, loaded.get(name), 1e-5f);
            assertArrayEquals(values, lite.get(name), 1e-5f);
          });
      GraphModel quantized =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(batch)).model();
      TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      Map<String, float[]> simulated = run(quantized, batch);
      Map<String, float[]> int8 = run(file, batch);
      simulated.forEach(
          (name, values) -> {
            SequenceAgreement agreement = SequenceAgreement.compare(values, int8.get(name), BATCH);
            assertTrue(agreement.withinOneStep() >= 0.99, name + ": " + agreement);
          });
    } finally {
      batch.values().forEach(Tensor::close);
    }
  }

  private static Map<String, float[]> run(GraphModel model, Map<String, Tensor> batch) {
    Map<String, float[]> results = new LinkedHashMap<>();
    try (LiveModel live = model.open();
        Result result = live.run(batch)) {
      int i = 0;
      for (String name : model.outputs().keySet()) {
        results.put(name, TensorProtos.toFloats(TensorProtos.of(result.get(i++))));
      }
    }
    return results;
  }

  private static Map<String, float[]> run(TfLiteModel file, Map<String, Tensor> batch) {
    Map<String, float[]> results = new LinkedHashMap<>();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (int example = 0; example < BATCH; example++) {
        Map<String, float[]> inputs = new LinkedHashMap<>();
        int at = example;
        batch.forEach(
            (name, tensor) -> {
              float[] all = TensorProtos.toFloats(TensorProtos.of(tensor));
              int length = all.length / BATCH;
              inputs.put(name, Arrays.copyOfRange(all, at * length, (at + 1) * length));
            });
        interpreter
            .run(inputs, 1)
            .forEach(
                (name, one) -> {
                  float[] all = results.computeIfAbsent(name, n -> new float[one.length * BATCH]);
                  System.arraycopy(one, 0, all, at * one.length, one.length);
                });
      }
    }
    return results;
  }
}
