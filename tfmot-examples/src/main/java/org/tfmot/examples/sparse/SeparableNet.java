package org.tfmot.examples.sparse;

import java.util.List;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/**
 * A network in the manner of MobileNetV1 (Howard et al., 2017) with random weights, its batch norms
 * folded: a 3 x 3 convolution with stride 2, then depthwise and 1 x 1 convolutions in turns, the
 * mean over the image, and a dense layer. Padding is explicit, as XNNPACK's sparse inference wants.
 */
final class SeparableNet {

  private static final int CLASSES = 10;

  /** The channels of each block; a block that has more than the one before halves the image. */
  private static final List<Integer> CHANNELS = List.of(64, 128, 128, 256, 256, 512, 512, 512);

  private final Ops tf;
  private final Random random = new Random(5);

  private SeparableNet(Ops tf) {
    this.tf = tf;
  }

  /**
   * The model, for inference.
   *
   * @param side of the square images, a multiple of 16
   */
  static GraphModel model(int side) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> image =
              tf.withName("image")
                  .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, side, side, 3)));
          return Endpoints.builder()
              .input("image", image)
              .output("logits", new SeparableNet(tf).build(image))
              .build();
        });
  }

  private Operand<TFloat32> build(Operand<TFloat32> image) {
    Operand<TFloat32> x =
        biased("stem", convolution("stem", pad(image), Shape.of(3, 3, 3, 32), 2, "VALID"));
    for (int i = 0; i < CHANNELS.size(); i++) {
      String name = "block" + i;
      int before = i == 0 ? 32 : CHANNELS.get(i - 1);
      boolean halves = i > 0 && CHANNELS.get(i) > before;
      x = biased(name + "_depthwise", depthwise(name, x, before, halves ? 2 : 1));
      Shape kernel = Shape.of(1, 1, before, CHANNELS.get(i));
      x = biased(name, convolution(name, x, kernel, 1, "SAME"));
    }
    x = tf.withName("mean").math.mean(x, tf.array(1, 2), Mean.keepDims(true));
    int channels = CHANNELS.get(CHANNELS.size() - 1);
    x = tf.reshape(x, tf.array(-1, channels));
    return tf.withName("logits")
        .linalg
        .matMul(x, weight("dense", Shape.of(channels, CLASSES), channels));
  }

  private Operand<TFloat32> pad(Operand<TFloat32> x) {
    int[][] one = {{0, 0}, {1, 1}, {1, 1}, {0, 0}};
    return tf.pad(x, tf.constant(one), tf.constant(0f));
  }

  private Operand<TFloat32> convolution(
      String name, Operand<TFloat32> x, Shape kernel, long stride, String padding) {
    long inputs = kernel.get(0) * kernel.get(1) * kernel.get(2);
    return tf.withName(name)
        .nn
        .conv2d(x, weight(name, kernel, inputs), List.of(1L, stride, stride, 1L), padding);
  }

  private Operand<TFloat32> depthwise(String name, Operand<TFloat32> x, int channels, long stride) {
    Operand<TFloat32> kernel = weight(name + "_depthwise", Shape.of(3, 3, channels, 1), 9);
    boolean halves = stride > 1;
    return tf.nn.depthwiseConv2dNative(
        halves ? pad(x) : x, kernel, List.of(1L, stride, stride, 1L), halves ? "VALID" : "SAME");
  }

  private Operand<TFloat32> biased(String name, Operand<TFloat32> x) {
    float[] bias = normal((int) x.shape().get(3), 0.1);
    return tf.nn.relu6(tf.nn.biasAdd(x, tf.withName(name + "_bias").constant(bias)));
  }

  private Operand<TFloat32> weight(String name, Shape shape, long inputs) {
    float[] values = normal((int) shape.size(), Math.sqrt(2.0 / inputs));
    return tf.withName(name + "_kernel").constant(shape, DataBuffers.of(values));
  }

  private float[] normal(int size, double deviation) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
