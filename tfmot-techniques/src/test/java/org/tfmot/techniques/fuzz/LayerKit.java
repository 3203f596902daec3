package org.tfmot.techniques.fuzz;

import java.util.List;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.TestLayers;

/** Random weights and the parts that layers are composed of. */
final class LayerKit {

  private static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);

  private final Random random;
  private final TestLayers layers;
  private final boolean trained;
  private final Ops root;
  private Ops tf;
  private String scope = "";
  private int weights;

  /**
   * Creates a kit.
   *
   * @param trained whether weights are variables and batch norm is in training form; otherwise they
   *     are constants, as in a frozen graph
   */
  LayerKit(Ops tf, TestLayers layers, Random random, boolean trained) {
    this.root = tf;
    this.tf = tf;
    this.layers = layers;
    this.random = random;
    this.trained = trained;
  }

  /** Names the operations that follow after a layer. */
  void enter(String layer) {
    scope = layer;
    tf = root.withSubScope(layer);
  }

  Ops tf() {
    return tf;
  }

  <T> T pick(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Returns 4, 8 or 12. */
  int width() {
    return 4 * (1 + random.nextInt(3));
  }

  static int size(Operand<TFloat32> x, int dimension) {
    return (int) x.shape().get(dimension);
  }

  static int channels(Operand<TFloat32> x) {
    return size(x, x.shape().numDimensions() - 1);
  }

  Operand<TFloat32> number(double value) {
    return tf.constant((float) value);
  }

  Operand<TInt32> ints(int... values) {
    return tf.constant(values);
  }

  /** Returns constant values of a normal distribution. */
  Operand<TFloat32> constant(double deviation, double mean, long... shape) {
    return tf.constant(Shape.of(shape), DataBuffers.of(values(deviation, mean, shape)));
  }

  /** Returns a weight: a variable in a model that is trained, otherwise a constant. */
  Operand<TFloat32> weight(double deviation, double mean, long... shape) {
    return trained
        ? layers.weight(
            scope, "weight" + weights++, Shape.of(shape), values(deviation, mean, shape))
        : constant(deviation, mean, shape);
  }

  private float[] values(double deviation, double mean, long... shape) {
    float[] values = new float[(int) Shape.of(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return values;
  }

  /** A dense layer over the last dimension of a tensor of two or three dimensions. */
  Operand<TFloat32> dense(Operand<TFloat32> x, int units) {
    int inputs = channels(x);
    return dense(x, weight(1 / Math.sqrt(inputs), 0, inputs, units), weight(0.1, 0, units));
  }

  /** A dense layer of given weights, which others may share. */
  Operand<TFloat32> dense(Operand<TFloat32> x, Operand<TFloat32> kernel, Operand<TFloat32> bias) {
    boolean sequence = x.shape().numDimensions() == 3;
    Operand<TFloat32> rows = sequence ? tf.reshape(x, ints(-1, channels(x))) : x;
    Operand<TFloat32> y = tf.nn.biasAdd(tf.linalg.matMul(rows, kernel), bias);
    return sequence ? tf.reshape(y, ints(-1, size(x, 1), (int) kernel.shape().get(1))) : y;
  }

  Operand<TFloat32> kernel(Operand<TFloat32> x, int size, int filters) {
    int inputs = channels(x);
    return weight(1 / Math.sqrt((double) size * size * inputs), 0, size, size, inputs, filters);
  }

  Operand<TFloat32> conv(Operand<TFloat32> x, int size, int filters) {
    return conv(x, size, filters, 1);
  }

  Operand<TFloat32> conv(Operand<TFloat32> x, int size, int filters, long stride) {
    return tf.nn.conv2d(x, kernel(x, size, filters), List.of(1L, stride, stride, 1L), "SAME");
  }

  Operand<TFloat32> depthwise(Operand<TFloat32> x, int size, int multiplier, long stride) {
    return tf.nn.depthwiseConv2dNative(
        x,
        weight(1.0 / size, 0, size, size, channels(x), multiplier),
        List.of(1L, stride, stride, 1L),
        "SAME");
  }

  Operand<TFloat32> transposedConv(Operand<TFloat32> x, int filters) {
    int h = 2 * size(x, 1);
    int w = 2 * size(x, 2);
    Operand<TInt32> batch = tf.slice(tf.shape(x), ints(0), ints(1));
    Operand<TInt32> shape = tf.concat(List.of(batch, ints(h, w, filters)), tf.constant(0));
    Operand<TFloat32> kernel =
        weight(1 / Math.sqrt(4.0 * channels(x)), 0, 3, 3, filters, channels(x));
    Operand<TFloat32> y =
        tf.nn.conv2dBackpropInput(shape, kernel, x, List.of(1L, 2L, 2L, 1L), "SAME");
    return tf.ensureShape(y, Shape.of(x.shape().get(0), h, w, filters));
  }

  /** Batch norm, in training form where the model is trained. */
  Operand<TFloat32> batchNorm(Operand<TFloat32> x) {
    if (trained) {
      return layers.batchNorm(scope + "_norm" + weights++, x);
    }
    int c = channels(x);
    return tf.nn
        .fusedBatchNorm(
            x,
            constant(0.2, 1, c),
            constant(0.2, 0, c),
            constant(0.2, 0, c),
            tf.math.abs(constant(0.2, 1, c)),
            FusedBatchNorm.isTraining(false),
            FusedBatchNorm.epsilon(1e-3f))
        .y();
  }

  Operand<TFloat32> mean(Operand<TFloat32> x, int... axes) {
    return tf.math.mean(x, ints(axes), Mean.keepDims(true));
  }

  /** Normalizes over some dimensions, with factors and offsets for each channel. */
  Operand<TFloat32> layerNorm(Operand<TFloat32> x, int... axes) {
    Operand<TFloat32> mean = mean(x, axes);
    Operand<TFloat32> variance = mean(tf.math.squaredDifference(x, mean), axes);
    Operand<TFloat32> factor = tf.math.rsqrt(tf.math.add(variance, number(1e-3)));
    Operand<TFloat32> y = tf.math.mul(tf.math.sub(x, mean), factor);
    int c = channels(x);
    return tf.math.add(tf.math.mul(y, weight(0.2, 1, c)), weight(0.2, 0, c));
  }

  /** Scales rows along the last dimension to length 1. */
  Operand<TFloat32> unitLength(Operand<TFloat32> x) {
    int last = x.shape().numDimensions() - 1;
    Operand<TFloat32> squares = tf.sum(tf.math.square(x), ints(last), Sum.keepDims(true));
    return tf.math.mul(x, tf.math.rsqrt(tf.math.maximum(squares, number(1e-6))));
  }

  Operand<TFloat32> product(Operand<TFloat32> a, Operand<TFloat32> b, boolean transposed) {
    return tf.train.batchMatMul(a, b, TFloat32.class, BatchMatMul.adjY(transposed));
  }

  Operand<TFloat32> swish(Operand<TFloat32> x) {
    return tf.math.mul(x, tf.math.sigmoid(x));
  }

  Operand<TFloat32> reshape(Operand<TFloat32> x, int... sizes) {
    return tf.reshape(x, ints(sizes));
  }

  /** Concatenates along the last dimension. */
  Operand<TFloat32> concat(List<Operand<TFloat32>> parts) {
    return tf.concat(parts, tf.constant(parts.get(0).shape().numDimensions() - 1));
  }

  /** Halves along the last dimension, which is even. */
  List<? extends Operand<TFloat32>> halves(Operand<TFloat32> x) {
    return tf.split(tf.constant(x.shape().numDimensions() - 1), x, 2L).output();
  }

  /** Strides of one. */
  static List<Long> ones() {
    return ONE;
  }
}
