package org.tfmot.examples.latency;

import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/** Layers for inference with random weights: what latency needs. */
final class RandomLayers {

  private static final double SMALL = 0.02;

  private final Ops tf;
  private final Random random = new Random(5);

  RandomLayers(Ops tf) {
    this.tf = tf;
  }

  /** The operations. */
  Ops tf() {
    return tf;
  }

  /** The operations, the next of which has a name. */
  Ops at(String name) {
    return tf.withName(name);
  }

  /** A product with a matrix {@code [in, out]}, and a bias. */
  Operand<TFloat32> dense(String name, Operand<TFloat32> x, int in, int out) {
    Operand<TFloat32> kernel = weight(name + "_kernel", Math.sqrt(1.0 / in), in, out);
    return biased(name, at(name).linalg.matMul(x, kernel), out);
  }

  /** Adds a bias, which is what an inference model has left of a batch norm. */
  Operand<TFloat32> biased(String name, Operand<TFloat32> x, int channels) {
    return at(name + "_biased").nn.biasAdd(x, weight(name + "_bias", SMALL, channels));
  }

  /** A variable of normally distributed values around 0. */
  Operand<TFloat32> weight(String name, double deviation, long... sizes) {
    return weight(name, 0, deviation, sizes);
  }

  /** A variable of normally distributed values. */
  Operand<TFloat32> weight(String name, double mean, double deviation, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    VarHandleOp variable =
        at(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(variable, init.constant(shape, DataBuffers.of(values)));
    return at(name + "_read").readVariableOp(variable, TFloat32.class);
  }
}
