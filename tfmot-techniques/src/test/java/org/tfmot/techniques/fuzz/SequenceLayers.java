package org.tfmot.techniques.fuzz;

import static org.tfmot.techniques.fuzz.LayerKit.channels;
import static org.tfmot.techniques.fuzz.LayerKit.ones;
import static org.tfmot.techniques.fuzz.LayerKit.size;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.core.ReduceMin;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TFloat32;

/** Layers of sequences {@code [batch, steps, features]}. */
final class SequenceLayers {

  static final Layer.Table TABLE =
      new Layer.Table()
          .with(attentions())
          .with(products())
          .with(movements())
          .with(reductions())
          .with(KerasLayers.ofSequences());

  private SequenceLayers() {}

  private static Layer.Table attentions() {
    return new Layer.Table()
        .with("attention", (k, x) -> attention(k, x, Mask.NONE))
        .with("causalAttention", (k, x) -> attention(k, x, Mask.CAUSAL))
        .with("maskedAttention", (k, x) -> attention(k, x, Mask.OF_INPUT))
        .with("multiHeadAttention", SequenceLayers::multiHeadAttention)
        .with("selfProduct", (k, x) -> k.product(x, x, true));
  }

  private static Layer.Table products() {
    return new Layer.Table()
        .with("dense", (k, x) -> k.dense(x, k.width()))
        .with("layerNorm", (k, x) -> k.layerNorm(x, 2))
        .with("conv1d", SequenceLayers::conv)
        .with("depthwise1d", SequenceLayers::depthwise)
        .with(
            "feedForward",
            (k, x) ->
                k.tf()
                    .math
                    .add(x, k.dense(k.tf().nn.relu(k.dense(x, 2 * channels(x))), channels(x))))
        .with("mixer", (k, x) -> swapped(k, k.dense(swapped(k, x), size(x, 1))))
        .with(
            "gatedUnits",
            (k, x) ->
                channels(x) % 2 == 0
                    ? k.tf().math.mul(k.halves(x).get(0), k.tf().math.sigmoid(k.halves(x).get(1)))
                    : x)
        .with(
            "positions", (k, x) -> k.tf().math.add(x, k.weight(0.5, 0, 1, size(x, 1), channels(x))))
        .with("unitLength", LayerKit::unitLength)
        .with("softmax", (k, x) -> k.tf().nn.softmax(x));
  }

  private static Layer.Table movements() {
    return new Layer.Table()
        .with("transpose", SequenceLayers::swapped)
        .with(
            "padSteps",
            (k, x) ->
                k.tf().pad(x, k.tf().constant(new int[][] {{0, 0}, {2, 0}, {0, 0}}), k.number(0)))
        .with("concatFeatures", (k, x) -> k.concat(List.of(x, k.tf().math.tanh(x))))
        .with(
            "concatSteps",
            (k, x) -> k.tf().concat(List.of(x, k.tf().math.tanh(x)), k.tf().constant(1)))
        .with("lastStep", (k, x) -> step(k, x, size(x, 1) - 1))
        .with(
            "gatherSteps",
            (k, x) ->
                k.tf().gather(x, k.ints(size(x, 1) - 1, 0, size(x, 1) / 2), k.tf().constant(1)))
        .with("runningSum", (k, x) -> k.tf().math.cumsum(x, k.tf().constant(1)))
        .with("flatten", (k, x) -> k.reshape(x, -1, size(x, 1) * channels(x)))
        .with("image", (k, x) -> k.tf().expandDims(x, k.tf().constant(2)));
  }

  private static Layer.Table reductions() {
    return new Layer.Table()
        .with("meanOfSteps", (k, x) -> k.tf().math.mean(x, k.ints(1)))
        .with("maximumOfSteps", (k, x) -> k.tf().max(x, k.ints(1)))
        .with(
            "minimumOfFeatures",
            (k, x) -> k.tf().reduceMin(x, k.ints(2), ReduceMin.keepDims(true)));
  }

  /** Returns one step as {@code [batch, features]}. */
  static Operand<TFloat32> step(LayerKit k, Operand<TFloat32> x, int step) {
    return k.tf()
        .stridedSlice(
            x,
            k.ints(0, step, 0),
            k.ints(0, step + 1, channels(x)),
            k.ints(1, 1, 1),
            StridedSlice.beginMask(1L),
            StridedSlice.endMask(1L),
            StridedSlice.shrinkAxisMask(2L));
  }

  /** Masks of the scores that do not count in an attention. */
  enum Mask {
    NONE,
    /** Those of later steps. */
    CAUSAL,
    /** Those of steps whose first feature is small, as a computed padding mask. */
    OF_INPUT
  }

  static Operand<TFloat32> attention(LayerKit k, Operand<TFloat32> x, Mask mask) {
    int c = channels(x);
    Operand<TFloat32> scores = k.product(k.dense(x, c), k.dense(x, c), true);
    scores = k.tf().math.mul(scores, k.number(1 / Math.sqrt(c)));
    if (mask == Mask.CAUSAL) {
      scores = k.tf().math.add(scores, later(k, size(x, 1)));
    } else if (mask == Mask.OF_INPUT) {
      Operand<TFloat32> first = k.tf().slice(x, k.ints(0, 0, 0), k.ints(-1, size(x, 1), 1));
      Operand<TFloat32> present =
          k.tf().dtypes.cast(k.tf().math.greater(first, k.number(-1)), TFloat32.class);
      Operand<TFloat32> row = k.reshape(present, -1, 1, size(x, 1));
      Operand<TFloat32> bias = k.tf().math.mul(k.tf().math.sub(k.number(1), row), k.number(-1e9));
      scores = k.tf().math.add(scores, bias);
    }
    return k.product(k.tf().nn.softmax(scores), k.dense(x, c), false);
  }

  private static Operand<TFloat32> later(LayerKit k, int steps) {
    float[][] mask = new float[steps][steps];
    for (int row = 0; row < steps; row++) {
      for (int column = row + 1; column < steps; column++) {
        mask[row][column] = -1e9f;
      }
    }
    return k.tf().constant(mask);
  }

  static Operand<TFloat32> multiHeadAttention(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    if (c % 2 != 0) {
      return x;
    }
    Operand<TFloat32> scores = k.product(heads(k, x), heads(k, x), true);
    Operand<TFloat32> shares =
        k.tf().nn.softmax(k.tf().math.mul(scores, k.number(1 / Math.sqrt(c / 2.0))));
    Operand<TFloat32> values = k.product(shares, heads(k, x), false);
    Operand<TFloat32> joined =
        k.reshape(k.tf().linalg.transpose(values, k.ints(0, 2, 1, 3)), -1, size(x, 1), c);
    return k.tf().math.add(x, k.dense(joined, c));
  }

  private static Operand<TFloat32> heads(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    Operand<TFloat32> parts = k.reshape(k.dense(x, c), -1, size(x, 1), 2, c / 2);
    return k.tf().linalg.transpose(parts, k.ints(0, 2, 1, 3));
  }

  private static Operand<TFloat32> conv(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    Operand<TFloat32> rows = k.tf().expandDims(x, k.tf().constant(1));
    Operand<TFloat32> kernel = k.weight(Math.sqrt(1.0 / (3 * c)), 0, 1, 3, c, k.width());
    Operand<TFloat32> y = k.tf().nn.conv2d(rows, kernel, ones(), "SAME");
    return k.tf().squeeze(y, Squeeze.axis(List.of(1L)));
  }

  private static Operand<TFloat32> depthwise(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> columns = k.tf().expandDims(x, k.tf().constant(2));
    Operand<TFloat32> kernel = k.weight(0.5, 0, 3, 1, channels(x), 1);
    Operand<TFloat32> y = k.tf().nn.depthwiseConv2dNative(columns, kernel, ones(), "SAME");
    return k.tf().squeeze(y, Squeeze.axis(List.of(2L)));
  }

  private static Operand<TFloat32> swapped(LayerKit k, Operand<TFloat32> x) {
    return k.tf().linalg.transpose(x, k.ints(0, 2, 1));
  }
}
