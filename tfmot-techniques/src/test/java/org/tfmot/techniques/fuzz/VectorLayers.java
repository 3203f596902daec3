package org.tfmot.techniques.fuzz;

import static org.tfmot.techniques.fuzz.LayerKit.channels;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Layers of vectors {@code [batch, features]}. */
final class VectorLayers {

  static final Layer.Table TABLE =
      new Layer.Table()
          .with(products())
          .with(normalized())
          .with(movements())
          .with(KerasLayers.ofVectors());

  private VectorLayers() {}

  private static Layer.Table products() {
    return new Layer.Table()
        .with("dense", (k, x) -> k.dense(x, k.width()))
        .with(
            "denseWithoutBias",
            (k, x) ->
                k.tf()
                    .linalg
                    .matMul(x, k.weight(1 / Math.sqrt(channels(x)), 0, channels(x), k.width())))
        .with("denseRelu", (k, x) -> k.tf().nn.relu(k.dense(x, k.width())))
        .with("residual", (k, x) -> k.tf().math.add(x, k.tf().nn.relu(k.dense(x, channels(x)))))
        .with("gate", (k, x) -> k.tf().math.mul(x, k.tf().math.sigmoid(k.dense(x, channels(x)))))
        .with(
            "bilinear", (k, x) -> k.tf().math.mul(k.dense(x, channels(x)), k.dense(x, channels(x))))
        .with(
            "outerProduct",
            (k, x) ->
                channels(x) <= 32
                    ? k.tf()
                        .math
                        .mul(
                            k.tf().expandDims(x, k.tf().constant(2)),
                            k.tf().expandDims(x, k.tf().constant(1)))
                    : x);
  }

  private static Layer.Table normalized() {
    return new Layer.Table()
        .with("softmax", (k, x) -> k.tf().nn.softmax(x))
        .with("logSoftmax", (k, x) -> k.tf().nn.logSoftmax(x))
        .with("unitLength", LayerKit::unitLength)
        .with("layerNorm", (k, x) -> k.layerNorm(x, 1))
        .with(
            "affine",
            (k, x) ->
                k.tf()
                    .math
                    .add(
                        k.tf().math.mul(x, k.weight(0.3, 1, channels(x))),
                        k.weight(0.3, 0, channels(x))))
        .with("minusMean", (k, x) -> k.tf().math.sub(x, k.mean(x, 1)));
  }

  private static Layer.Table movements() {
    return new Layer.Table()
        .with("concat", (k, x) -> k.concat(List.of(x, k.tf().nn.relu(k.dense(x, k.width())))))
        .with(
            "splitGate",
            (k, x) ->
                channels(x) % 2 == 0
                    ? k.tf().math.mul(k.halves(x).get(0), k.tf().math.tanh(k.halves(x).get(1)))
                    : x)
        .with("sequence", (k, x) -> channels(x) % 4 == 0 ? k.reshape(x, -1, 4, channels(x) / 4) : x)
        .with("image", (k, x) -> channels(x) % 4 == 0 ? k.reshape(x, -1, 2, 2, channels(x) / 4) : x)
        .with(
            "slice",
            (k, x) ->
                channels(x) > 4 ? k.tf().slice(x, k.ints(0, 1), k.ints(-1, channels(x) - 2)) : x)
        .with(
            "gather",
            (k, x) ->
                k.tf()
                    .gather(x, k.ints(channels(x) - 1, 0, channels(x) / 2, 0), k.tf().constant(1)))
        .with(
            "pad",
            (k, x) -> k.tf().pad(x, k.tf().constant(new int[][] {{0, 0}, {0, 3}}), k.number(0)));
  }

  /** Returns the weighted sum of three dense layers, by a softmax over three scores. */
  static Operand<TFloat32> experts(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> shares = k.tf().nn.softmax(k.dense(x, 3));
    int units = k.width();
    List<Operand<TFloat32>> parts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Operand<TFloat32> share = k.tf().slice(shares, k.ints(0, i), k.ints(-1, 1));
      parts.add(k.tf().math.mul(share, k.tf().nn.relu(k.dense(x, units))));
    }
    return k.tf().math.addN(parts);
  }
}
