package org.tfmot.examples.latency;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/**
 * An encoder of texts (Vaswani et al., 2017) as BERT and MiniLM have it: layer norm behind each
 * part, GELU, and the vectors of all tokens as its output.
 *
 * @param layers how many blocks
 * @param width of a token's vector
 * @param heads of each attention, which divide the width
 * @param tokens of a text
 * @param words in the table
 */
record TextEncoder(int layers, int width, int heads, int tokens, int words) {

  static final String IDS = "ids";

  private static final int EXPANSION = 4;
  private static final float EPSILON = 1e-5f;

  GraphModel model() {
    return GraphModel.build(tf -> define(new RandomLayers(tf)));
  }

  private Endpoints define(RandomLayers layer) {
    Ops tf = layer.tf();
    Operand<TInt32> ids =
        layer.at(IDS).placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, tokens)));
    Operand<TFloat32> table = layer.weight("words", 0.05, words, width);
    Operand<TFloat32> x = layer.at("lookup").gather(table, ids, tf.constant(0));
    x = layer.at("placed").math.add(x, layer.weight("positions", 0.05, 1, tokens, width));
    x = norm(layer, "norm", layer.at("flat").reshape(x, tf.array(-1, width)));
    for (int i = 0; i < layers; i++) {
      String name = "layer" + i;
      Operand<TFloat32> attended =
          layer.dense(name + "_o", attention(layer, name, x), width, width);
      x = norm(layer, name + "_norm1", layer.at(name + "_sum1").math.add(x, attended));
      Operand<TFloat32> inner = layer.dense(name + "_up", x, width, EXPANSION * width);
      inner = layer.dense(name + "_down", gelu(layer, name, inner), EXPANSION * width, width);
      x = norm(layer, name + "_norm2", layer.at(name + "_sum2").math.add(x, inner));
    }
    Operand<TFloat32> hidden = layer.at("hidden").reshape(x, tf.array(-1, tokens, width));
    return Endpoints.builder().input(IDS, ids).output("hidden", hidden).training(false).build();
  }

  private Operand<TFloat32> attention(RandomLayers layer, String name, Operand<TFloat32> x) {
    Ops tf = layer.tf();
    Operand<TFloat32> query = split(layer, name + "_q", x);
    Operand<TFloat32> key = split(layer, name + "_k", x);
    Operand<TFloat32> value = split(layer, name + "_v", x);
    Operand<TFloat32> scores =
        layer
            .at(name + "_scores")
            .train
            .batchMatMul(query, key, TFloat32.class, BatchMatMul.adjY(true));
    float factor = (float) Math.sqrt(heads / (double) width);
    scores = layer.at(name + "_scaled").math.mul(scores, tf.constant(factor));
    Operand<TFloat32> shares = layer.at(name + "_softmax").nn.softmax(scores);
    Operand<TFloat32> mixed =
        layer.at(name + "_mixed").train.batchMatMul(shares, value, TFloat32.class);
    Operand<TFloat32> back = layer.at(name + "_back").linalg.transpose(mixed, tf.array(0, 2, 1, 3));
    return layer.at(name + "_joined").reshape(back, tf.array(-1, width));
  }

  private Operand<TFloat32> split(RandomLayers layer, String name, Operand<TFloat32> x) {
    Ops tf = layer.tf();
    Operand<TFloat32> split =
        layer
            .at(name + "_split")
            .reshape(
                layer.dense(name, x, width, width), tf.array(-1, tokens, heads, width / heads));
    return layer.at(name + "_heads").linalg.transpose(split, tf.array(0, 2, 1, 3));
  }

  private static Operand<TFloat32> gelu(RandomLayers layer, String name, Operand<TFloat32> x) {
    Ops tf = layer.tf();
    Operand<TFloat32> argument =
        layer.at(name + "_argument").math.mul(x, tf.constant((float) Math.sqrt(0.5)));
    Operand<TFloat32> gate =
        layer
            .at(name + "_gate")
            .math
            .add(layer.at(name + "_erf").math.erf(argument), tf.constant(1f));
    Operand<TFloat32> half = layer.at(name + "_half").math.mul(x, tf.constant(0.5f));
    return layer.at(name + "_gelu").math.mul(half, gate);
  }

  private Operand<TFloat32> norm(RandomLayers layer, String name, Operand<TFloat32> x) {
    Ops tf = layer.tf();
    Operand<TFloat32> mean =
        layer.at(name + "_mean").math.mean(x, tf.array(-1), Mean.keepDims(true));
    Operand<TFloat32> squares = layer.at(name + "_squares").math.squaredDifference(x, mean);
    Operand<TFloat32> variance =
        layer.at(name + "_variance").math.mean(squares, tf.array(-1), Mean.keepDims(true));
    Operand<TFloat32> positive =
        layer.at(name + "_positive").math.add(variance, tf.constant(EPSILON));
    Operand<TFloat32> y =
        layer
            .at(name + "_normal")
            .math
            .mul(
                layer.at(name + "_difference").math.sub(x, mean),
                layer.at(name + "_rsqrt").math.rsqrt(positive));
    y = layer.at(name + "_scaled").math.mul(y, layer.weight(name + "_gamma", 1, 0.02, width));
    return layer.at(name + "_shifted").math.add(y, layer.weight(name + "_beta", 0.02, width));
  }
}
