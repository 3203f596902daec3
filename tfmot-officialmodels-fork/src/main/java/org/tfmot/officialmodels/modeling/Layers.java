package org.tfmot.officialmodels.modeling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;

/**
 * Layers in training mode over one graph: each call makes the layer's variables under its name and
 * returns its output. Data format NHWC. Initial weights depend only on the seed and the order of
 * the calls.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Layers {

  private final Ops tf;
  private final Scopes scopes;
  private final Random random;
  private final float batchNormMomentum;
  private final float batchNormEpsilon;
  private final List<Op> updates = new ArrayList<>();

  /**
   * Starts on a graph.
   *
   * @param batchNormMomentum the share of the old moving average that a step keeps, in [0, 1)
   * @param batchNormEpsilon added to the variance
   */
  public Layers(Ops tf, Scopes scopes, long seed, float batchNormMomentum, float batchNormEpsilon) {
    this.tf = tf;
    this.scopes = scopes;
    this.random = new Random(seed);
    this.batchNormMomentum = batchNormMomentum;
    this.batchNormEpsilon = batchNormEpsilon;
  }

  /** The moving-average updates of all batch norm layers made so far. */
  public List<Op> updates() {
    return List.copyOf(updates);
  }

  /** A convolution without bias, padding SAME, weights from He et al. (2015), fan-in. */
  public Operand<TFloat32> conv2d(
      String name, Operand<TFloat32> input, int filters, int kernelSize, int stride) {
    long channels = input.shape().get(3);
    Shape shape = Shape.of(kernelSize, kernelSize, channels, filters);
    double deviation = Math.sqrt(2.0 / ((long) kernelSize * kernelSize * channels));
    Operand<TFloat32> kernel = variable(name + "/kernel", shape, normal(shape, deviation)).read();
    return scopes
        .named(name + "/Conv2D")
        .nn
        .conv2d(input, kernel, List.of(1L, (long) stride, (long) stride, 1L), "SAME");
  }

  /**
   * Batch normalization (Ioffe and Szegedy, 2015) over all but the last dimension: normalizes with
   * the batch's own mean and variance and moves the averages along.
   */
  public Operand<TFloat32> batchNorm(String name, Operand<TFloat32> input) {
    Shape shape = Shape.of(input.shape().get(3));
    Operand<TFloat32> gamma = variable(name + "/gamma", shape, filled(shape, 1)).read();
    Operand<TFloat32> beta = variable(name + "/beta", shape, filled(shape, 0)).read();
    Handle mean = variable(name + "/moving_mean", shape, filled(shape, 0));
    Handle variance = variable(name + "/moving_variance", shape, filled(shape, 1));
    FusedBatchNorm<TFloat32, TFloat32> norm =
        scopes
            .named(name + "/FusedBatchNorm")
            .nn
            .fusedBatchNorm(
                input,
                gamma,
                beta,
                mean.read(),
                variance.read(),
                FusedBatchNorm.epsilon(batchNormEpsilon),
                FusedBatchNorm.exponentialAvgFactor(1 - batchNormMomentum),
                FusedBatchNorm.isTraining(true));
    updates.add(
        scopes.named(name + "/update_mean").assignVariableOp(mean.handle(), norm.batchMean()));
    updates.add(
        scopes
            .named(name + "/update_variance")
            .assignVariableOp(variance.handle(), norm.batchVariance()));
    return norm.y();
  }

  /** The mean over height and width: [n,h,w,c] to [n,c]. */
  public Operand<TFloat32> globalAveragePool(String name, Operand<TFloat32> input) {
    return scopes.named(name + "/Mean").math.mean(input, tf.array(1, 2));
  }

  /** A fully connected layer with bias: [n,c] to [n,units]. */
  public Operand<TFloat32> dense(String name, Operand<TFloat32> input, int units) {
    Shape shape = Shape.of(input.shape().get(1), units);
    double deviation = Math.sqrt(1.0 / shape.get(0));
    Operand<TFloat32> kernel = variable(name + "/kernel", shape, normal(shape, deviation)).read();
    Shape biasShape = Shape.of(units);
    Operand<TFloat32> bias = variable(name + "/bias", biasShape, filled(biasShape, 0)).read();
    Operand<TFloat32> product = scopes.named(name + "/MatMul").linalg.matMul(input, kernel);
    return scopes.named(name + "/BiasAdd").nn.biasAdd(product, bias);
  }

  private Handle variable(String name, Shape shape, float[] initial) {
    VarHandleOp handle =
        scopes.named(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Ops init = tf.withInitScope();
    init.assignVariableOp(handle, init.constant(shape, DataBuffers.of(initial)));
    return new Handle(handle, scopes.named(name + "_read").readVariableOp(handle, TFloat32.class));
  }

  private float[] normal(Shape shape, double deviation) {
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }

  private static float[] filled(Shape shape, float value) {
    float[] values = new float[Math.toIntExact(shape.size())];
    Arrays.fill(values, value);
    return values;
  }

  private record Handle(VarHandleOp handle, Operand<TFloat32> read) {}
}
