package org.tfmot.techniques.testing;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Layers of a transformer (Vaswani et al., 2017) over sequences {@code [batch, steps, width]}. */
final class TransformerLayers {

  private final TestLayers layers;
  private final int width;
  private final int heads;

  private TransformerLayers(TestLayers layers, Operand<TFloat32> x, int heads) {
    this.layers = layers;
    this.width = (int) x.shape().get(2);
    this.heads = heads;
  }

  /** Attention of some heads by products of batches of matrices. */
  static Operand<TFloat32> attention(TestLayers layers, Operand<TFloat32> x, int heads) {
    return new TransformerLayers(layers, x, heads).byProducts(x);
  }

  /** The same by the Einstein sums of the usual multi-head layer. */
  static Operand<TFloat32> einsumAttention(TestLayers layers, Operand<TFloat32> x, int heads) {
    return new TransformerLayers(layers, x, heads).byEinsum(x);
  }

  /**
   * Layer norm (Ba et al., 2016): {@code (x - mean) * rsqrt(variance + epsilon) * gamma + beta}.
   */
  static Operand<TFloat32> layerNorm(TestLayers layers, String name, Operand<TFloat32> x) {
    Operand<TFloat32> mean = mean(layers, name, "mean", x);
    Operand<TFloat32> difference = layers.at(name, "difference").math.sub(x, mean);
    return layers
        .at(name, "add")
        .math
        .add(
            layers
                .at(name, "mul")
                .math
                .mul(
                    layers
                        .at(name, "normal")
                        .math
                        .mul(difference, deviation(layers, name, x, mean)),
                    layers.vector(name, "gamma", x, 1, 0.2)),
            layers.vector(name, "beta", x, 0, 0.2));
  }

  /** The same as {@code tf.nn.batch_normalization} writes it: {@code x * f + (beta - mean * f)}. */
  static Operand<TFloat32> layerNormOfFactors(TestLayers layers, String name, Operand<TFloat32> x) {
    Operand<TFloat32> mean = mean(layers, name, "mean", x);
    Operand<TFloat32> factor =
        layers
            .at(name, "factor")
            .math
            .mul(deviation(layers, name, x, mean), layers.vector(name, "gamma", x, 1, 0.2));
    Operand<TFloat32> shift = layers.at(name, "shift").math.mul(mean, factor);
    Operand<TFloat32> rest =
        layers.at(name, "rest").math.sub(layers.vector(name, "beta", x, 0, 0.2), shift);
    return layers.at(name, "add").math.add(layers.at(name, "mul").math.mul(x, factor), rest);
  }

  /**
   * The same as Keras 2 saves it: the rows are the channels of an image, which a batch norm in
   * training mode normalizes.
   */
  static Operand<TFloat32> layerNormOfImage(TestLayers layers, String name, Operand<TFloat32> x) {
    Ops tf = layers.tf();
    Operand<TInt32> shape = tf.shape(x);
    Operand<TInt32> one = tf.constant(1);
    Operand<TInt32> rows = tf.math.mul(size(tf, shape, 0), size(tf, shape, 1));
    Operand<TInt32> width = tf.math.mul(one, size(tf, shape, 2));
    Operand<TFloat32> image = tf.reshape(x, tf.stack(List.of(one, rows, width, one)));
    Operand<TInt32> channels = tf.stack(List.of(rows));
    Operand<TFloat32> none = tf.constant(new float[0]);
    Operand<TFloat32> normal =
        layers
            .at(name, "batch_norm")
            .nn
            .fusedBatchNorm(
                image,
                tf.fill(channels, tf.constant(1f)),
                tf.fill(channels, tf.constant(0f)),
                none,
                none,
                FusedBatchNorm.epsilon(1e-3f),
                FusedBatchNorm.dataFormat("NCHW"),
                FusedBatchNorm.isTraining(true))
            .y();
    Operand<TFloat32> back = layers.at(name, "back").reshape(normal, shape);
    Operand<TFloat32> scaled =
        layers.at(name, "mul").math.mul(back, layers.vector(name, "gamma", x, 1, 0.2));
    return layers.at(name, "add").math.add(scaled, layers.vector(name, "beta", x, 0, 0.2));
  }

  private static Operand<TInt32> size(Ops tf, Operand<TInt32> shape, long dimension) {
    return tf.stridedSlice(shape, Indices.at(dimension));
  }

  private static Operand<TFloat32> deviation(
      TestLayers layers, String name, Operand<TFloat32> x, Operand<TFloat32> mean) {
    // The gradient of the variance by the mean is 0: libraries stop it.
    Operand<TFloat32> still = layers.at(name, "still").stopGradient(mean);
    Operand<TFloat32> squares = layers.at(name, "squares").math.squaredDifference(x, still);
    Operand<TFloat32> variance = mean(layers, name, "variance", squares);
    Operand<TFloat32> positive =
        layers.at(name, "positive").math.add(variance, layers.tf().constant(1e-3f));
    return layers.at(name, "rsqrt").math.rsqrt(positive);
  }

  private static Operand<TFloat32> mean(
      TestLayers layers, String name, String operation, Operand<TFloat32> x) {
    return layers.at(name, operation).math.mean(x, layers.tf().array(-1), Mean.keepDims(true));
  }

  private Operand<TFloat32> byProducts(Operand<TFloat32> x) {
    Operand<TFloat32> query = scaled(split(projection("query", x)));
    Operand<TFloat32> key = split(projection("key", x));
    Operand<TFloat32> value = split(projection("value", x));
    Operand<TFloat32> scores =
        at("scores").train.batchMatMul(query, key, TFloat32.class, BatchMatMul.adjY(true));
    Operand<TFloat32> shares = at("softmax").nn.softmax(scores);
    Operand<TFloat32> mixed = at("mixed").train.batchMatMul(shares, value, TFloat32.class);
    Operand<TFloat32> joined =
        at("joined")
            .reshape(
                at("back").linalg.transpose(mixed, order()),
                layers.tf().array(-1, (int) x.shape().get(1), width));
    return projection("output", joined);
  }

  private Operand<TFloat32> byEinsum(Operand<TFloat32> x) {
    Operand<TFloat32> query = scaled(headed("query", x));
    Operand<TFloat32> key = headed("key", x);
    Operand<TFloat32> value = headed("value", x);
    Operand<TFloat32> scores = einsum("scores", "aecd,abcd->acbe", key, query);
    Operand<TFloat32> shares = at("softmax").nn.softmax(scores);
    Operand<TFloat32> mixed = einsum("mixed", "acbe,aecd->abcd", shares, value);
    Operand<TFloat32> kernel = kernel("output", heads, width / heads, width);
    Operand<TFloat32> joined = einsum("output", "abcd,cde->abe", mixed, kernel);
    return at("output_sum").math.add(joined, layers.vector("output", "bias", joined, 0, 0.2));
  }

  private Operand<TFloat32> headed(String name, Operand<TFloat32> x) {
    Operand<TFloat32> kernel = kernel(name, width, heads, width / heads);
    Operand<TFloat32> bias = layers.normal(name, "bias", Shape.of(heads, width / heads));
    return at(name + "_sum").math.add(einsum(name, "abc,cde->abde", x, kernel), bias);
  }

  private Operand<TFloat32> projection(String name, Operand<TFloat32> x) {
    Operand<TFloat32> product =
        at(name).train.batchMatMul(x, kernel(name, width, width), TFloat32.class);
    return at(name + "_sum").math.add(product, layers.vector(name, "bias", x, 0, 0.2));
  }

  /** {@code [batch, heads, steps, width / heads]}. */
  private Operand<TFloat32> split(Operand<TFloat32> x) {
    int steps = (int) x.shape().get(1);
    Operand<TFloat32> split =
        at("split").reshape(x, layers.tf().array(-1, steps, heads, width / heads));
    return at("heads").linalg.transpose(split, order());
  }

  private Operand<TInt32> order() {
    return layers.tf().array(0, 2, 1, 3);
  }

  private Operand<TFloat32> scaled(Operand<TFloat32> query) {
    float factor = (float) (1 / Math.sqrt(width / (double) heads));
    return at("scaled").math.mul(query, layers.tf().constant(factor));
  }

  private Operand<TFloat32> kernel(String name, long... sizes) {
    return layers.normal(name, "kernel", Shape.of(sizes));
  }

  private Operand<TFloat32> einsum(
      String name, String equation, Operand<TFloat32> a, Operand<TFloat32> b) {
    return at(name).linalg.einsum(List.of(a, b), equation);
  }

  private Ops at(String operation) {
    return layers.at("attention", operation);
  }
}
