package org.tfmot.techniques.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.formats.FormatComparison.Candidate;
import org.tfmot.techniques.formats.FormatComparison.Format;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.LatencyProfile;
import org.tfmot.techniques.tflite.LatencyProfile.OperatorTime;
import org.tfmot.techniques.tflite.TfLiteInterpreter;

/** The formats of a model are measured, and the table says what was. */
class FormatComparisonTest {

  private static final Shape INPUT = Shape.of(-1, 256);

  @Test
  void formats_areMeasured_andTheFastestIsOneOfThem() {
    try (TFloat32 input = TestTraining.random(Shape.of(4, 256), 1)) {
      FormatComparison comparison =
          FormatComparison.measure(model(), List.of(Map.of("image", input)), 1);
      assertEquals(
          Arrays.asList(Format.values()),
          comparison.candidates().stream().map(Candidate::format).toList());
      assertEquals(Map.of(), comparison.refusals());
      Candidate base = comparison.candidates().get(0);
      assertEquals(1, base.ratio());
      assertEquals(0, base.relativeError());
      for (Candidate each : comparison.candidates()) {
        assertTrue(each.medianMicros() > 0, each.toString());
        assertTrue(each.relativeError() < 0.05, each.toString());
        assertTrue(each.ratio() >= comparison.fastest().ratio(), each.toString());
        assertTrue(comparison.toString().contains(each.format().name()));
      }
      assertTrue(comparison.candidates().get(3).file().size() < base.file().size() / 3);
      assertTrue(comparison.toString().endsWith("fastest: " + comparison.fastest().format()));
    }
  }

  @Test
  void whatXnnPackLeaves_isProfiled() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            INPUT,
            (layers, x) -> {
              Operand<TFloat32> y = layers.relu("r", layers.matMul("one", x, 512));
              return layers.at("a", "softmax").nn.softmax(y);
            });
    try (TFloat32 input = TestTraining.random(Shape.of(64, 256), 1)) {
      Candidate integer =
          FormatComparison.measure(model, List.of(Map.of("image", input)), 1).candidates().get(3);
      assertEquals(Map.of("SOFTMAX", 1), integer.undelegated());
      LatencyProfile profile = integer.profile();
      assertEquals(1, profile.undelegated().size());
      OperatorTime softmax = profile.undelegated().get(0);
      assertEquals("SOFTMAX", softmax.operator());
      assertEquals(1, softmax.count());
      assertTrue(softmax.medianMicros() > 0 && softmax.medianMicros() <= profile.medianMicros());
      assertTrue(profile.undelegatedShare() > 0.05, profile.toString());
      assertTrue(profile.toString().contains("SOFTMAX"), profile.toString());
    }
  }

  @Test
  void modelThatXnnPackRefusesAsAWhole_isMeasured_onTheRuntimesOwnKernels() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            INPUT,
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TInt32> batch = tf.stridedSlice(tf.shape(x), Indices.slice(0, 1));
              Operand<TInt32> shape = tf.concat(List.of(batch, tf.array(256)), tf.constant(0));
              Operand<TFloat32> zeros = layers.at("a", "zeros").fill(shape, tf.constant(0f));
              return layers.matMul("one", layers.at("a", "sum").math.add(x, zeros), 16);
            });
    try (TFloat32 input = TestTraining.random(Shape.of(4, 256), 1)) {
      Candidate base =
          FormatComparison.measure(model, List.of(Map.of("image", input)), 1).candidates().get(0);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(base.file())) {
        assertTrue(interpreter.delegateRefusal().isPresent());
        assertEquals(0, interpreter.delegateKernels());
      }
      assertEquals(
          base.undelegated().keySet(),
          base.profile().undelegated().stream()
              .map(OperatorTime::operator)
              .collect(Collectors.toSet()));
      assertTrue(base.undelegated().keySet().containsAll(List.of("FILL", "FULLY_CONNECTED")));
    }
  }

  @Test
  void noSample_isRefused() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> FormatComparison.measure(model(), List.of(), 1));
    assertTrue(String.valueOf(e.getMessage()).contains("samples"), e.getMessage());
  }

  @Test
  void sizesThatTheModelLeavesOpen_areThoseOfTheSamples() {
    GraphModel open =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, -1, -1, 3),
            (layers, x) -> layers.relu("r", layers.conv("conv", x, 8, 3, 1)));
    try (TFloat32 input = TestTraining.random(Shape.of(2, 16, 12, 3), 1);
        TFloat32 second = TestTraining.random(Shape.of(2, 16, 12, 3), 2);
        TFloat32 other = TestTraining.random(Shape.of(2, 12, 16, 3), 1)) {
      FormatComparison comparison =
          FormatComparison.measure(
              open, List.of(Map.of("image", input), Map.of("image", second)), 1);
      assertEquals(Map.of(), comparison.refusals());
      assertTrue(comparison.candidates().get(3).relativeError() < 0.05);
      assertRefused(
          IllegalArgumentException.class,
          () ->
              FormatComparison.measure(
                  open, List.of(Map.of("image", input), Map.of("image", other)), 1),
          "withInputShape",
          "sample 1");
    }
  }

  private static GraphModel model() {
    return TestLayers.model(
        Kind.RESOURCE,
        INPUT,
        (layers, x) -> layers.matMul("two", layers.relu("r", layers.matMul("one", x, 256)), 10));
  }

  @Test
  void modelThatFloat32CannotHave_isMeasuredInTheOthers() {
    // TensorFlow Lite has no digamma function; in integers it is a table.
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            INPUT,
            (layers, x) -> {
              Ops tf = layers.tf();
              Operand<TFloat32> y = tf.nn.relu(layers.matMul("dense", x, 32));
              return tf.math.digamma(tf.math.add(y, tf.constant(1f)));
            });
    try (TFloat32 input = TestTraining.random(Shape.of(4, 256), 1)) {
      FormatComparison comparison =
          FormatComparison.measure(model, List.of(Map.of("image", input)), 1);
      assertTrue(comparison.refusals().containsKey(Format.FLOAT32), comparison.toString());
      assertEquals(
          List.of(Format.INT8), comparison.candidates().stream().map(Candidate::format).toList());
      double error = comparison.candidates().get(0).relativeError();
      assertTrue(error > 0 && error < 0.05, comparison.toString());
    }
  }

  @Test
  void samplesOfLongs_areTaken() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              var ids =
                  tf.withName("ids").placeholder(TInt64.class, Placeholder.shape(Shape.of(-1, 3)));
              Operand<TFloat32> table = tf.constant(new float[][] {{1, 2}, {3, -1}, {0, 5}});
              Operand<TFloat32> rows = tf.gather(table, ids, tf.constant(0));
              return Endpoints.builder()
                  .input("ids", ids)
                  .output("y", tf.math.mean(rows, tf.array(1)))
                  .build();
            });
    try (TInt64 ids = TInt64.tensorOf(Shape.of(1, 3), DataBuffers.of(0L, 2, 1))) {
      FormatComparison comparison = FormatComparison.measure(model, List.of(Map.of("ids", ids)), 1);
      assertEquals(Format.FLOAT32, comparison.candidates().get(0).format());
      assertEquals(0, comparison.candidates().get(0).relativeError());
    }
  }
}
