package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * Trains a model with an input "image" and an output "logits" on random batches that depend only on
 * the step: momentum for resource variables, plain gradient descent for the others.
 */
public final class TestTraining implements AutoCloseable {

  private final LiveModel live;
  private final Optimized optimized;
  private final Shape inputShape;
  private final Shape targetShape;
  private final List<Variable> variables;
  private final Output<?>[] gradients;
  private final String target;
  private final String loss;
  private final String trainOp;

  /** Opens a model on one thread. */
  public TestTraining(Optimized optimized, int batch) {
    this(optimized, batch, 0.05f, Threads.ONE);
  }

  /** Opens a model. */
  @SuppressWarnings("unchecked") // All tensors here are floats.
  public TestTraining(Optimized optimized, int batch, float rate, Threads threads) {
    this.optimized = optimized;
    GraphModel model = optimized.model();
    live = model.open(threads);
    inputShape = withBatch(live.input("image").shape(), batch);
    Operand<TFloat32> logits = (Operand<TFloat32>) live.output("logits");
    targetShape = withBatch(logits.shape(), batch);
    Ops tf = live.ops().withSubScope("training");
    Placeholder<TFloat32> wanted =
        tf.placeholder(TFloat32.class, Placeholder.shape(logits.shape()));
    Operand<TFloat32> squares = tf.math.square(tf.math.sub(logits, wanted));
    Operand<TFloat32> mean =
        tf.math.mean(tf.reshape(squares, tf.constant(new int[] {-1})), tf.array(0));
    variables = live.trainableVariables();
    Output<?>[] reads = variables.stream().map(v -> live.read(v.name())).toArray(Output<?>[]::new);
    gradients = live.graph().addGradients(mean.asOutput(), reads);
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < reads.length; i++) {
      updates.add(update(tf, variables.get(i), (Operand<TFloat32>) gradients[i], rate));
    }
    model.updates().forEach(op -> updates.add(() -> live.graph().operationOrThrow(op)));
    target = wanted.op().name();
    loss = mean.op().name();
    trainOp = tf.withControlDependencies(updates).noOp().op().name();
  }

  /** The live model. */
  public LiveModel live() {
    return live;
  }

  /** Calls the hooks' beginning. */
  public void begin(long first, long end) {
    optimized.hooks().forEach(hook -> hook.begin(live.session(), first, end));
  }

  /** Runs one step with its hooks; returns the loss. */
  public float step(long step) {
    try (TFloat32 image = image(step);
        TFloat32 wanted = random(targetShape, -step - 1)) {
      return step(step, image, wanted);
    }
  }

  /** Runs one step with its hooks on a batch; returns the loss. */
  public float step(long step, TType image, TFloat32 wanted) {
    optimized.hooks().forEach(hook -> hook.beforeStep(live.session(), step));
    float value = bareStep(image, wanted);
    optimized.hooks().forEach(hook -> hook.afterStep(live.session(), step));
    return value;
  }

  /** Runs one step without hooks. */
  public float bareStep(long step) {
    try (TFloat32 image = image(step);
        TFloat32 wanted = random(targetShape, -step - 1)) {
      return bareStep(image, wanted);
    }
  }

  private float bareStep(TType image, TFloat32 wanted) {
    try (Result result =
        live.session()
            .runner()
            .feed(live.input("image"), image)
            .feed(target, wanted)
            .addTarget(trainOp)
            .fetch(loss)
            .run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  /** The loss, without a step. */
  public float loss(long step) {
    try (TFloat32 image = image(step);
        TFloat32 wanted = random(targetShape, -step - 1);
        Result result =
            live.session()
                .runner()
                .feed(live.input("image"), image)
                .feed(target, wanted)
                .fetch(loss)
                .run()) {
      return ((TFloat32) result.get(0)).getFloat();
    }
  }

  /** The gradient with respect to a variable by central differences of the loss. */
  public float[] numericalGradient(String variable, long step, float h) {
    Shape shape = TensorProtos.shape(live.value(variable));
    float[] values = value(variable);
    float[] slopes =
        Values.of(
            values.length,
            i -> {
              float[] near = values.clone();
              near[i] = values[i] + h;
              live.assign(variable, TensorProtos.floats(shape, near));
              double above = loss(step);
              near[i] = values[i] - h;
              live.assign(variable, TensorProtos.floats(shape, near));
              return (above - loss(step)) / (2 * h);
            });
    live.assign(variable, TensorProtos.floats(shape, values));
    return slopes;
  }

  /** The gradient with respect to a variable, without a step. */
  public float[] gradient(String variable, long step) {
    int index = variables.stream().map(Variable::name).toList().indexOf(variable);
    try (TFloat32 image = image(step);
        TFloat32 wanted = random(targetShape, -step - 1)) {
      Session.Runner runner =
          live.session().runner().feed(live.input("image"), image).feed(target, wanted);
      try (Result result = runner.fetch(gradients[index]).run()) {
        return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
      }
    }
  }

  /** The gradient of the sum of all logits with respect to a variable, without a step. */
  @SuppressWarnings("unchecked") // The logits are floats.
  public float[] gradientOfSum(String variable, TFloat32 image) {
    Ops tf = live.ops().withSubScope("sum");
    Operand<TFloat32> logits = (Operand<TFloat32>) live.output("logits");
    Operand<TFloat32> sum =
        tf.reduceSum(tf.reshape(logits, tf.constant(new int[] {-1})), tf.array(0));
    Output<?>[] slope =
        live.graph().addGradients(sum.asOutput(), new Output<?>[] {live.read(variable)});
    try (image;
        Result result =
            live.session().runner().feed(live.input("image"), image).fetch(slope[0]).run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  /** The input of a step; the caller closes it. */
  public TFloat32 image(long step) {
    return random(inputShape, step);
  }

  /** The value of a variable. */
  public float[] value(String variable) {
    return TensorProtos.toFloats(live.value(variable));
  }

  /** The technique's result with the values of this training. */
  public Optimized trained() {
    return optimized.withModel(live.snapshot());
  }

  @Override
  public void close() {
    live.close();
  }

  /** Returns the output of a model. */
  public static float[] run(GraphModel model, TFloat32 image) {
    try (LiveModel opened = model.open(Threads.ONE);
        Result result = opened.run(Map.of("image", image))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  /** Values of a normal distribution; the caller closes the tensor. */
  public static TFloat32 random(Shape shape, long seed) {
    Random random = new Random(seed * 7919 + 1);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TFloat32.tensorOf(shape, DataBuffers.of(values));
  }

  private Op update(Ops tf, Variable variable, Operand<TFloat32> gradient, float rate) {
    Output<?> node = live.graph().outputOrThrow(variable.name());
    if (variable.kind() == Variable.Kind.REFERENCE) {
      Operand<TFloat32> reference = node.expect(TFloat32.class);
      return tf.train.applyGradientDescent(reference, tf.constant(rate), gradient);
    }
    int size = (int) variable.shape().size();
    TensorProto zeros = TensorProtos.floats(variable.shape(), new float[size]);
    Output<?> slot = live.addVariable(variable.name() + "/Momentum", zeros);
    return tf.train.resourceApplyMomentum(
        node, slot, tf.constant(rate), gradient, tf.constant(0.9f));
  }

  private static Shape withBatch(Shape shape, int batch) {
    long[] sizes = shape.asArray();
    sizes[0] = batch;
    return Shape.of(sizes);
  }
}
