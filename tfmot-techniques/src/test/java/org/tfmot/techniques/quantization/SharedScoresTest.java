package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Scores of several softmaxes, of which one softmax computes what the next one's are added to. */
@EnabledOnOs(OS.LINUX)
class SharedScoresTest {

  private static final int STEPS = 6;
  private static final int FEATURES = 8;
  private static final Shape SHAPE = Shape.of(2, STEPS, FEATURES);

  enum Form {
    MASK_OF_TWO_LAYERS(SharedScoresTest::masked),
    BIAS_OF_TWO_LAYERS(
        (l, x) -> {
          Operand<TFloat32> sum = l.tf().sum(x, l.tf().constant(1), Sum.keepDims(true));
          Operand<TFloat32> row =
              l.tf().slice(sum, l.tf().array(0, 0, 0), l.tf().array(-1, -1, STEPS));
          Operand<TFloat32> bias = l.tf().math.mul(l.tf().math.tanh(row), l.tf().constant(3f));
          return attention(l, "b", attention(l, "a", x, bias), bias);
        }),
    SCORES_OF_THE_LAYER_BEFORE(
        (l, x) -> {
          Operand<TFloat32> scores = scores(l, "a", x);
          Operand<TFloat32> y = product(l.tf(), l.tf().nn.softmax(scores), x, false);
          Operand<TFloat32> next = l.tf().math.add(scores, scores(l, "b", y));
          return product(l.tf(), l.tf().nn.softmax(next), y, false);
        }),
    SUM_WITH_ITS_SHARES(
        (l, x) -> l.tf().nn.softmax(l.tf().math.add(dense(l, "a", x), l.tf().nn.softmax(x)))),
    DIFFERENCE_TO_ITS_SHARES(
        (l, x) -> {
          Operand<TFloat32> scores = dense(l, "a", x);
          Operand<TFloat32> shares = l.tf().nn.softmax(scores);
          return l.tf().nn.softmax(l.tf().math.sub(scores, shares));
        }),
    ROUTING(
        (l, x) -> {
          Operand<TFloat32> votes = dense(l, "a", x);
          Operand<TFloat32> logits = l.tf().math.mul(votes, l.tf().constant(0.5f));
          for (int i = 0; i < 3; i++) {
            Operand<TFloat32> shared = l.tf().math.mul(l.tf().nn.softmax(logits), votes);
            logits = l.tf().math.add(logits, l.tf().math.mul(shared, votes));
          }
          return l.tf().nn.softmax(logits);
        });

    private final TestLayers.Body body;

    Form(TestLayers.Body body) {
      this.body = body;
    }
  }

  /** Attention to the steps whose first feature is positive, twice. */
  private static Operand<TFloat32> masked(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> first =
        tf.stridedSlice(
            x,
            tf.array(0, 0, 0),
            tf.array(0, 0, 1),
            tf.array(1, 1, 1),
            StridedSlice.beginMask(3L),
            StridedSlice.endMask(3L),
            StridedSlice.shrinkAxisMask(4L));
    Operand<TFloat32> kept =
        tf.dtypes.cast(tf.math.greater(first, tf.constant(0f)), TFloat32.class);
    Operand<TFloat32> mask =
        tf.math.mul(
            tf.math.sub(tf.constant(1f), tf.expandDims(kept, tf.constant(1))), tf.constant(-1e9f));
    return attention(layers, "b", attention(layers, "a", x, mask), mask);
  }

  private static Operand<TFloat32> attention(
      TestLayers layers, String name, Operand<TFloat32> x, Operand<TFloat32> bias) {
    Ops tf = layers.tf();
    Operand<TFloat32> shares = tf.nn.softmax(tf.math.add(scores(layers, name, x), bias));
    return tf.math.add(x, product(tf, shares, dense(layers, name + ".v", x), false));
  }

  private static Operand<TFloat32> scores(TestLayers layers, String name, Operand<TFloat32> x) {
    Operand<TFloat32> queries = dense(layers, name + ".q", x);
    return layers
        .tf()
        .math
        .mul(product(layers.tf(), queries, x, true), layers.tf().constant(0.35f));
  }

  private static Operand<TFloat32> dense(TestLayers layers, String name, Operand<TFloat32> x) {
    Operand<TFloat32> rows = layers.tf().reshape(x, layers.tf().array(-1, FEATURES));
    Operand<TFloat32> y = layers.biasAdd(name, layers.matMul(name, rows, FEATURES));
    return layers.tf().reshape(y, layers.tf().array(-1, STEPS, FEATURES));
  }

  private static Operand<TFloat32> product(
      Ops tf, Operand<TFloat32> x, Operand<TFloat32> y, boolean transposed) {
    return tf.train.batchMatMul(x, y, TFloat32.class, BatchMatMul.adjY(transposed));
  }

  @ParameterizedTest
  @EnumSource
  void fileAnswersAsTheSimulation_afterTraining(Form form) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, SHAPE, form.body);
    try (TFloat32 image = TestTraining.random(SHAPE, 3)) {
      GraphModel quantized = Way.AWARE.apply(model, image);
      IntegerModels.assertAgree(quantized, image, Values.of(image), 3, 0.3);
    }
  }

  @Test
  void maskOfTwoLayers_hidesSteps_inBoth() {
    float[] values = Values.of((int) SHAPE.size(), i -> Math.sin(1 + 1.7 * i));
    for (int step = 0; step < 2 * STEPS; step++) {
      values[step * FEATURES] = step % STEPS < 4 ? 0.5f : -0.5f;
    }
    float[] others = values.clone();
    for (int i = 0; i < others.length; i++) {
      boolean hidden = i / FEATURES % STEPS >= 4;
      others[i] = hidden && i % FEATURES > 0 ? -values[i] : values[i];
    }
    GraphModel model = TestLayers.model(Kind.RESOURCE, SHAPE, SharedScoresTest::masked);
    try (TFloat32 image = TFloat32.tensorOf(SHAPE, DataBuffers.of(values))) {
      GraphModel quantized = Way.AWARE.apply(model, image);
      TfLiteModel file = IntegerModels.assertAgree(quantized, image, values, 3, 0.3);
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] one = logits(interpreter, values);
        float[] other = logits(interpreter, others);
        int seen = 4 * FEATURES;
        assertArrayEquals(Arrays.copyOf(one, seen), Arrays.copyOf(other, seen));
        assertTrue(Values.distance(one, other) > 0.1);
      }
    }
  }

  private static float[] logits(TfLiteInterpreter interpreter, float[] values) {
    return Objects.requireNonNull(interpreter.run(Map.of("image", values), 2).get("logits"));
  }
}
