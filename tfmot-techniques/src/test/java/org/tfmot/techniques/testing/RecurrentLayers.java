package org.tfmot.techniques.testing;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Recurrent layers unrolled over the steps of a sequence {@code [batch, steps, features]}. Each has
 * one kernel for the features, one for the state and one bias, read at every step.
 */
final class RecurrentLayers {

  private final TestLayers layers;
  private final String name;
  private final int units;
  private final Operand<TFloat32> kernel;
  private final Operand<TFloat32> recurrent;
  private final Operand<TFloat32> bias;

  private RecurrentLayers(
      TestLayers layers, String name, Operand<TFloat32> x, int units, int gates) {
    this.layers = layers;
    this.name = name;
    this.units = units;
    kernel = layers.normal(name, "kernel", Shape.of(x.shape().get(2), gates * (long) units));
    recurrent = layers.normal(name, "recurrent_kernel", Shape.of(units, gates * (long) units));
    bias = layers.normal(name, "bias", Shape.of(gates * (long) units));
  }

  /**
   * A long short-term memory (Hochreiter and Schmidhuber, 1997) with a forget gate; the last state.
   */
  static Operand<TFloat32> lstm(TestLayers layers, Operand<TFloat32> x, int units) {
    return new RecurrentLayers(layers, "lstm", x, units, 4).lstm(x);
  }

  /** A gated recurrent unit (Cho et al., 2014) that resets after the product; the last state. */
  static Operand<TFloat32> gru(TestLayers layers, Operand<TFloat32> x, int units) {
    return new RecurrentLayers(layers, "gru", x, units, 3).gru(x);
  }

  private Operand<TFloat32> lstm(Operand<TFloat32> x) {
    Operand<TFloat32> state = zeros(x);
    Operand<TFloat32> cell = state;
    for (int step = 0; step < x.shape().get(1); step++) {
      Operand<TFloat32> sum = at("sum").math.add(features(x, step), product(state));
      List<Output<TFloat32>> gates = split(at("bias_add").nn.biasAdd(sum, bias), 4);
      Operand<TFloat32> kept = at("kept").math.mul(sigmoid(gates.get(1)), cell);
      Operand<TFloat32> written = at("written").math.mul(sigmoid(gates.get(0)), tanh(gates.get(2)));
      cell = at("cell").math.add(kept, written);
      state = at("state").math.mul(sigmoid(gates.get(3)), tanh(cell));
    }
    return state;
  }

  private Operand<TFloat32> gru(Operand<TFloat32> x) {
    Operand<TFloat32> state = zeros(x);
    for (int step = 0; step < x.shape().get(1); step++) {
      List<Output<TFloat32>> in = split(at("bias_add").nn.biasAdd(features(x, step), bias), 3);
      List<Output<TFloat32>> back = split(product(state), 3);
      Operand<TFloat32> update = sigmoid(at("update").math.add(in.get(0), back.get(0)));
      Operand<TFloat32> reset = sigmoid(at("reset").math.add(in.get(1), back.get(1)));
      Operand<TFloat32> past = at("past").math.mul(reset, back.get(2));
      Operand<TFloat32> candidate = tanh(at("candidate").math.add(in.get(2), past));
      Operand<TFloat32> rest = at("rest").math.sub(layers.tf().constant(1f), update);
      Operand<TFloat32> kept = at("kept").math.mul(update, state);
      state = at("state").math.add(kept, at("written").math.mul(rest, candidate));
    }
    return state;
  }

  private Operand<TFloat32> features(Operand<TFloat32> x, int step) {
    Operand<TFloat32> row =
        at("row")
            .stridedSlice(
                x,
                layers.tf().array(0, step, 0),
                layers.tf().array(0, step + 1, 0),
                layers.tf().array(1, 1, 1),
                StridedSlice.beginMask(5L),
                StridedSlice.endMask(5L),
                StridedSlice.shrinkAxisMask(2L));
    return at("MatMul").linalg.matMul(row, kernel);
  }

  private Operand<TFloat32> product(Operand<TFloat32> state) {
    return at("Recurrent").linalg.matMul(state, recurrent);
  }

  /** As layer libraries make it: of the size that the batch has. */
  private Operand<TFloat32> zeros(Operand<TFloat32> x) {
    if (x.shape().get(0) >= 0) {
      return at("zeros").zeros(layers.tf().array((int) x.shape().get(0), units), TFloat32.class);
    }
    Ops tf = layers.tf();
    Operand<TInt32> batch =
        at("batch")
            .stridedSlice(
                tf.shape(x),
                tf.array(0),
                tf.array(1),
                tf.array(1),
                StridedSlice.shrinkAxisMask(1L));
    return at("zeros").fill(tf.stack(List.of(batch, tf.constant(units))), tf.constant(0f));
  }

  private List<Output<TFloat32>> split(Operand<TFloat32> x, long count) {
    return at("split").split(layers.tf().constant(1), x, count).output();
  }

  private Operand<TFloat32> sigmoid(Operand<TFloat32> x) {
    return at("sigmoid").math.sigmoid(x);
  }

  private Operand<TFloat32> tanh(Operand<TFloat32> x) {
    return at("tanh").math.tanh(x);
  }

  private Ops at(String operation) {
    return layers.at(name, operation);
  }
}
