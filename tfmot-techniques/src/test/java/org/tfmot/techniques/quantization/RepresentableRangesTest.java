package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Ranges that the integer kernels cannot represent as calibration finds them. */
class RepresentableRangesTest {

  private static GraphModel model(
      int width, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> body) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("image")
                  .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, width)));
          return Endpoints.builder().input("image", x).output("logits", body.apply(tf, x)).build();
        });
  }

  private static GraphModel calibrate(GraphModel model, int width, float... values) {
    Shape shape = Shape.of(values.length / width, width);
    try (TFloat32 sample = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", sample)));
      return calibrated.model();
    }
  }

  /** Runs the int8 file, which has to agree with the simulation to a step of the output. */
  private static float[] run(GraphModel quantized, int width, float... values) {
    TfLiteModel file = TfLiteConverter.of(quantized).int8().convert();
    Shape shape = Shape.of(values.length / width, width);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file);
        TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(values))) {
      float[] actual = interpreter.run(values, (int) shape.get(0));
      float step = IntegerModels.outputStep(quantized);
      assertArrayEquals(IntegerModels.run(quantized, input), actual, step * 1.01f);
      return actual;
    }
  }

  private static Range range(GraphModel quantized, String tensor) {
    GraphEditor graph = new GraphEditor(quantized.graphDef());
    float[] ends = new float[2];
    String[] names = {"/fake_quant/min", "/fake_quant/max"};
    for (int i = 0; i < 2; i++) {
      ends[i] =
          TensorProtos.toFloats(graph.node(tensor + names[i]).getAttrOrThrow("value").getTensor())[
              0];
    }
    return new Range(ends[0], ends[1]);
  }

  @Test
  void reluThatNeverFires_addsNothing() {
    GraphModel model =
        model(
            2,
            (tf, x) -> {
              Operand<TFloat32> product =
                  tf.linalg.matMul(x, tf.constant(new float[][] {{1, -1}, {.5f, 1}}));
              Operand<TFloat32> dead =
                  tf.withName("dead")
                      .nn
                      .relu(tf.math.add(product, tf.constant(new float[] {-9, -9})));
              Operand<TFloat32> next =
                  tf.linalg.matMul(dead, tf.constant(new float[][] {{1, 2}, {3, -4}}));
              return tf.math.add(next, tf.constant(new float[] {.5f, -.25f}));
            });
    GraphModel quantized = calibrate(model, 2, 0, 1, 1, .5f, .25f, 0);
    assertArrayEquals(new float[] {.5f, -.25f}, run(quantized, 2, 0, 1), 0.01f);
    // The bias of -9 has to fit into 29 bits of the output's steps, and no more is asked for.
    Range dead = range(quantized, "dead");
    assertEquals(0, dead.min());
    assertTrue(dead.max() > 0 && dead.max() < 0.1f, dead.toString());
  }

  @Test
  void differenceOfNearlyEqualTensors_hasNoFinerStepThanTheKernelHas() {
    GraphModel model =
        model(
            2,
            (tf, x) ->
                tf.withName("difference")
                    .math
                    .sub(x, tf.math.mean(x, tf.array(1), Mean.keepDims(true))));
    GraphModel quantized = calibrate(model, 2, 1000, 999.99f, 999.98f, 1000);
    Range difference = range(quantized, "difference");
    assertTrue(difference.max() - difference.min() > 1000f / 255, difference.toString());
    assertTrue(difference.max() - difference.min() < 1000f / 200, difference.toString());
    assertArrayEquals(new float[] {0, 0}, run(quantized, 2, 1000, 1000), 0.01f);
  }

  @Test
  void squareOfNearlyNothing_isNearlyNothing() {
    GraphModel model =
        model(2, (tf, x) -> tf.math.squaredDifference(x, tf.math.mul(x, tf.constant(.9999f))));
    TfLiteModel file = TfLiteConverter.of(calibrate(model, 2, -1, 1, .5f, .25f)).int8().convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      // A quarter of the square of the input's step, as the two may be rounded apart.
      assertArrayEquals(new float[] {0, 0}, interpreter.run(new float[] {-1, 1}, 1), 2e-5f);
    }
  }

  @Test
  void standardizedWindow_isFinite() {
    int width = 16;
    GraphModel model =
        model(
            width,
            (tf, x) -> {
              Operand<TFloat32> mean = tf.math.mean(x, tf.array(1), Mean.keepDims(true));
              Operand<TFloat32> variance =
                  tf.math.mean(
                      tf.math.squaredDifference(x, mean), tf.array(1), Mean.keepDims(true));
              return tf.math.mul(
                  tf.math.sub(x, mean), tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-3f))));
            });
    Random random = new Random(1);
    float[] values = new float[8 * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1013 + i / width + (float) random.nextGaussian() * .1f;
    }
    TfLiteModel file = TfLiteConverter.of(calibrate(model, width, values)).int8().convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (float value : interpreter.run(values, 8)) {
        assertTrue(Float.isFinite(value));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {1e-12f, 1e-9f, 1e-6f, 1e6f, 1e9f, 1e12f})
  void magnitudes_agreeWithTheSimulation(float magnitude) {
    GraphModel model =
        model(
            2,
            (tf, x) ->
                tf.math.add(
                    tf.linalg.matMul(x, tf.constant(new float[][] {{1, -1}, {.5f, 1}})),
                    tf.constant(new float[] {magnitude, magnitude / 3})));
    GraphModel quantized = calibrate(model, 2, magnitude, -magnitude, magnitude / 2, 0);
    run(quantized, 2, magnitude * .9f, -magnitude * .3f);
  }

  @Test
  void inputOfZeros_hasTheUnitRange() {
    GraphModel model = model(2, (tf, x) -> tf.math.mul(x, tf.constant(new float[] {2, 3})));
    GraphModel quantized = calibrate(model, 2, 0, 0);
    assertEquals(new Range(-.5f, .5f), range(quantized, "image"));
    assertArrayEquals(new float[] {0, 0}, run(quantized, 2, 0, 0));
  }
}
