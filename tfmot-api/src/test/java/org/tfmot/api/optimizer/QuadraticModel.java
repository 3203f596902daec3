package org.tfmot.api.optimizer;

import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

/**
 * A matrix and a vector of either kind with the output {@code scale * (|matrix|^2 + |vector|^2) /
 * 2}, so that their gradients are themselves times the scale that is fed.
 */
final class QuadraticModel {

  static final Map<String, double[]> INITIAL =
      Map.of("kernel", new double[] {1, -2, 0.5, 4, 0, 3}, "bias", new double[] {3, -1});

  private QuadraticModel() {}

  static GraphModel of(Variable.Kind kind) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> scale =
              tf.withName("scale").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
          Operand<TFloat32> sum =
              tf.math.add(
                  tf.nn.l2Loss(variable(tf, kind, "kernel", Shape.of(2, 3))),
                  tf.nn.l2Loss(variable(tf, kind, "bias", Shape.of(2))));
          return Endpoints.builder()
              .input("scale", scale)
              .output("loss", tf.math.mul(sum, scale))
              .training(true)
              .build();
        });
  }

  @SuppressWarnings("unchecked")
  static Operand<TFloat32> loss(LiveModel live) {
    return (Operand<TFloat32>) (Operand<?>) live.output("loss");
  }

  static void step(LiveModel live, Op step, double scale, Operand<TFloat32> rate, double value) {
    try (TFloat32 scaleTensor = TFloat32.scalarOf((float) scale);
        TFloat32 rateTensor = TFloat32.scalarOf((float) value)) {
      Session.Runner runner = live.session().runner().addTarget(step);
      runner.feed(live.input("scale"), scaleTensor).feed(rate, rateTensor).run().close();
    }
  }

  private static Operand<TFloat32> variable(Ops tf, Variable.Kind kind, String name, Shape shape) {
    float[] values = floats(INITIAL.get(name));
    Ops init = tf.withInitScope();
    Operand<TFloat32> initial = init.reshape(init.constant(values), init.constant(shape));
    if (kind == Variable.Kind.REFERENCE) {
      org.tensorflow.op.core.Variable<TFloat32> reference =
          tf.withName(name).variable(shape, TFloat32.class);
      init.assign(reference, initial);
      return reference;
    }
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    init.assignVariableOp(handle, initial);
    return tf.readVariableOp(handle, TFloat32.class);
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  static float[] value(LiveModel live, String variable) {
    return TensorProtos.toFloats(live.value(variable));
  }
}
