package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.vectors;

import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.TestLayers;

/** What compares, chooses, orders and rearranges values. */
final class ChoiceCases {

  private ChoiceCases() {}

  private interface Function {
    Operand<TFloat32> apply(TestLayers layers, Ops tf, Operand<TFloat32> x);
  }

  static Stream<OperationCase> all() {
    return Stream.of(choosing(), rearranging()).flatMap(cases -> cases);
  }

  private static Stream<OperationCase> choosing() {
    return Stream.of(
        of("Greater", "GREATER", (layers, tf, x) -> number(tf, tf.math.greater(x, limit(layers)))),
        of("Less", "LESS", (layers, tf, x) -> number(tf, tf.math.less(x, limit(layers)))),
        of(
            "NotEqual",
            "LOGICAL_OR",
            (layers, tf, x) -> number(tf, tf.math.notEqual(x, limit(layers)))),
        // Within a step of the limit a value may be taken for larger or smaller.
        vectors(
            "Select",
            3,
            "SELECT",
            (layers, x) ->
                between(
                    layers,
                    x,
                    (l, tf, y) -> tf.select(tf.math.greater(y, limit(l)), y, tf.math.add(y, y)))),
        of(
            "OneHot of ArgMax",
            "ONE_HOT",
            (layers, tf, x) ->
                tf.oneHot(
                    tf.math.argMax(x, tf.constant(1)),
                    tf.constant(6),
                    tf.constant(1f),
                    tf.constant(0f))),
        of(
            "ArgMin",
            "ARG_MIN",
            (layers, tf, x) ->
                tf.oneHot(
                    tf.math.argMin(x, tf.constant(1)),
                    tf.constant(6),
                    tf.constant(.9f),
                    tf.constant(-.2f))),
        of(
            "TopKV2",
            "TOPK_V2",
            (layers, tf, x) -> tf.nn.topK(x, tf.constant(3), TInt32.class).values()),
        of("OnesLike", "ADD", (layers, tf, x) -> tf.math.add(x, tf.onesLike(x))),
        of("AddN of two", "ADD", (layers, tf, x) -> tf.math.addN(List.of(x, tf.math.abs(x)))),
        // One step for each of the sums.
        vectors(
            "AddN of three",
            3,
            "ADD",
            (layers, x) ->
                between(
                    layers,
                    x,
                    (l, tf, y) -> tf.math.addN(List.of(y, tf.math.abs(y), tf.nn.relu(y))))));
  }

  private static Stream<OperationCase> rearranging() {
    return Stream.of(
        of("ReverseV2", "REVERSE_V2", (layers, tf, x) -> tf.reverse(x, tf.array(1))),
        images(
            "SpaceToBatchND",
            "SPACE_TO_BATCH_ND",
            (layers, tf, x) ->
                tf.spaceToBatchNd(x, tf.array(2, 2), tf.constant(new int[][] {{0, 0}, {2, 0}}))),
        images(
            "BatchToSpaceND",
            "BATCH_TO_SPACE_ND",
            (layers, tf, x) ->
                tf.batchToSpaceNd(x, tf.array(2, 2), tf.constant(new int[][] {{0, 1}, {1, 0}}))),
        of(
            "GatherNd",
            "GATHER_ND",
            (layers, tf, x) -> tf.gatherNd(x, tf.constant(new int[][] {{3}, {0}, {9}}))),
        of(
            "BroadcastTo",
            "MUL",
            (layers, tf, x) ->
                tf.broadcastTo(tf.reshape(x, tf.array(64, 1, 6)), tf.array(64, 3, 6))));
  }

  private static OperationCase of(String name, String lite, Function function) {
    return vectors(name, 1, lite, (layers, x) -> between(layers, x, function));
  }

  private static OperationCase images(String name, String lite, Function function) {
    return OperationCase.images(name, 1, lite, (layers, x) -> between(layers, x, function));
  }

  /** What only moves values is quantized between others that are. */
  private static Operand<TFloat32> between(
      TestLayers layers, Operand<TFloat32> x, Function function) {
    Operand<TFloat32> y = function.apply(layers, layers.tf().withSubScope("c"), x);
    return layers.at("f", "leaky").nn.leakyRelu(y);
  }

  private static Operand<TFloat32> limit(TestLayers layers) {
    return OperationCase.weight(layers, 6);
  }

  private static Operand<TFloat32> number(Ops tf, Operand<TBool> truth) {
    return tf.dtypes.cast(truth, TFloat32.class);
  }
}
