package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Dropout, which only training knows, does not get into the way of quantization. */
class DropoutTest {

  private static final float RATE = 0.3f;
  private static final long SEED = 4;
  private static final float KEEP = 1 - RATE;
  private static final Shape BATCH = Shape.of(16, 6);

  /** A dropout as some library writes it. */
  interface Dropout {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  static Stream<Named<Dropout>> dropouts() {
    return Stream.of(
        Named.of("x * scale * mask", (tf, x) -> tf.math.mul(scaled(tf, x), mask(tf, x))),
        Named.of("mask * (scale * x)", (tf, x) -> tf.math.mul(mask(tf, x), scaled(tf, x))),
        Named.of("x * mask * scale", (tf, x) -> scaled(tf, tf.math.mul(x, mask(tf, x)))),
        Named.of("x * (mask * scale)", (tf, x) -> tf.math.mul(x, scaled(tf, mask(tf, x)))),
        Named.of(
            "x / keep * floor(keep + u)",
            (tf, x) ->
                tf.math.mul(
                    tf.math.div(x, tf.constant(KEEP)),
                    tf.math.floor(tf.math.add(tf.constant(KEEP), uniform(tf, x))))),
        Named.of(
            "x * mask / keep",
            (tf, x) -> tf.math.div(tf.math.mul(x, mask(tf, x)), tf.constant(KEEP))),
        Named.of(
            "select(mask, x * scale, 0)",
            (tf, x) -> tf.select(kept(tf, x), scaled(tf, x), tf.constant(0f))),
        Named.of(
            "select(mask, x * scale, zeros)",
            (tf, x) -> tf.select(kept(tf, x), scaled(tf, x), tf.zerosLike(x))),
        Named.of(
            "scale and rate computed",
            (tf, x) -> {
              Operand<TFloat32> keep = tf.math.sub(tf.constant(1f), tf.constant(RATE));
              Operand<TBool> kept = tf.math.less(uniform(tf, x), keep);
              Operand<TFloat32> scaled = tf.math.mul(x, tf.math.reciprocal(keep));
              return tf.math.mul(scaled, tf.dtypes.cast(kept, TFloat32.class));
            }),
        Named.of(
            "numbers between -1 and 3",
            (tf, x) -> {
              Operand<TFloat32> wide =
                  tf.math.add(tf.math.mul(uniform(tf, x), tf.constant(4f)), tf.constant(-1f));
              Operand<TBool> kept = tf.math.greaterEqual(wide, tf.constant(-1 + 4 * RATE));
              return tf.math.mul(scaled(tf, x), tf.dtypes.cast(kept, TFloat32.class));
            }),
        Named.of(
            "stateless random numbers",
            (tf, x) -> {
              Operand<TInt64> seed = tf.constant(new long[] {1, 2});
              Operand<TFloat32> random =
                  tf.random.statelessRandomUniform(tf.shape(x), seed, TFloat32.class);
              return tf.select(
                  tf.math.greater(random, tf.constant(RATE)), scaled(tf, x), tf.constant(0f));
            }),
        Named.of(
            "one after the other",
            (tf, x) -> {
              Operand<TFloat32> once = tf.math.mul(scaled(tf, x), mask(tf, x));
              return tf.select(kept(tf, x), scaled(tf, once), tf.constant(0f));
            }));
  }

  @ParameterizedTest
  @MethodSource("dropouts")
  void quantizationAwareTraining_stripsToAnIntegerModel(Dropout dropout) {
    Optimized optimized = QuantizationAwareTraining.create().apply(model(dropout));
    assertEquals(List.of(), optimized.reports().get(0).skipped());
    assertTrue(hasRandom(optimized.model()), "training drops");
    try (TestTraining training = new TestTraining(optimized, 8)) {
      for (int step = 0; step < 4; step++) {
        assertTrue(Float.isFinite(training.step(step)));
      }
      Optimized trained = training.trained();
      assertTrue(!hasRandom(trained.model().toInference()), "evaluation while training does not");
      assertAgrees(trained.strip());
    }
  }

  @ParameterizedTest
  @MethodSource("dropouts")
  void postTrainingQuantization_makesAnIntegerModel(Dropout dropout) {
    try (TFloat32 batch = TestTraining.random(BATCH, 1)) {
      assertAgrees(
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model(dropout), List.of(Map.of("image", batch)))
              .model());
    }
  }

  /** Dropout of the input, between two layers, between a layer and its activation, at the end. */
  private static GraphModel model(Dropout dropout) {
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 6),
        (layers, x) -> {
          x = dropout.of(layers.tf().withSubScope("drop0"), x);
          x = layers.relu("a", layers.biasAdd("a", layers.matMul("a", x, 8)));
          x = dropout.of(layers.tf().withSubScope("drop1"), x);
          x = layers.biasAdd("b", layers.matMul("b", x, 5));
          x = layers.relu("b", dropout.of(layers.tf().withSubScope("drop2"), x));
          x = layers.biasAdd("c", layers.matMul("c", x, 3));
          return dropout.of(layers.tf().withSubScope("drop3"), x);
        });
  }

  private static void assertAgrees(GraphModel quantized) {
    assertTrue(!hasRandom(quantized));
    TfLiteModel lite = TfLiteConverter.of(quantized).int8().convert();
    assertEquals(List.of(), lite.floatOperators());
    try (TFloat32 batch = TestTraining.random(BATCH, 1);
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(lite)) {
      float[] expected = TestTraining.run(quantized, batch);
      float[] actual =
          interpreter.run(TensorProtos.toFloats(TensorProtos.of(batch)), (int) BATCH.get(0));
      assertTrue(Values.largest(expected) > 0.1);
      float steps = Values.distance(expected, actual) / IntegerModelTest.outputStep(quantized);
      assertTrue(steps < 3.5, steps + " steps");
    }
  }

  private static boolean hasRandom(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .map(NodeDef::getOp)
        .anyMatch(op -> op.contains("Random"));
  }

  private static Operand<TFloat32> uniform(Ops tf, Operand<TFloat32> like) {
    // The same in every run: what little is trained here would at times be dropped altogether.
    return tf.random.randomUniform(tf.shape(like), TFloat32.class, RandomUniform.seed(SEED));
  }

  private static Operand<TBool> kept(Ops tf, Operand<TFloat32> like) {
    return tf.math.greaterEqual(uniform(tf, like), tf.constant(RATE));
  }

  private static Operand<TFloat32> mask(Ops tf, Operand<TFloat32> like) {
    return tf.dtypes.cast(kept(tf, like), TFloat32.class);
  }

  private static Operand<TFloat32> scaled(Ops tf, Operand<TFloat32> x) {
    return tf.math.mul(x, tf.constant(1 / KEEP));
  }
}
