package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.graph.TensorProtos;

/** Keras's recurrent cells: the operations of one step, and their equations in Java. */
public enum KerasCell {
  /** Gates for input, forgetting, the candidate and the output. */
  LSTM(4, 2),
  /** Gates for the update, the reset behind the product, and the candidate; two biases. */
  GRU(3, 1),
  /** One product of features, one of the state. */
  SIMPLE_RNN(1, 1);

  private final int gates;
  private final int states;

  KerasCell(int gates, int states) {
    this.gates = gates;
    this.states = states;
  }

  /** The number of states that are handed from step to step; the first is the output. */
  int states() {
    return states;
  }

  /** The layer's name in Keras. */
  String layer() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  Shape kernel(int features, int units) {
    return Shape.of(features, (long) gates * units);
  }

  Shape recurrent(int units) {
    return Shape.of(units, (long) gates * units);
  }

  Shape bias(int units) {
    return this == GRU ? Shape.of(2, (long) gates * units) : Shape.of((long) gates * units);
  }

  /**
   * Writes one step.
   *
   * @param weights the values of kernel, recurrent kernel and bias
   * @return the new states
   */
  List<String> write(
      FunctionWriter f, String scope, String x, List<String> state, List<String> weights) {
    String h = state.get(0);
    String features = f.op("MatMul", scope + "MatMul", x, weights.get(0));
    String past = f.op("MatMul", scope + "MatMul_1", h, weights.get(1));
    return switch (this) {
      case SIMPLE_RNN -> {
        String biased = f.op("BiasAdd", scope + "BiasAdd", features, weights.get(2));
        yield List.of(f.op("Tanh", scope + "Tanh", f.op("AddV2", scope + "add", biased, past)));
      }
      case LSTM -> {
        String sum = f.op("AddV2", scope + "add", features, past);
        String z = f.op("BiasAdd", scope + "BiasAdd", sum, weights.get(2));
        List<String> gate = split(f, scope + "split", z, 4);
        String kept =
            f.op(
                "Mul",
                scope + "mul",
                f.op("Sigmoid", scope + "Sigmoid_1", gate.get(1)),
                state.get(1));
        String written =
            f.op(
                "Mul",
                scope + "mul_1",
                f.op("Sigmoid", scope + "Sigmoid", gate.get(0)),
                f.op("Tanh", scope + "Tanh", gate.get(2)));
        String cell = f.op("AddV2", scope + "add_1", kept, written);
        String output = f.op("Sigmoid", scope + "Sigmoid_2", gate.get(3));
        yield List.of(
            f.op("Mul", scope + "mul_2", output, f.op("Tanh", scope + "Tanh_1", cell)), cell);
      }
      case GRU -> {
        String bias = f.op("Unpack", scope + "unstack", Map.of("num", 2), weights.get(2));
        List<String> in =
            split(f, scope + "split", f.op("BiasAdd", scope + "BiasAdd", features, bias), 3);
        String inner = f.op("BiasAdd", scope + "BiasAdd_1", past, FunctionWriter.output(bias, 1));
        List<String> back = split(f, scope + "split_1", inner, 3);
        String z =
            f.op(
                "Sigmoid", scope + "Sigmoid", f.op("AddV2", scope + "add", in.get(0), back.get(0)));
        String r =
            f.op(
                "Sigmoid",
                scope + "Sigmoid_1",
                f.op("AddV2", scope + "add_1", in.get(1), back.get(1)));
        String reset = f.op("Mul", scope + "mul", r, back.get(2));
        String hh = f.op("Tanh", scope + "Tanh", f.op("AddV2", scope + "add_2", in.get(2), reset));
        String kept = f.op("Mul", scope + "mul_1", z, h);
        String one = f.constant(scope + "sub/x", TensorProtos.scalar(1f));
        String written = f.op("Mul", scope + "mul_2", f.op("Sub", scope + "sub", one, z), hh);
        yield List.of(f.op("AddV2", scope + "add_3", kept, written));
      }
    };
  }

  private static List<String> split(FunctionWriter f, String name, String x, int parts) {
    String axis = f.number(name + "/split_dim", 1);
    String first = f.op("Split", name, Map.of("num_split", parts), axis, x);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < parts; i++) {
      all.add(FunctionWriter.output(first, i));
    }
    return all;
  }

  /**
   * Computes one step of one sequence by the cell's equations.
   *
   * @param weights kernel, recurrent kernel and bias, row-major
   * @return the new states
   */
  double[][] compute(double[] x, double[][] state, List<float[]> weights) {
    double[] h = state[0];
    int units = h.length;
    int width = gates * units;
    double[] a = product(x, weights.get(0), width);
    double[] b = product(h, weights.get(1), width);
    float[] bias = weights.get(2);
    double[][] next = new double[states][units];
    for (int u = 0; u < units; u++) {
      int unit = u;
      switch (this) {
        case SIMPLE_RNN -> next[0][u] = Math.tanh(a[u] + b[u] + bias[u]);
        case LSTM -> {
          DoubleUnaryOperator z =
              gate -> {
                int at = (int) gate * units + unit;
                return a[at] + b[at] + bias[at];
              };
          next[1][u] =
              sigmoid(z.applyAsDouble(1)) * state[1][u]
                  + sigmoid(z.applyAsDouble(0)) * Math.tanh(z.applyAsDouble(2));
          next[0][u] = sigmoid(z.applyAsDouble(3)) * Math.tanh(next[1][u]);
        }
        case GRU -> {
          DoubleUnaryOperator in =
              gate -> a[(int) gate * units + unit] + bias[(int) gate * units + unit];
          DoubleUnaryOperator back =
              gate -> b[(int) gate * units + unit] + bias[width + (int) gate * units + unit];
          double z = sigmoid(in.applyAsDouble(0) + back.applyAsDouble(0));
          double r = sigmoid(in.applyAsDouble(1) + back.applyAsDouble(1));
          double hh = Math.tanh(in.applyAsDouble(2) + r * back.applyAsDouble(2));
          next[0][u] = z * h[u] + (1 - z) * hh;
        }
      }
    }
    return next;
  }

  static double[] product(double[] x, float[] matrix, int columns) {
    double[] result = new double[columns];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < columns; j++) {
        result[j] += x[i] * matrix[i * columns + j];
      }
    }
    return result;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  double[][] zeros(int units) {
    double[][] zeros = new double[states][units];
    Arrays.stream(zeros).forEach(row -> Arrays.fill(row, 0));
    return zeros;
  }
}
