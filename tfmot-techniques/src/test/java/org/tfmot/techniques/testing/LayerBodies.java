package org.tfmot.techniques.testing;

import java.util.List;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The layers of {@link LayerCase}, over a batch of two examples with eight features each. */
final class LayerBodies {

  private static final int BATCH = LayerCase.BATCH;
  private static final List<Long> PLANE = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> VOLUME = List.of(1L, 1L, 1L, 1L, 1L);
  private static final String SAME = "SAME";

  private LayerBodies() {}

  static Operand<TFloat32> conv1d(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> image = tf.expandDims(to(layers, x, BATCH, 4, 2), tf.constant(1));
    Operand<TFloat32> w = tf.expandDims(weight(layers, 3, 2, 4), tf.constant(0));
    Operand<TFloat32> line = at(layers).nn.conv2d(image, w, PLANE, SAME);
    return tf.squeeze(line, Squeeze.axis(List.of(1L)));
  }

  static Operand<TFloat32> conv2d(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> image = to(layers, x, BATCH, 2, 1, 4);
    return at(layers).nn.conv2d(image, weight(layers, 2, 2, 4, 3), PLANE, SAME);
  }

  static Operand<TFloat32> conv3d(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> volume = to(layers, x, BATCH, 2, 2, 2, 1);
    return at(layers).nn.conv3d(volume, weight(layers, 2, 2, 2, 1, 3), VOLUME, SAME);
  }

  static Operand<TFloat32> conv2dTransposed(TestLayers layers, Operand<TFloat32> x) {
    Operand<TInt32> size = layers.tf().array(BATCH, 2, 2, 3);
    Operand<TFloat32> image = to(layers, x, BATCH, 2, 2, 2);
    return at(layers).nn.conv2dBackpropInput(size, weight(layers, 2, 2, 3, 2), image, PLANE, SAME);
  }

  static Operand<TFloat32> conv3dTransposed(TestLayers layers, Operand<TFloat32> x) {
    Operand<TInt32> size = layers.tf().array(BATCH, 2, 2, 2, 2);
    Operand<TFloat32> volume = to(layers, x, BATCH, 2, 2, 2, 1);
    return at(layers)
        .nn
        .conv3dBackpropInput(size, weight(layers, 2, 2, 2, 2, 1), volume, VOLUME, SAME);
  }

  static Operand<TFloat32> depthwise(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> image = to(layers, x, BATCH, 2, 2, 2);
    return at(layers).nn.depthwiseConv2dNative(image, weight(layers, 2, 2, 2, 2), PLANE, SAME);
  }

  static Operand<TFloat32> matMul(TestLayers layers, Operand<TFloat32> x) {
    return at(layers).linalg.matMul(x, weight(layers, 8, 4));
  }

  static Operand<TFloat32> matMulTransposed(TestLayers layers, Operand<TFloat32> x) {
    return at(layers).linalg.matMul(x, weight(layers, 4, 8), MatMul.transposeB(true));
  }

  static Operand<TFloat32> batchMatMul(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> batches = to(layers, x, BATCH, 2, 4);
    return at(layers).train.batchMatMul(batches, weight(layers, 4, 5), TFloat32.class);
  }

  static Operand<TFloat32> einsum(TestLayers layers, Operand<TFloat32> x) {
    return at(layers).linalg.einsum(List.of(x, weight(layers, 8, 2, 3)), "bi,ihd->bhd");
  }

  static Operand<TFloat32> gather(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> positive = tf.math.abs(tf.math.mul(x, tf.constant(2f)));
    Operand<TFloat32> held = tf.math.minimum(positive, tf.constant(3f));
    Operand<TInt32> rows = tf.dtypes.cast(held, TInt32.class);
    return at(layers).gather(weight(layers, 4, 6), rows, tf.constant(0));
  }

  static Operand<TFloat32> rnn(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> w = weight(layers, 6, 2);
    Operand<TFloat32> h = tf.zeros(tf.array(BATCH, 2), TFloat32.class);
    for (int step = 0; step < 2; step++) {
      h = tf.math.tanh(at(layers).linalg.matMul(withState(tf, x, step, h), w));
    }
    return h;
  }

  static Operand<TFloat32> lstm(TestLayers layers, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TFloat32> w = weight(layers, 6, 8);
    Operand<TFloat32> h = tf.zeros(tf.array(BATCH, 2), TFloat32.class);
    Operand<TFloat32> c = h;
    for (int step = 0; step < 2; step++) {
      Operand<TFloat32> all = at(layers).linalg.matMul(withState(tf, x, step, h), w);
      List<Output<TFloat32>> gates = tf.split(tf.constant(1), all, 4L).output();
      Operand<TFloat32> written =
          tf.math.mul(tf.math.sigmoid(gates.get(0)), tf.math.tanh(gates.get(1)));
      c = tf.math.add(tf.math.mul(tf.math.sigmoid(gates.get(2)), c), written);
      h = tf.math.mul(tf.math.sigmoid(gates.get(3)), tf.math.tanh(c));
    }
    return h;
  }

  /** Four features of a step, and the state of the one before. */
  private static Operand<TFloat32> withState(
      Ops tf, Operand<TFloat32> x, int step, Operand<TFloat32> state) {
    Operand<TFloat32> features = tf.slice(x, tf.array(0, 4 * step), tf.array(BATCH, 4));
    return tf.concat(List.of(features, state), tf.constant(1));
  }

  static Operand<TFloat32> to(TestLayers layers, Operand<TFloat32> x, int... sizes) {
    return layers.tf().reshape(x, layers.tf().array(sizes));
  }

  private static Ops at(TestLayers layers) {
    return layers.at("layer", "op");
  }

  private static Operand<TFloat32> weight(TestLayers layers, long... sizes) {
    Shape shape = Shape.of(sizes);
    Random random = new Random(shape.size());
    float[] values = Values.of((int) shape.size(), i -> random.nextGaussian());
    return layers.weight("layer", "kernel", shape, values);
  }
}
