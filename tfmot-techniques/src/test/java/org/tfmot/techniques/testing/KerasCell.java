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
  SIMPLE_RNN(1, 1),
  /** {@code implementation=1}: a product for each gate, with columns of the weights. */
  LSTM_OF_COLUMNS(4, 2),
  /** {@code reset_after=False}: the state is reset before its product; one bias. */
  GRU_RESET_BEFORE(3, 1);

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
      FunctionWriter f,
      String scope,
      int units,
      String x,
      List<String> state,
      List<String> weights) {
    return switch (this) {
      case LSTM_OF_COLUMNS -> ofColumns(f, scope, units, x, state, weights);
      case GRU_RESET_BEFORE -> resetBefore(f, scope, units, x, state.get(0), weights);
      default -> whole(f, scope, x, state, weights);
    };
  }

  /** One product with each weight. */
  private List<String> whole(
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
      default -> throw new IllegalStateException(name());
    };
  }

  private static List<String> ofColumns(
      FunctionWriter f,
      String scope,
      int units,
      String x,
      List<String> state,
      List<String> weights) {
    List<String> kernels = split(f, scope + "split", weights.get(0), 4);
    List<String> biases = split(f, scope + "split_1", weights.get(2), 4, 0);
    List<String> gates = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String at = i == 0 ? "" : "_" + i;
      String features = f.op("MatMul", scope + "MatMul" + at, x, kernels.get(i));
      String biased = f.op("BiasAdd", scope + "BiasAdd" + at, features, biases.get(i));
      String columns = columns(f, scope + "slice" + at, weights.get(1), i * units, (i + 1) * units);
      String past = f.op("MatMul", scope + "MatMul_past" + at, state.get(0), columns);
      String sum = f.op("AddV2", scope + "add" + at, biased, past);
      gates.add(f.op(i == 2 ? "Tanh" : "Sigmoid", scope + "gate" + at, sum));
    }
    String kept = f.op("Mul", scope + "mul", gates.get(1), state.get(1));
    String written = f.op("Mul", scope + "mul_1", gates.get(0), gates.get(2));
    String cell = f.op("AddV2", scope + "add_5", kept, written);
    String output = f.op("Mul", scope + "mul_2", gates.get(3), f.op("Tanh", scope + "Tanh", cell));
    return List.of(output, cell);
  }

  private static List<String> resetBefore(
      FunctionWriter f, String scope, int units, String x, String h, List<String> weights) {
    String features = f.op("MatMul", scope + "MatMul", x, weights.get(0));
    String biased = f.op("BiasAdd", scope + "BiasAdd", features, weights.get(2));
    List<String> in = split(f, scope + "split", biased, 3);
    String gates = columns(f, scope + "slice", weights.get(1), 0, 2 * units);
    String past = f.op("MatMul", scope + "MatMul_1", h, gates);
    // As Keras writes it: nothing is left for the third part.
    String back =
        f.op(
            "SplitV",
            scope + "split_1",
            Map.of("num_split", 3),
            past,
            f.numbers(scope + "split_1/sizes", units, units, -1),
            f.number(scope + "split_1/dim", 1));
    String z = f.op("Sigmoid", scope + "Sigmoid", f.op("AddV2", scope + "add", in.get(0), back));
    String other = FunctionWriter.output(back, 1);
    String r =
        f.op("Sigmoid", scope + "Sigmoid_1", f.op("AddV2", scope + "add_1", in.get(1), other));
    String reset = f.op("Mul", scope + "mul", r, h);
    String rest = columns(f, scope + "slice_1", weights.get(1), 2 * units, 3 * units);
    String product = f.op("MatMul", scope + "MatMul_2", reset, rest);
    String hh = f.op("Tanh", scope + "Tanh", f.op("AddV2", scope + "add_2", in.get(2), product));
    String kept = f.op("Mul", scope + "mul_1", z, h);
    String one = f.constant(scope + "sub/x", TensorProtos.scalar(1f));
    String written = f.op("Mul", scope + "mul_2", f.op("Sub", scope + "sub", one, z), hh);
    return List.of(f.op("AddV2", scope + "add_3", kept, written));
  }

  /** Columns of a matrix, as {@code matrix[:, from:to]} is written. */
  private static String columns(FunctionWriter f, String name, String matrix, int from, int to) {
    return f.op(
        "StridedSlice",
        name,
        Map.of("begin_mask", 1, "end_mask", 1),
        matrix,
        f.numbers(name + "/begin", 0, from),
        f.numbers(name + "/end", 0, to),
        f.numbers(name + "/strides", 1, 1));
  }

  private static List<String> split(FunctionWriter f, String name, String x, int parts) {
    return split(f, name, x, parts, 1);
  }

  private static List<String> split(
      FunctionWriter f, String name, String x, int parts, int dimension) {
    String axis = f.number(name + "/split_dim", dimension);
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
        case LSTM, LSTM_OF_COLUMNS -> {
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
        case GRU_RESET_BEFORE -> {
          double[] reset = new double[units];
          for (int i = 0; i < units; i++) {
            int gate = units + i;
            reset[i] = h[i] * sigmoid(a[gate] + b[gate] + bias[gate]);
          }
          int candidate = 2 * units + u;
          double z = sigmoid(a[u] + b[u] + bias[u]);
          double hh =
              Math.tanh(
                  a[candidate]
                      + product(reset, weights.get(1), width)[candidate]
                      + bias[candidate]);
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
