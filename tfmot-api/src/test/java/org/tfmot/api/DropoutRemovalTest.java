package org.tfmot.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.graph.GraphEditor;

class DropoutRemovalTest {

  private static final float RATE = 0.3f;
  private static final float KEEP = 1 - RATE;
  private static final float[] X = {1, -2, 3, 0.5f};

  /** A dropout as some library writes it. */
  interface Dropout {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  static Stream<Named<Dropout>> dropouts() {
    return Stream.of(
        Named.of("x * scale * mask", (tf, x) -> times(tf, scaled(tf, x), mask(tf, x))),
        Named.of("mask * (scale * x)", (tf, x) -> times(tf, mask(tf, x), scaled(tf, x))),
        Named.of("x * mask * scale", (tf, x) -> scaled(tf, times(tf, x, mask(tf, x)))),
        Named.of("x * (mask * scale)", (tf, x) -> times(tf, x, scaled(tf, mask(tf, x)))),
        Named.of(
            "x / keep * floor(keep + u)",
            (tf, x) ->
                times(
                    tf,
                    tf.math.div(x, tf.constant(KEEP)),
                    tf.math.floor(tf.math.add(tf.constant(KEEP), uniform(tf, x))))),
        Named.of(
            "x * mask / keep",
            (tf, x) -> tf.math.div(times(tf, x, mask(tf, x)), tf.constant(KEEP))),
        Named.of(
            "select(mask, x * scale, 0)",
            (tf, x) -> tf.select(kept(tf, x), scaled(tf, x), tf.constant(0f))),
        Named.of(
            "select(mask, x * scale, zeros)",
            (tf, x) -> tf.select(kept(tf, x), scaled(tf, x), tf.zerosLike(x))),
        Named.of(
            "select(dropped, 0, x * scale)",
            (tf, x) ->
                tf.select(
                    tf.math.less(uniform(tf, x), tf.constant(RATE)),
                    tf.constant(0f),
                    scaled(tf, x))),
        Named.of(
            "scale and rate computed",
            (tf, x) -> {
              Operand<TFloat32> keep = tf.math.sub(tf.constant(1f), tf.constant(RATE));
              Operand<TBool> kept = tf.math.less(uniform(tf, x), keep);
              Operand<TFloat32> scaled = tf.math.mul(x, tf.math.reciprocal(keep));
              return times(tf, scaled, tf.dtypes.cast(kept, TFloat32.class));
            }),
        Named.of(
            "numbers between -1 and 3",
            (tf, x) -> {
              Operand<TFloat32> wide =
                  tf.math.add(tf.math.mul(uniform(tf, x), tf.constant(4f)), tf.constant(-1f));
              Operand<TBool> kept = tf.math.greaterEqual(wide, tf.constant(-1 + 4 * RATE));
              return times(tf, scaled(tf, x), tf.dtypes.cast(kept, TFloat32.class));
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
              Operand<TFloat32> once = times(tf, scaled(tf, x), mask(tf, x));
              return tf.select(kept(tf, x), scaled(tf, once), tf.constant(0f));
            }));
  }

  @ParameterizedTest
  @MethodSource("dropouts")
  void toInference_dropoutInside_isGone(Dropout dropout) {
    GraphModel training =
        model((tf, x) -> tf.withName("after").math.neg(dropout.of(tf, tf.nn.relu(x))));
    assertTrue(TestModels.ops(training).stream().anyMatch(op -> op.contains("Random")));
    GraphModel inference = training.toInference();
    assertEquals(List.of("Placeholder", "Relu", "Neg"), TestModels.ops(inference));
    assertArrayEquals(new float[] {-1, -0f, -3, -0.5f}, TestModels.run(inference, Shape.of(4), X));
  }

  @ParameterizedTest
  @MethodSource("dropouts")
  void toInference_dropoutAsOutput_isWhatItDropped(Dropout dropout) {
    GraphModel inference =
        model((tf, x) -> dropout.of(tf, tf.withName("kept").nn.relu(x))).toInference();
    assertEquals("kept:0", inference.outputs().get("y"));
    assertEquals(List.of("Placeholder", "Relu"), TestModels.ops(inference));
  }

  static Stream<Named<Dropout>> others() {
    return Stream.of(
        Named.of("noise added", (tf, x) -> tf.math.add(x, uniform(tf, x))),
        Named.of("noise multiplied", (tf, x) -> times(tf, x, uniform(tf, x))),
        Named.of("a mask without a scale", (tf, x) -> times(tf, x, mask(tf, x))),
        Named.of(
            "another scale", (tf, x) -> times(tf, tf.math.mul(x, tf.constant(2f)), mask(tf, x))),
        Named.of(
            "not zero when dropped",
            (tf, x) -> tf.select(kept(tf, x), scaled(tf, x), tf.constant(1f))),
        Named.of(
            "normal numbers",
            (tf, x) -> {
              Operand<TFloat32> random =
                  tf.random.randomStandardNormal(tf.shape(x), TFloat32.class);
              Operand<TBool> kept = tf.math.greaterEqual(random, tf.constant(RATE));
              return times(tf, scaled(tf, x), tf.dtypes.cast(kept, TFloat32.class));
            }));
  }

  @ParameterizedTest
  @MethodSource("others")
  void toInference_otherRandomOperations_stay(Dropout other) {
    GraphModel training = model(other);
    GraphModel inference = training.toInference();
    assertEquals(training.graphDef(), inference.graphDef());
    assertEquals(4, TestModels.run(inference, Shape.of(4), X).length);
    assertEquals(1, inference.randomOperations().size());
    String random = inference.randomOperations().get(0);
    assertTrue(new GraphEditor(inference.graphDef()).node(random).getOp().startsWith("Random"));
  }

  @ParameterizedTest
  @MethodSource("dropouts")
  void build_dropout_isTrainingUnlessSaidOtherwise(Dropout dropout) {
    GraphModel model = model(dropout, endpoints -> {});
    assertTrue(model.isTraining());
    assertEquals(List.of(), model.toInference().randomOperations());
    assertFalse(model(dropout, endpoints -> endpoints.training(false)).isTraining());
  }

  @ParameterizedTest
  @MethodSource("others")
  void build_otherRandomOperations_leaveTheModeOpen(Dropout other) {
    GraphModel model = model(other, endpoints -> {});
    assertFalse(model.isTraining());
    assertFalse(model.canTrain());
    assertTrue(model.withTraining(true).canTrain());
  }

  @Test
  void toInference_scaledSumOfTwoTensors_isNotTakenForOne() {
    GraphModel inference =
        model(
                (tf, x) -> {
                  Operand<TFloat32> product = tf.math.mul(x, tf.math.neg(x));
                  return times(tf, scaled(tf, product), mask(tf, product));
                })
            .toInference();
    assertArrayEquals(new float[] {-1, -4, -9, -0.25f}, TestModels.run(inference, Shape.of(4), X));
  }

  private static GraphModel model(Dropout layer) {
    return model(layer, endpoints -> endpoints.training(true));
  }

  private static GraphModel model(Dropout layer, Consumer<Endpoints.Builder> mode) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x = TestModels.input(tf, "x", -1);
          Endpoints.Builder endpoints =
              Endpoints.builder().input("x", x).output("y", layer.of(tf, x));
          mode.accept(endpoints);
          return endpoints.build();
        });
  }

  private static Operand<TFloat32> uniform(Ops tf, Operand<TFloat32> like) {
    return tf.random.randomUniform(tf.shape(like), TFloat32.class);
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

  private static Operand<TFloat32> times(Ops tf, Operand<TFloat32> a, Operand<TFloat32> b) {
    return tf.math.mul(a, b);
  }
}
