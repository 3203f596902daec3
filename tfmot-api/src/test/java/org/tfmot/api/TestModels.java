package org.tfmot.api;

import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Variable.Kind;
import org.tfmot.api.graph.TensorProtos;

/** Little models of either kind of variable, and what tests do with them. */
final class TestModels {

  static final float[] KERNEL = {1, -2, 0.5f, 3, -1, 0.25f};
  static final float[] BIAS = {0.5f, -0.5f};

  private TestModels() {}

  /** A variable in a graph under construction. */
  record Made(Op variable, Operand<TFloat32> read) {

    Op assign(Ops tf, Operand<TFloat32> value) {
      return variable instanceof VarHandleOp handle
          ? tf.assignVariableOp(handle, value)
          : tf.assign(reference(), value);
    }

    Op assignSub(Ops tf, Operand<TFloat32> value) {
      return variable instanceof VarHandleOp handle
          ? tf.assignSubVariableOp(handle, value)
          : tf.assignSub(reference(), value);
    }

    Operand<TFloat32> readAgain(Ops tf) {
      return variable instanceof VarHandleOp handle
          ? tf.readVariableOp(handle, TFloat32.class)
          : tf.identity(reference());
    }

    private Operand<TFloat32> reference() {
      return variable.op().<TFloat32>output(0);
    }
  }

  static Made variable(Ops tf, Kind kind, String name, Shape shape, float... values) {
    Operand<TFloat32> initial = tf.withInitScope().constant(shape, DataBuffers.of(values));
    if (kind == Kind.REFERENCE) {
      var variable = tf.withName(name).variable(shape, TFloat32.class);
      tf.withInitScope().assign(variable, initial);
      return new Made(variable, tf.withName(name + "_read").identity(variable));
    }
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    tf.withInitScope().assignVariableOp(handle, initial);
    return new Made(handle, tf.withName(name + "_read").readVariableOp(handle, TFloat32.class));
  }

  static Placeholder<TFloat32> input(Ops tf, String name, long... shape) {
    return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
  }

  /** {@code y = x * kernel + bias}, [n,3] to [n,2]. */
  static GraphModel dense(Kind kind) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x = input(tf, "x", -1, 3);
          Operand<TFloat32> kernel = variable(tf, kind, "kernel", Shape.of(3, 2), KERNEL).read();
          Operand<TFloat32> bias = variable(tf, kind, "bias", Shape.of(2), BIAS).read();
          Operand<TFloat32> product = tf.withName("MatMul").linalg.matMul(x, kernel);
          return Endpoints.builder()
              .input("x", x)
              .output("y", tf.withName("y").math.add(product, bias))
              .build();
        });
  }

  static float[] denseByHand(float[] x, float[] kernel, float[] bias) {
    float[] y = bias.clone();
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 2; j++) {
        y[j] += x[i] * kernel[2 * i + j];
      }
    }
    return y;
  }

  /** Runs a model with one input on some rows; returns its first output. */
  static float[] run(GraphModel model, Shape shape, float... x) {
    try (LiveModel live = model.open()) {
      return run(live, shape, x);
    }
  }

  static float[] run(LiveModel live, Shape shape, float... x) {
    String input = live.model().inputs().keySet().iterator().next();
    try (TFloat32 tensor = TFloat32.tensorOf(shape, DataBuffers.of(x));
        Result result = live.run(Map.of(input, tensor))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  /** Some steps of plain gradient descent on the mean square of the first output. */
  static GraphModel trained(GraphModel model, int steps, float... x) {
    try (LiveModel live = model.open()) {
      Ops tf = live.ops();
      Output<?> output = live.output(model.outputs().keySet().iterator().next());
      Operand<TFloat32> y = output.expect(TFloat32.class);
      Operand<TFloat32> loss =
          tf.math.mean(tf.math.square(tf.reshape(y, tf.array(-1))), tf.constant(0));
      List<Variable> variables = live.trainableVariables();
      Output<?>[] reads =
          variables.stream().map(v -> live.read(v.name())).toArray(Output<?>[]::new);
      Output<?>[] gradients = live.graph().addGradients(loss.asOutput(), reads);
      String[] steps1 = new String[reads.length];
      for (int i = 0; i < reads.length; i++) {
        steps1[i] = descend(live, variables.get(i), gradients[i]);
      }
      Shape shape = live.input("x").shape();
      long[] sizes = shape.asArray();
      sizes[0] = 1;
      sizes[0] = x.length / Shape.of(sizes).size();
      try (TFloat32 tensor = TFloat32.tensorOf(Shape.of(sizes), DataBuffers.of(x))) {
        for (int step = 0; step < steps; step++) {
          Session.Runner runner = live.session().runner().feed(live.input("x"), tensor);
          model.updates().forEach(runner::addTarget);
          for (String target : steps1) {
            runner.addTarget(target);
          }
          runner.run().close();
        }
      }
      return live.snapshot();
    }
  }

  private static String descend(LiveModel live, Variable variable, Output<?> gradient) {
    Ops tf = live.ops();
    Operand<TFloat32> change = tf.math.mul(tf.constant(0.05f), gradient.expect(TFloat32.class));
    Output<?> output = live.graph().outputOrThrow(variable.name() + ":0");
    Op assignment =
        variable.kind() == Kind.RESOURCE
            ? tf.assignSubVariableOp(output, change)
            : tf.assignSub(output.expect(TFloat32.class), change);
    return assignment.op().name();
  }

  static List<String> ops(GraphModel model) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getOp).toList();
  }
}
