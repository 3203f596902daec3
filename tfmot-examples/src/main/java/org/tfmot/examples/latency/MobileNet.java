package org.tfmot.examples.latency;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** MobileNetV1 1.0 (Howard et al., 2017) for inference, with its batch norms folded. */
final class MobileNet {

  static final String IMAGE = "image";
  static final int SIDE = 224;
  static final int CLASSES = 1001;

  /** The output channels of each block, and the stride of its depthwise convolution. */
  static final int[][] BLOCKS = {
    {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}, {512, 1}, {512, 1},
    {512, 1}, {512, 1}, {1024, 2}, {1024, 1}
  };

  private MobileNet() {}

  static GraphModel model() {
    return GraphModel.build(tf -> define(new RandomLayers(tf)));
  }

  private static Endpoints define(RandomLayers layer) {
    Operand<TFloat32> image =
        layer.at(IMAGE).placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIDE, SIDE, 3)));
    Operand<TFloat32> x = convolution(layer, "stem", image, 3, 3, 32, 2);
    int channels = 32;
    for (int i = 0; i < BLOCKS.length; i++) {
      int output = BLOCKS[i][0];
      x = depthwise(layer, "depthwise" + i, x, channels, BLOCKS[i][1]);
      x = convolution(layer, "pointwise" + i, x, 1, channels, output, 1);
      channels = output;
    }
    x = layer.at("mean").math.mean(x, layer.tf().array(1, 2));
    Operand<TFloat32> logits = layer.dense("logits", x, channels, CLASSES);
    return Endpoints.builder().input(IMAGE, image).output("logits", logits).training(false).build();
  }

  private static Operand<TFloat32> convolution(
      RandomLayers layer,
      String name,
      Operand<TFloat32> x,
      int side,
      int in,
      int out,
      long stride) {
    Operand<TFloat32> kernel =
        layer.weight(name + "_kernel", Math.sqrt(2.0 / (side * side * in)), side, side, in, out);
    List<Long> strides = List.of(1L, stride, stride, 1L);
    return activated(layer, name, layer.at(name).nn.conv2d(x, kernel, strides, "SAME"), out);
  }

  private static Operand<TFloat32> depthwise(
      RandomLayers layer, String name, Operand<TFloat32> x, int channels, long stride) {
    Operand<TFloat32> kernel =
        layer.weight(name + "_kernel", Math.sqrt(2.0 / 9), 3, 3, channels, 1);
    List<Long> strides = List.of(1L, stride, stride, 1L);
    Operand<TFloat32> y = layer.at(name).nn.depthwiseConv2dNative(x, kernel, strides, "SAME");
    return activated(layer, name, y, channels);
  }

  private static Operand<TFloat32> activated(
      RandomLayers layer, String name, Operand<TFloat32> x, int channels) {
    return layer.at(name + "_relu6").nn.relu6(layer.biased(name, x, channels));
  }
}
