package org.tfmot.techniques.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tfmot.api.graph.TensorProtos;

/**
 * Keras's {@code backend.rnn}: a {@code While} over lists of tensors, with counter, limit, time,
 * the list of outputs, states, and after them what condition and body capture.
 */
final class KerasLoop {

  private static final Map<String, DataType> FLOATS = Map.of("element_dtype", DataType.DT_FLOAT);

  /** What a layer does with its sequence. */
  record Options(KerasCell cell, int units, boolean sequences, boolean backwards, boolean zeros) {}

  /** The output at all steps or the last one, and the states, as tensors of the function. */
  record Result(String sequence, String last, List<String> states) {}

  private final FunctionWriter f;
  private final String scope;
  private final Options options;
  private final int steps;
  private final List<FunctionDef> functions;

  /** Arguments and results of the body, and what the loop is given for them. */
  private final FunctionWriter body;

  private final FunctionWriter condition;
  private final List<String> operands = new ArrayList<>();
  private final Map<String, String> captured = new LinkedHashMap<>();

  /**
   * Starts a loop.
   *
   * @param f where it is written
   * @param scope the layer, with a slash
   * @param steps as far as tracing knows it, or -1
   * @param functions takes condition and body
   */
  KerasLoop(
      FunctionWriter f, String scope, Options options, int steps, List<FunctionDef> functions) {
    this.f = f;
    this.scope = scope;
    this.options = options;
    this.steps = steps;
    this.functions = functions;
    String name = (scope + "while").replace('/', '_');
    body = new FunctionWriter(name + "_body_" + functions.size());
    condition = new FunctionWriter(name + "_cond_" + functions.size());
  }

  /**
   * Writes the loop.
   *
   * @param x {@code [batch, steps, features]}
   * @param mask {@code [batch, steps]}, or null
   * @param weights of the cell: values, or handles that every step reads
   * @param keras3 whether the number of steps bounds the loop twice, as Keras 3 writes it
   */
  Result write(
      String x, @Nullable String mask, List<String> states, List<String> weights, boolean keras3) {
    String time = transposed("transpose", x);
    boolean fixed = keras3 && steps >= 0;
    String count = fixed ? f.number(scope + "while/steps", steps) : size(time);
    String limit = keras3 ? count : f.number(scope + "while/maximum_iterations", -1);
    if (options.backwards) {
      time = f.op("ReverseV2", scope + "ReverseV2", time, f.numbers(scope + "ReverseV2/axis", 0));
    }
    String list = list("TensorArrayUnstack", time);
    String elements = f.numbers(scope + "TensorArrayV2_1/element_shape", -1, options.units);
    String size = options.sequences ? count : f.number(scope + "TensorArrayV2_1/num_elements", 1);
    String outputs = f.op("TensorListReserve", scope + "TensorArrayV2_1", FLOATS, elements, size);

    String counter = operand("while_loop_counter", f.number(scope + "while/loop_counter", 0));
    String most = operand("while_maximum_iterations", limit);
    String at = operand("while_placeholder", f.number(scope + "time", 0));
    String written = operand("while_placeholder_1", outputs);
    String zero = mask == null ? null : zeros(time, states, weights);
    String previous = zero == null ? null : operand("while_placeholder_2", zero);
    List<String> state = new ArrayList<>();
    for (String each : states) {
      state.add(operand("while_state_" + state.size(), each));
    }
    String bound = capture("while_less_strided_slice", count);
    String items = capture("while_tensorlistfromtensor", list);
    String masks = mask == null ? null : capture("while_mask", list("mask", maskOf(mask)));
    String nothing = zero == null || !options.zeros ? null : capture("while_zeros_like", zero);
    List<String> handles = new ArrayList<>();
    for (String weight : weights) {
      handles.add(capture("while_readvariableop_resource_" + handles.size(), weight));
    }

    String shape = body.numbers("while/TensorArrayV2Read/element_shape", -1, -1);
    String now = body.op("TensorListGetItem", "while/Read", FLOATS, items, at, shape);
    List<String> read = read(body, handles, "while/" + options.cell.layer() + "_cell/");
    List<String> next =
        options.cell.write(
            body, "while/" + options.cell.layer() + "_cell/", options.units, now, state, read);
    String output = next.get(0);
    if (masks != null) {
      String one =
          body.op(
              "TensorListGetItem",
              "while/ReadMask",
              Map.of("element_dtype", DataType.DT_BOOL),
              masks,
              at,
              body.numbers("while/ReadMask/element_shape", -1, 1));
      String instead = nothing == null ? Objects.requireNonNull(previous) : nothing;
      output = selected("while/SelectV2", one, output, instead);
      List<String> kept = new ArrayList<>();
      for (String each : next) {
        int i = kept.size();
        kept.add(selected("while/SelectV2_" + (i + 1), one, each, state.get(i)));
      }
      next = kept;
    }
    String[] reads =
        read.stream()
            .filter(tensor -> tensor.contains("ReadVariableOp"))
            .map(tensor -> "^" + tensor.substring(0, tensor.indexOf(':')))
            .toArray(String[]::new);
    body.op("NoOp", "while/NoOp", reads);
    String index = options.sequences ? at : body.number("while/index", 0);
    String list1 =
        body.op("TensorListSetItem", "while/TensorArrayV2Write", FLOATS, written, index, output);
    String one = body.number("while/add/y", 1);
    result("counter", body.op("AddV2", "while/add_counter", counter, one));
    result("most", most);
    result("time", body.op("AddV2", "while/add", at, one));
    result("list", list1);
    if (previous != null) {
      result("output", output);
    }
    for (String each : next) {
      result("state_" + next.indexOf(each), each);
    }
    captured.keySet().forEach(argument -> result(argument + "_out", argument));

    String goesOn = condition.op("Less", "while/Less", "while_placeholder", bound);
    if (keras3) {
      String counted =
          condition.op("Less", "while/Less_1", "while_loop_counter", "while_maximum_iterations");
      goesOn = condition.op("LogicalAnd", "while/LogicalAnd", counted, goesOn);
    }
    condition.result("while_identity", condition.op("Identity", "while/Identity", goesOn));
    functions.add(condition.build());
    functions.add(body.build());
    return loop(states.size(), previous != null, elements);
  }

  private Result loop(int states, boolean masked, String elements) {
    String first =
        f.op(
            "While",
            scope + "while",
            Map.of(
                "cond",
                FunctionWriter.function(condition.name()),
                "body",
                FunctionWriter.function(body.name()),
                "parallel_iterations",
                32),
            operands.toArray(String[]::new));
    String stack =
        f.op(
            "TensorListStack",
            scope + "TensorArrayV2Stack/TensorListStack",
            FLOATS,
            FunctionWriter.output(first, 3),
            elements);
    String last =
        f.op(
            "StridedSlice",
            scope + "strided_slice_3",
            Map.of("shrink_axis_mask", 1),
            stack,
            f.numbers(scope + "strided_slice_3/stack", -1),
            f.numbers(scope + "strided_slice_3/stack_1", 0),
            f.numbers(scope + "strided_slice_3/stack_2", 1));
    List<String> results = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      results.add(FunctionWriter.output(first, (masked ? 5 : 4) + i));
    }
    return new Result(transposed("transpose_1", stack), last, results);
  }

  /** Zeros of the first output's size: the first step is written once for them. */
  private String zeros(String time, List<String> states, List<String> weights) {
    String first =
        f.op(
            "StridedSlice",
            scope + "strided_slice_2",
            Map.of("shrink_axis_mask", 1),
            time,
            f.numbers(scope + "strided_slice_2/stack", 0),
            f.numbers(scope + "strided_slice_2/stack_1", 1),
            f.numbers(scope + "strided_slice_2/stack_2", 1));
    String cell = scope + options.cell.layer() + "_cell/";
    List<String> next =
        options.cell.write(f, cell, options.units, first, states, read(f, weights, cell));
    return f.op("ZerosLike", scope + "zeros_like", next.get(0));
  }

  private static List<String> read(FunctionWriter f, List<String> weights, String cell) {
    List<String> values = new ArrayList<>();
    for (String weight : weights) {
      values.add(
          f.type(weight) == DataType.DT_RESOURCE
              ? f.op(
                  "ReadVariableOp",
                  cell + "ReadVariableOp_" + values.size(),
                  Map.of("dtype", DataType.DT_FLOAT),
                  weight)
              : weight);
    }
    return values;
  }

  /** One of two tensors for each sequence; the mask is repeated for all features. */
  private String selected(String name, String mask, String yes, String no) {
    String times = body.numbers(name + "/multiples", 1, options.units);
    return body.op("SelectV2", name, body.op("Tile", name + "/Tile", mask, times), yes, no);
  }

  private String maskOf(String mask) {
    String column = f.op("ExpandDims", scope + "ExpandDims", mask, f.number(scope + "dim", -1));
    String time = transposed("transpose_mask", column);
    return options.backwards
        ? f.op("ReverseV2", scope + "ReverseMask", time, f.numbers(scope + "ReverseMask/axis", 0))
        : time;
  }

  private String list(String name, String tensor) {
    int width = f.type(tensor) == DataType.DT_BOOL ? 1 : -1;
    return f.op(
        "TensorListFromTensor",
        scope + name + "/TensorListFromTensor",
        Map.of("element_dtype", f.type(tensor)),
        tensor,
        f.numbers(scope + name + "/element_shape", -1, width));
  }

  private String transposed(String name, String x) {
    return f.op("Transpose", scope + name, x, f.numbers(scope + name + "/perm", 1, 0, 2));
  }

  /** The first dimension's size, which is asked for in the graph. */
  private String size(String time) {
    return f.op(
        "StridedSlice",
        scope + "strided_slice_1",
        Map.of("shrink_axis_mask", 1),
        f.op("Shape", scope + "Shape_1", time),
        f.numbers(scope + "strided_slice_1/stack", 0),
        f.numbers(scope + "strided_slice_1/stack_1", 1),
        f.numbers(scope + "strided_slice_1/stack_2", 1));
  }

  private String operand(String name, String tensor) {
    operands.add(tensor);
    condition.argument(name, f.type(tensor));
    return body.argument(name, f.type(tensor));
  }

  /** A tensor from outside that every step sees. */
  private String capture(String name, String tensor) {
    captured.put(name, tensor);
    return operand(name, tensor);
  }

  private void result(String name, String tensor) {
    boolean handle = body.type(tensor) == DataType.DT_RESOURCE;
    // Python has results wait for the reads, which are stateful.
    body.result(
        "while_" + name,
        handle ? tensor : body.op("Identity", "while/Identity_" + name, tensor, "^while/NoOp"));
  }

  /** Zeros {@code [batch, units]}, of the batch that the input has. */
  static String initialState(FunctionWriter f, String scope, String x, int units) {
    String batch =
        f.op(
            "StridedSlice",
            scope + "strided_slice",
            Map.of("shrink_axis_mask", 1),
            f.op("Shape", scope + "Shape", x),
            f.numbers(scope + "strided_slice/stack", 0),
            f.numbers(scope + "strided_slice/stack_1", 1),
            f.numbers(scope + "strided_slice/stack_2", 1));
    String sizes =
        f.op("Pack", scope + "zeros/packed", batch, f.number(scope + "zeros/packed/1", units));
    return f.op(
        "Fill",
        scope + "zeros",
        sizes,
        f.constant(scope + "zeros/Const", TensorProtos.floats(Shape.scalar(), 0)));
  }
}
