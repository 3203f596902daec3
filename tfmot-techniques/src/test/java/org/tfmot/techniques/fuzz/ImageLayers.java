package org.tfmot.techniques.fuzz;

import static org.tfmot.techniques.fuzz.LayerKit.channels;
import static org.tfmot.techniques.fuzz.LayerKit.ones;
import static org.tfmot.techniques.fuzz.LayerKit.size;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.op.image.ResizeNearestNeighbor;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Layers of images {@code [batch, height, width, channels]}. */
final class ImageLayers {

  static final Layer.Table TABLE =
      new Layer.Table()
          .with(convolutions())
          .with(norms())
          .with(movements())
          .with(sizes())
          .with(merges())
          .with(reductions())
          .with(KerasLayers.ofImages());

  private ImageLayers() {}

  private static Layer.Table convolutions() {
    return new Layer.Table()
        .with("conv", (k, x) -> k.conv(x, 3, k.width()))
        .with("convBias", (k, x) -> bias(k, k.conv(x, 3, k.width())))
        .with("convRelu", (k, x) -> k.tf().nn.relu(bias(k, k.conv(x, 3, k.width()))))
        .with("convOfOne", (k, x) -> k.conv(x, 1, k.width()))
        .with(
            "convValid",
            (k, x) ->
                least(x, 3) ? k.tf().nn.conv2d(x, k.kernel(x, 3, k.width()), ones(), "VALID") : x)
        .with(
            "convDilated",
            (k, x) ->
                k.tf()
                    .nn
                    .conv2d(
                        x,
                        k.kernel(x, 3, k.width()),
                        ones(),
                        "SAME",
                        Conv2d.dilations(List.of(1L, 2L, 2L, 1L))))
        .with("convStrided", (k, x) -> least(x, 4) ? k.conv(x, 3, k.width(), 2) : x)
        .with("depthwise", (k, x) -> k.depthwise(x, 3, 1, 1))
        .with("depthwiseOfTwo", (k, x) -> k.depthwise(x, 3, 2, 1))
        .with("depthwiseStrided", (k, x) -> least(x, 4) ? k.depthwise(x, 5, 1, 2) : x)
        .with("transposedConv", (k, x) -> k.transposedConv(x, k.width()))
        .with("convNormRelu", (k, x) -> k.tf().nn.relu6(k.batchNorm(k.conv(x, 3, k.width()))))
        .with("groupedConv", ImageLayers::groupedConv);
  }

  private static Layer.Table norms() {
    return new Layer.Table()
        .with("batchNorm", LayerKit::batchNorm)
        .with("bias", ImageLayers::bias)
        .with("unitLength", LayerKit::unitLength)
        .with("softmax", (k, x) -> k.tf().nn.softmax(x))
        .with("instanceNorm", (k, x) -> k.layerNorm(x, 1, 2))
        .with("layerNorm", (k, x) -> k.layerNorm(x, 3))
        .with("groupNorm", ImageLayers::groupNorm);
  }

  private static Layer.Table movements() {
    return new Layer.Table()
        .with("pad", (k, x) -> k.tf().pad(x, pads(k, 0, 1, 1, 0, 2), k.number(0)))
        .with("padWithValue", (k, x) -> k.tf().pad(x, pads(k, 0, 1, 0, 1, 1), k.number(1.5)))
        .with(
            "padReflecting",
            (k, x) -> least(x, 3) ? k.tf().mirrorPad(x, pads(k, 0, 1, 1, 1, 1), "REFLECT") : x)
        .with("reverse", (k, x) -> k.tf().reverse(x, k.ints(2)))
        .with("tile", (k, x) -> k.tf().tile(x, k.ints(1, 1, 2, 1)))
        .with("transpose", (k, x) -> k.tf().linalg.transpose(x, k.ints(0, 2, 1, 3)))
        .with(
            "crop",
            (k, x) ->
                least(x, 3)
                    ? k.tf()
                        .slice(
                            x,
                            k.ints(0, 1, 0, 0),
                            k.ints(-1, size(x, 1) - 2, size(x, 2) - 1, channels(x)))
                    : x)
        .with("everySecond", ImageLayers::everySecond)
        .with(
            "spaceToDepth",
            (k, x) ->
                size(x, 1) % 2 == 0 && size(x, 2) % 2 == 0 ? k.tf().nn.spaceToDepth(x, 2L) : x)
        .with("depthToSpace", (k, x) -> channels(x) % 4 == 0 ? k.tf().nn.depthToSpace(x, 2L) : x)
        .with("shuffle", ImageLayers::shuffle)
        .with("sequence", (k, x) -> k.reshape(x, -1, size(x, 1) * size(x, 2), channels(x)))
        .with("flatten", (k, x) -> k.reshape(x, -1, size(x, 1) * size(x, 2) * channels(x)));
  }

  private static Layer.Table sizes() {
    return new Layer.Table()
        .with(
            "maxPool",
            (k, x) -> k.tf().nn.maxPool(x, k.ints(1, 2, 2, 1), k.ints(1, 2, 2, 1), "SAME"))
        .with(
            "averagePool",
            (k, x) ->
                k.tf().nn.avgPool(x, List.of(1L, 3L, 3L, 1L), List.of(1L, 2L, 2L, 1L), "SAME"))
        .with(
            "resizeBilinear",
            (k, x) ->
                k.tf()
                    .image
                    .resizeBilinear(
                        x,
                        k.ints(size(x, 1) + 3, size(x, 2) * 2),
                        ResizeBilinear.halfPixelCenters(true)))
        .with(
            "resizeNearest",
            (k, x) ->
                k.tf()
                    .image
                    .resizeNearestNeighbor(
                        x,
                        k.ints(size(x, 1) * 2, size(x, 2) * 2),
                        ResizeNearestNeighbor.halfPixelCenters(true)));
  }

  private static Layer.Table merges() {
    return new Layer.Table()
        .with("addItself", (k, x) -> k.tf().math.add(x, k.tf().nn.relu(k.tf().math.neg(x))))
        .with("residual", (k, x) -> k.tf().math.add(x, k.conv(k.tf().nn.relu(x), 3, channels(x))))
        .with("gate", (k, x) -> k.tf().math.mul(x, k.tf().math.tanh(k.conv(x, 1, channels(x)))))
        .with("difference", (k, x) -> k.tf().math.sub(k.conv(x, 1, channels(x)), x))
        .with("maximum", (k, x) -> k.tf().math.maximum(k.conv(x, 1, channels(x)), x))
        .with(
            "concat",
            (k, x) ->
                k.concat(
                    List.of(
                        x,
                        k.tf().math.mul(x, k.number(3)),
                        k.tf().nn.relu(k.conv(x, 1, k.width())))))
        .with(
            "stack",
            (k, x) ->
                k.reshape(
                    k.tf().stack(List.of(x, k.tf().math.neg(x)), Stack.axis(4L)),
                    -1,
                    size(x, 1),
                    size(x, 2),
                    2 * channels(x)))
        .with(
            "splitAndSwap",
            (k, x) ->
                channels(x) % 2 == 0
                    ? k.concat(List.of(k.tf().nn.relu(k.halves(x).get(1)), k.halves(x).get(0)))
                    : x);
  }

  private static Layer.Table reductions() {
    return new Layer.Table()
        .with("globalMean", (k, x) -> k.tf().math.mean(x, k.ints(1, 2)))
        .with("globalMaximum", (k, x) -> k.tf().max(x, k.ints(1, 2)))
        .with("sumOfColumns", (k, x) -> k.tf().sum(x, k.ints(1), Sum.keepDims(true)))
        .with("meanOfRows", (k, x) -> k.mean(x, 2))
        .with("spatialAttention", (k, x) -> k.tf().math.mul(x, k.tf().math.sigmoid(k.mean(x, 3))));
  }

  private static boolean least(Operand<TFloat32> x, int pixels) {
    return size(x, 1) >= pixels && size(x, 2) >= pixels;
  }

  private static Operand<TFloat32> bias(LayerKit k, Operand<TFloat32> x) {
    return k.tf().nn.biasAdd(x, k.weight(0.3, 0, channels(x)));
  }

  private static Operand<TInt32> pads(LayerKit k, int none, int... sizes) {
    return k.tf()
        .constant(
            new int[][] {{none, none}, {sizes[0], sizes[1]}, {sizes[2], sizes[3]}, {none, none}});
  }

  private static Operand<TFloat32> everySecond(LayerKit k, Operand<TFloat32> x) {
    return k.tf()
        .stridedSlice(
            x,
            k.ints(0, 0, 0, 0),
            k.ints(0, size(x, 1), size(x, 2), channels(x)),
            k.ints(1, 2, 2, 1),
            StridedSlice.beginMask(1L),
            StridedSlice.endMask(1L));
  }

  private static Operand<TFloat32> shuffle(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    if (c % 2 != 0) {
      return x;
    }
    Operand<TFloat32> parts = k.reshape(x, -1, size(x, 1), size(x, 2), 2, c / 2);
    Operand<TFloat32> swapped = k.tf().linalg.transpose(parts, k.ints(0, 1, 2, 4, 3));
    return k.reshape(swapped, -1, size(x, 1), size(x, 2), c);
  }

  private static Operand<TFloat32> groupedConv(LayerKit k, Operand<TFloat32> x) {
    if (channels(x) % 2 != 0) {
      return x;
    }
    List<? extends Operand<TFloat32>> parts = k.halves(x);
    return k.concat(List.of(k.conv(parts.get(0), 3, 4), k.conv(parts.get(1), 3, 4)));
  }

  private static Operand<TFloat32> groupNorm(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    if (c % 4 != 0) {
      return x;
    }
    Operand<TFloat32> groups = k.reshape(x, -1, size(x, 1) * size(x, 2), 4, c / 4);
    return k.reshape(k.layerNorm(groups, 1, 3), -1, size(x, 1), size(x, 2), c);
  }
}
