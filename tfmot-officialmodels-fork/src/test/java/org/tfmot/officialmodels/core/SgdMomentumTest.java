package org.tfmot.officialmodels.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;

class SgdMomentumTest {

  private static final double[] MATRIX = {1, -2, 0.5, 4};
  private static final double[] VECTOR = {3, -1};
  private static final double[] RATES = {0.1, 0.05, 0.2, 0.01, 0.1};

  /** The loss is (sum of squares) / 2, so that the gradient is the variable itself. */
  @ParameterizedTest
  @CsvSource({
    "RESOURCE,  0,   false, 0",
    "RESOURCE,  0.9, false, 0",
    "RESOURCE,  0.9, true,  0",
    "RESOURCE,  0.9, false, 0.3",
    "RESOURCE,  0.9, true,  0.3",
    "RESOURCE,  0,   true,  0.3",
    "REFERENCE, 0,   false, 0",
    "REFERENCE, 0.9, false, 0",
    "REFERENCE, 0.9, true,  0",
    "REFERENCE, 0.9, false, 0.3",
    "REFERENCE, 0.9, true,  0.3",
  })
  void updates_followTheRecurrence(
      Variable.Kind kind, double momentum, boolean nesterov, double weightDecay) {
    double[] matrix = MATRIX.clone();
    double[] vector = VECTOR.clone();
    double[] matrixSlot = new double[matrix.length];
    double[] vectorSlot = new double[vector.length];
    SgdMomentum optimizer = new SgdMomentum(momentum, nesterov, weightDecay);
    try (LiveModel live = model(kind).open(Threads.ONE)) {
      TrainingSession training = new TrainingSession(live, new HalfSquares(), optimizer);
      for (double rate : RATES) {
        recurrence(matrix, matrixSlot, rate, momentum, nesterov, weightDecay);
        recurrence(vector, vectorSlot, rate, momentum, nesterov, 0);
        training.step(new Batch(Map.of(), 1), rate);
        assertClose(matrix, live, "matrix");
        assertClose(matrixSlot, live, SgdMomentum.slot("matrix"));
        assertClose(vector, live, "vector");
        assertClose(vectorSlot, live, SgdMomentum.slot("vector"));
      }
      assertEquals(RATES.length, training.globalStep());
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void momentum_outOfRange_isRefused(double momentum) {
    assertThrows(IllegalArgumentException.class, () -> new SgdMomentum(momentum, false, 0));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-4, Double.NaN})
  void weightDecay_outOfRange_isRefused(double weightDecay) {
    assertThrows(IllegalArgumentException.class, () -> new SgdMomentum(0.9, false, weightDecay));
  }

  private static void recurrence(
      double[] w, double[] a, double rate, double momentum, boolean nesterov, double weightDecay) {
    for (int i = 0; i < w.length; i++) {
      double g = w[i] + weightDecay * w[i];
      a[i] = momentum * a[i] + g;
      w[i] -= rate * (nesterov ? g + momentum * a[i] : a[i]);
    }
  }

  private static void assertClose(double[] expected, LiveModel live, String variable) {
    float[] single = new float[expected.length];
    for (int i = 0; i < single.length; i++) {
      single[i] = (float) expected[i];
    }
    assertArrayEquals(single, TensorProtos.toFloats(live.value(variable)), 2e-6f, variable);
  }

  private static GraphModel model(Variable.Kind kind) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> factor =
              tf.withName("factor").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
          Operand<TFloat32> sum =
              tf.math.add(
                  halfSquares(tf, variable(tf, kind, "matrix", Shape.of(2, 2), MATRIX)),
                  halfSquares(tf, variable(tf, kind, "vector", Shape.of(2), VECTOR)));
          return Endpoints.builder()
              .input("factor", factor)
              .output("sum", sum)
              .output("scaled", tf.math.mul(sum, factor))
              .training(true)
              .build();
        });
  }

  private static Operand<TFloat32> halfSquares(Ops tf, Operand<TFloat32> x) {
    return tf.nn.l2Loss(x);
  }

  private static Operand<TFloat32> variable(
      Ops tf, Variable.Kind kind, String name, Shape shape, double[] initial) {
    float[] values = new float[initial.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) initial[i];
    }
    if (kind == Variable.Kind.REFERENCE) {
      org.tensorflow.op.core.Variable<TFloat32> reference =
          tf.withName(name).variable(shape, TFloat32.class);
      Ops init = tf.withInitScope();
      init.assign(reference, init.reshape(init.constant(values), init.constant(shape)));
      return reference;
    }
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Op assign =
        tf.withInitScope()
            .assignVariableOp(
                handle, tf.withInitScope().reshape(tf.constant(values), tf.constant(shape)));
    assertEquals("AssignVariableOp", assign.op().type());
    ReadVariableOp<TFloat32> read = tf.readVariableOp(handle, TFloat32.class);
    return read;
  }

  /** The model's own output is the loss. */
  private static final class HalfSquares implements Task {
    @Override
    public GraphModel buildModel(long seed) {
      return model(Variable.Kind.RESOURCE);
    }

    @Override
    @SuppressWarnings("unchecked")
    public Operand<TFloat32> buildLoss(Ops tf, LiveModel model) {
      return (Operand<TFloat32>) model.output("sum");
    }

    @Override
    public BatchSource trainingData(long seed) {
      return step -> new Batch(Map.of(), 1);
    }

    @Override
    public Metrics evaluate(GraphModel model) {
      return Metrics.NONE;
    }
  }
}
