package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.op.nn.MaxPool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Layers in training mode with random weights, over any kind of variable. */
public final class TestLayers {

  /** The kinds of variable. */
  public enum Kind {
    /** VarHandleOp and ReadVariableOp. */
    RESOURCE,
    /** VariableV2 and Identity. */
    REFERENCE,
    /** VariableV2, read directly: the idiom of TensorFlow Java. */
    DIRECT
  }

  /** What a model is made of: from its input to its output. */
  public interface Body {
    /** Adds the operations. */
    Operand<TFloat32> build(TestLayers layers, Operand<TFloat32> input);
  }

  private final Ops tf;
  private final Kind kind;
  private final Random random;
  private final Map<String, Ops> scopes = new HashMap<>();
  private final List<Op> updates = new ArrayList<>();

  private TestLayers(Ops tf, Kind kind, long seed) {
    this.tf = tf;
    this.kind = kind;
    this.random = new Random(seed);
  }

  /** Layers of a graph in which the caller names inputs and outputs. */
  public static TestLayers of(Ops tf) {
    return new TestLayers(tf, Kind.RESOURCE, 11);
  }

  /** A model in training mode with an input "image" and an output "logits". */
  public static GraphModel model(Kind kind, Shape input, Body body) {
    return model(kind, TFloat32.class, input, body::build);
  }

  /** A model in training mode with an input "image" of some type and an output "logits". */
  public static <T extends TType> GraphModel model(
      Kind kind,
      Class<T> type,
      Shape input,
      BiFunction<TestLayers, Operand<T>, Operand<TFloat32>> body) {
    return GraphModel.build(
        tf -> {
          TestLayers layers = new TestLayers(tf, kind, 11);
          Operand<T> image = tf.withName("image").placeholder(type, Placeholder.shape(input));
          Endpoints.Builder endpoints =
              Endpoints.builder()
                  .input("image", image)
                  .output("logits", body.apply(layers, image))
                  .training(true);
          layers.updates.forEach(endpoints::update);
          return endpoints.build();
        });
  }

  /** A little residual network with every kind of layer; images of 8 x 8 x 3, five classes. */
  public static GraphModel residual(Kind kind) {
    return model(
        kind,
        Shape.of(-1, 8, 8, 3),
        (layers, image) -> {
          Operand<TFloat32> x = layers.relu("stem", layers.convNorm("stem", image, 8, 3));
          Operand<TFloat32> y = layers.relu("conv1", layers.convNorm("conv1", x, 8, 3));
          y = layers.convNorm("conv2", y, 8, 3);
          x = layers.relu("sum", layers.at("sum", "add").math.add(x, y));
          x = layers.maxPool("pool", x);
          x = layers.biasAdd("conv3", layers.conv("conv3", x, 6, 1));
          x = layers.at("conv3", "relu6").nn.relu6(x);
          x = layers.averagePool("average", x);
          x = layers.at("mean", "Mean").math.mean(x, layers.tf.array(1, 2));
          return layers.biasAdd("logits", layers.matMul("logits", x, 5));
        });
  }

  /** The assignments of moving statistics that every step of training has to run. */
  public List<Op> updates() {
    return List.copyOf(updates);
  }

  /** An operation builder whose next operation has the given name in the given scope. */
  public Ops at(String scope, String name) {
    return scopes.computeIfAbsent(scope, tf::withSubScope).withName(name);
  }

  /** An operation builder at the root. */
  public Ops tf() {
    return tf;
  }

  /** A convolution with stride 1. */
  public Operand<TFloat32> conv(String scope, Operand<TFloat32> x, int filters, int size) {
    return conv(scope, x, filters, size, 1);
  }

  /** A convolution. */
  public Operand<TFloat32> conv(
      String scope, Operand<TFloat32> x, int filters, int size, long stride) {
    Shape shape = Shape.of(size, size, x.shape().get(3), filters);
    Operand<TFloat32> kernel = variable(scope, "kernel", normal(shape, 0, 0.4), shape).read();
    return at(scope, "Conv2D").nn.conv2d(x, kernel, List.of(1L, stride, stride, 1L), "SAME");
  }

  /** A convolution and a batch norm. */
  public Operand<TFloat32> convNorm(String scope, Operand<TFloat32> x, int filters, int size) {
    return batchNorm(scope, conv(scope, x, filters, size));
  }

  /** A matrix product. */
  public Operand<TFloat32> matMul(String scope, Operand<TFloat32> x, int units) {
    Shape shape = Shape.of(x.shape().get(1), units);
    Operand<TFloat32> kernel = variable(scope, "kernel", normal(shape, 0, 0.4), shape).read();
    return at(scope, "MatMul").linalg.matMul(x, kernel);
  }

  /** A trainable bias. */
  public Operand<TFloat32> biasAdd(String scope, Operand<TFloat32> x) {
    return at(scope, "BiasAdd").nn.biasAdd(x, vector(scope, "bias", x, 0, 0.3));
  }

  /** A trainable vector with as many elements as a tensor has channels. */
  public Operand<TFloat32> vector(
      String scope, String name, Operand<TFloat32> x, double mean, double deviation) {
    Shape shape = Shape.of(x.shape().get(x.shape().numDimensions() - 1));
    return variable(scope, name, normal(shape, mean, deviation), shape).read();
  }

  /** A trainable variable. */
  public Operand<TFloat32> weight(String scope, String name, Shape shape, float... values) {
    return variable(scope, name, values, shape).read();
  }

  /** A trainable variable with values of a normal distribution. */
  public Operand<TFloat32> normal(String scope, String name, Shape shape) {
    return variable(scope, name, normal(shape, 0, 0.4), shape).read();
  }

  /** A ReLU. */
  public Operand<TFloat32> relu(String scope, Operand<TFloat32> x) {
    return at(scope, "relu").nn.relu(x);
  }

  /** Batch norm in training mode; scales of either sign. */
  public Operand<TFloat32> batchNorm(String scope, Operand<TFloat32> x) {
    Shape shape = Shape.of(x.shape().get(x.shape().numDimensions() - 1));
    int channels = (int) shape.size();
    float[] gammas = normal(shape, 1, 0.3);
    gammas[channels - 1] = -0.7f;
    float[] variances = new float[channels];
    for (int i = 0; i < channels; i++) {
      variances[i] = 0.5f + random.nextFloat();
    }
    return batchNorm(scope, x, gammas, variances);
  }

  /** Batch norm in training mode. */
  public Operand<TFloat32> batchNorm(
      String scope, Operand<TFloat32> x, float[] gammas, float[] variances) {
    Shape shape = Shape.of(gammas.length);
    Operand<TFloat32> gamma = variable(scope, "gamma", gammas, shape).read();
    Operand<TFloat32> beta = variable(scope, "beta", normal(shape, 0, 0.3), shape).read();
    Made mean = variable(scope, "moving_mean", normal(shape, 0, 0.2), shape);
    Made variance = variable(scope, "moving_variance", variances, shape);
    FusedBatchNorm<TFloat32, TFloat32> norm =
        at(scope, "batch_norm")
            .nn
            .fusedBatchNorm(
                x,
                gamma,
                beta,
                mean.read(),
                variance.read(),
                FusedBatchNorm.epsilon(1e-3f),
                FusedBatchNorm.exponentialAvgFactor(0.1f),
                FusedBatchNorm.isTraining(true));
    updates.add(mean.assign(tf, norm.batchMean()));
    updates.add(variance.assign(tf, norm.batchVariance()));
    return norm.y();
  }

  /** The largest of 2 x 2, as TensorFlow Java builds it. */
  public Operand<TFloat32> maxPool(String scope, Operand<TFloat32> x) {
    Operand<TInt32> window = tf.constant(new int[] {1, 2, 2, 1});
    return at(scope, "MaxPool").nn.maxPool(x, window, window, "VALID", new MaxPool.Options[0]);
  }

  /** The mean of 2 x 2. */
  public Operand<TFloat32> averagePool(String scope, Operand<TFloat32> x) {
    List<Long> window = List.of(1L, 2L, 2L, 1L);
    return at(scope, "AvgPool").nn.avgPool(x, window, window, "VALID");
  }

  private Made variable(String scope, String name, float[] values, Shape shape) {
    Operand<TFloat32> initial = tf.withInitScope().constant(shape, DataBuffers.of(values));
    if (kind != Kind.RESOURCE) {
      Variable<TFloat32> variable = at(scope, name).variable(shape, TFloat32.class);
      tf.withInitScope().assign(variable, initial);
      return new Made(
          variable, kind == Kind.DIRECT ? variable : at(scope, name + "_read").identity(variable));
    }
    VarHandleOp handle =
        at(scope, name)
            .varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(scope + "/" + name));
    tf.withInitScope().assignVariableOp(handle, initial);
    return new Made(handle, at(scope, name + "_read").readVariableOp(handle, TFloat32.class));
  }

  private float[] normal(Shape shape, double mean, double deviation) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + random.nextGaussian() * deviation);
    }
    return values;
  }

  private record Made(Op variable, Operand<TFloat32> read) {

    Op assign(Ops tf, Operand<TFloat32> value) {
      return variable instanceof VarHandleOp handle
          ? tf.assignVariableOp(handle, value)
          : tf.assign(((Variable<?>) variable).asOutput().expect(TFloat32.class), value);
    }
  }
}
