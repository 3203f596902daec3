package org.tfmot.techniques.fuzz;

import static org.tfmot.techniques.fuzz.LayerKit.channels;
import static org.tfmot.techniques.fuzz.LayerKit.ones;
import static org.tfmot.techniques.fuzz.LayerKit.size;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.types.TFloat32;

/** Blocks of published networks and layers of Keras that are composed of several operations. */
final class KerasLayers {

  private static final int MOST_STEPS = 10;

  private KerasLayers() {}

  static Layer.Table ofImages() {
    return new Layer.Table()
        .with("separableConv", KerasLayers::separableConv)
        .with("invertedResidual", KerasLayers::invertedResidual)
        .with("squeezeExcite", KerasLayers::squeezeExcite)
        .with("skipOfUNet", KerasLayers::skipOfUNet)
        .with("inception", KerasLayers::inception)
        .with(
            "denseBlock",
            (k, x) -> k.concat(List.of(x, k.conv(k.tf().nn.relu(k.batchNorm(x)), 3, 4))))
        .with("pyramidPooling", KerasLayers::pyramidPooling)
        .with("sharedConv", KerasLayers::sharedConv);
  }

  static Layer.Table ofSequences() {
    return new Layer.Table()
        .with("bidirectionalLstm", KerasLayers::bidirectionalLstm)
        .with("lstm", (k, x) -> size(x, 1) <= MOST_STEPS ? last(lstm(k, x, 4, false)) : x)
        .with("encoderBlock", KerasLayers::encoderBlock)
        .with("attentionPooling", KerasLayers::attentionPooling)
        .with("sharedDense", KerasLayers::sharedDense);
  }

  static Layer.Table ofVectors() {
    return new Layer.Table()
        .with("highway", KerasLayers::highway)
        .with("experts", VectorLayers::experts)
        .with("sharedDense", KerasLayers::sharedDense)
        .with("denseSwish", (k, x) -> k.swish(k.dense(x, k.width())))
        .with("denseSoftmax", (k, x) -> k.tf().nn.softmax(k.dense(x, k.width())));
  }

  private static Operand<TFloat32> separableConv(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> y = k.tf().nn.relu(k.batchNorm(k.depthwise(x, 3, 1, 1)));
    return k.tf().nn.relu(k.batchNorm(k.conv(y, 1, k.width())));
  }

  private static Operand<TFloat32> invertedResidual(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> y = k.tf().nn.relu6(k.batchNorm(k.conv(x, 1, 2 * channels(x))));
    y = k.tf().nn.relu6(k.batchNorm(k.depthwise(y, 3, 1, 1)));
    return k.tf().math.add(x, k.batchNorm(k.conv(y, 1, channels(x))));
  }

  private static Operand<TFloat32> squeezeExcite(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> y = k.tf().nn.relu(k.conv(k.mean(x, 1, 2), 1, 4));
    return k.tf().math.mul(x, k.tf().math.sigmoid(k.conv(y, 1, channels(x))));
  }

  private static Operand<TFloat32> skipOfUNet(LayerKit k, Operand<TFloat32> x) {
    if (size(x, 1) % 2 != 0 || size(x, 2) % 2 != 0) {
      return x;
    }
    Operand<TFloat32> down = k.tf().nn.relu(k.conv(x, 3, 8, 2));
    Operand<TFloat32> up = k.transposedConv(down, 4);
    return k.tf().nn.relu(k.conv(k.concat(List.of(x, up)), 3, k.width()));
  }

  private static Operand<TFloat32> inception(LayerKit k, Operand<TFloat32> x) {
    List<Long> window = List.of(1L, 3L, 3L, 1L);
    Operand<TFloat32> pooled = k.tf().nn.avgPool(x, window, ones(), "SAME");
    return k.concat(
        List.of(
            k.tf().nn.relu(k.conv(x, 1, 4)),
            k.tf().nn.relu(k.conv(k.tf().nn.relu(k.conv(x, 1, 4)), 3, 4)),
            k.tf().nn.relu(k.conv(pooled, 1, 4))));
  }

  private static Operand<TFloat32> pyramidPooling(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> mean = k.tf().nn.relu(k.conv(k.mean(x, 1, 2), 1, 4));
    Operand<TFloat32> wide =
        k.tf()
            .image
            .resizeBilinear(
                mean, k.ints(size(x, 1), size(x, 2)), ResizeBilinear.halfPixelCenters(true));
    return k.concat(List.of(x, wide));
  }

  private static Operand<TFloat32> sharedConv(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> kernel = k.kernel(x, 3, k.width());
    Operand<TFloat32> mirrored = k.tf().reverse(x, k.ints(2));
    return k.tf()
        .math
        .add(
            k.tf().nn.conv2d(x, kernel, ones(), "SAME"),
            k.tf().nn.relu(k.tf().nn.conv2d(mirrored, kernel, ones(), "SAME")));
  }

  private static Operand<TFloat32> sharedDense(LayerKit k, Operand<TFloat32> x) {
    int c = channels(x);
    Operand<TFloat32> kernel = k.weight(1 / Math.sqrt(c), 0, c, c);
    Operand<TFloat32> bias = k.weight(0.1, 0, c);
    return k.dense(k.tf().math.tanh(k.dense(x, kernel, bias)), kernel, bias);
  }

  private static Operand<TFloat32> highway(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> share = k.tf().math.sigmoid(k.dense(x, channels(x)));
    Operand<TFloat32> rest = k.tf().math.sub(k.number(1), share);
    Operand<TFloat32> y = k.tf().nn.relu(k.dense(x, channels(x)));
    return k.tf().math.add(k.tf().math.mul(y, share), k.tf().math.mul(x, rest));
  }

  private static Operand<TFloat32> encoderBlock(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> y = k.layerNorm(SequenceLayers.multiHeadAttention(k, x), 2);
    Operand<TFloat32> wide = k.tf().nn.relu(k.dense(y, 2 * channels(x)));
    return k.layerNorm(k.tf().math.add(y, k.dense(wide, channels(x))), 2);
  }

  private static Operand<TFloat32> attentionPooling(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> scores = k.reshape(k.dense(x, 1), -1, 1, size(x, 1));
    return k.reshape(k.product(k.tf().nn.softmax(scores), x, false), -1, channels(x));
  }

  private static Operand<TFloat32> bidirectionalLstm(LayerKit k, Operand<TFloat32> x) {
    if (size(x, 1) > MOST_STEPS) {
      return x;
    }
    List<Operand<TFloat32>> forward = lstm(k, x, 4, false);
    List<Operand<TFloat32>> backward = lstm(k, x, 4, true);
    Collections.reverse(backward);
    return k.concat(List.of(stacked(k, forward), stacked(k, backward)));
  }

  private static Operand<TFloat32> stacked(LayerKit k, List<Operand<TFloat32>> steps) {
    return k.tf().stack(steps, Stack.axis(1L));
  }

  private static Operand<TFloat32> last(List<Operand<TFloat32>> steps) {
    return steps.get(steps.size() - 1);
  }

  /** An unrolled LSTM as Keras writes it, from states of zero: the outputs of all steps. */
  private static List<Operand<TFloat32>> lstm(
      LayerKit k, Operand<TFloat32> x, int units, boolean backwards) {
    int features = channels(x);
    Operand<TFloat32> kernel = k.weight(1 / Math.sqrt(features), 0, features, 4 * units);
    Operand<TFloat32> recurrent = k.weight(1 / Math.sqrt(units), 0, units, 4 * units);
    Operand<TFloat32> bias = k.weight(0.2, 0.2, 4 * units);
    List<Operand<TFloat32>> outputs = new ArrayList<>();
    Operand<TFloat32> cell = null;
    for (int i = 0; i < size(x, 1); i++) {
      Operand<TFloat32> step = SequenceLayers.step(k, x, backwards ? size(x, 1) - 1 - i : i);
      Operand<TFloat32> sum = k.tf().linalg.matMul(step, kernel);
      if (cell != null) {
        sum = k.tf().math.add(sum, k.tf().linalg.matMul(last(outputs), recurrent));
      }
      List<? extends Operand<TFloat32>> gates =
          k.tf().split(k.tf().constant(1), k.tf().nn.biasAdd(sum, bias), 4L).output();
      Operand<TFloat32> news =
          k.tf().math.mul(k.tf().math.sigmoid(gates.get(0)), k.tf().math.tanh(gates.get(2)));
      cell =
          cell == null
              ? news
              : k.tf().math.add(k.tf().math.mul(k.tf().math.sigmoid(gates.get(1)), cell), news);
      outputs.add(k.tf().math.mul(k.tf().math.sigmoid(gates.get(3)), k.tf().math.tanh(cell)));
    }
    return outputs;
  }
}
