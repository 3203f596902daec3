package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.images;
import static org.tfmot.techniques.quantization.OperationCase.vectors;

import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.TestLayers;

/** Operations that have no integer form, between layers that have one. */
final class FloatCases {

  private FloatCases() {}

  static Stream<OperationCase> all() {
    return Stream.of(
        between("Cumsum", "CUMSUM", (tf, x) -> tf.math.cumsum(x, tf.constant(1))),
        between(
            "Div by a tensor",
            "DIV",
            (tf, x) ->
                tf.math.div(
                    x,
                    tf.math.add(
                        tf.sum(tf.math.square(x), tf.constant(new int[] {1}), Sum.keepDims(true)),
                        tf.constant(1f)))),
        between(
            "ScatterNd",
            "SCATTER_ND",
            (tf, x) -> tf.scatterNd(tf.constant(rows(64)), x, tf.constant(new int[] {64, 6}))),
        between(
            "the indexes of TopKV2",
            "TOPK_V2",
            (tf, x) ->
                tf.dtypes.cast(
                    tf.nn.topK(x, tf.constant(6), TInt32.class).indices(), TFloat32.class)),
        vectors(
            "a sum at the end",
            1,
            "CUMSUM",
            (layers, x) ->
                layers.tf().math.cumsum(layers.matMul("one", x, 6), layers.tf().constant(1))),
        images(
            "LRN",
            1,
            "LOCAL_RESPONSE_NORMALIZATION",
            (layers, x) ->
                layers.relu("r", layers.at("f", "lrn").nn.localResponseNormalization(x))));
  }

  private interface Function {
    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x);
  }

  private static OperationCase between(String name, String lite, Function function) {
    return vectors(
        name,
        1,
        lite,
        (TestLayers layers, Operand<TFloat32> x) -> {
          Operand<TFloat32> y = layers.biasAdd("one", layers.matMul("one", x, 6));
          y = function.apply(layers.tf().withSubScope("odd"), y);
          Operand<TFloat32> shaped =
              layers.tf().reshape(y, layers.tf().array((int) OperationCase.VECTORS.get(0), 6));
          return layers.biasAdd("two", layers.matMul("two", shaped, 3));
        });
  }

  private static int[][] rows(int count) {
    int[][] rows = new int[count][1];
    for (int i = 0; i < count; i++) {
      rows[i][0] = (7 * i) % count;
    }
    return rows;
  }
}
