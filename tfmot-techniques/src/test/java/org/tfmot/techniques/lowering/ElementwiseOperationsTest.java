package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * Every elementwise operation that TensorFlow registers, of one to three floats, is converted to
 * the numbers of TensorFlow, or refused by a sentence before TensorFlow's converter runs.
 */
@EnabledOnOs(OS.LINUX)
class ElementwiseOperationsTest {

  private static final int COUNT = 64;

  private static final double[] SCALES = {1e-6, 1e-3, .3, 1, 4, 30, 1e4, 1e12, 1e20};

  /** An operation of TensorFlow. */
  record Operation(String type, int operands, boolean compares) {
    @Override
    public String toString() {
      return type;
    }
  }

  /** Finds the operations by what they do: each element depends on the same one of the operands. */
  static List<Operation> operations() {
    return TensorFlow.registeredOpList().getOpList().stream()
        .filter(ElementwiseOperationsTest::takesFloats)
        .map(
            op ->
                new Operation(
                    op.getName(),
                    op.getInputArgCount(),
                    op.getOutputArg(0).getType() == DataType.DT_BOOL))
        .filter(ElementwiseOperationsTest::isElementwise)
        .sorted(Comparator.comparing(Operation::type))
        .toList();
  }

  private static boolean takesFloats(OpDef op) {
    boolean plain =
        op.getInputArgCount() >= 1
            && op.getInputArgCount() <= 3
            && op.getOutputArgCount() == 1
            && !op.getIsStateful()
            && !op.getName().startsWith("_")
            // Ends a step of a loop.
            && !op.getName().equals("NextIteration")
            && op.getInputArgList().stream()
                .allMatch(arg -> arg.getTypeAttr().equals("T") && !arg.getIsRef())
            && (op.getOutputArg(0).getTypeAttr().equals("T")
                || op.getOutputArg(0).getType() == DataType.DT_BOOL);
    return plain
        && op.getAttrList().stream()
            .allMatch(
                attr ->
                    attr.hasDefaultValue()
                        || (attr.getName().equals("T")
                            && (!attr.hasAllowedValues()
                                || attr.getAllowedValues()
                                    .getList()
                                    .getTypeList()
                                    .contains(DataType.DT_FLOAT))));
  }

  private static boolean isElementwise(Operation operation) {
    List<float[]> inputs = inputs(operation, 1, 1, true);
    double[] before = evaluate(operation, inputs, DataType.DT_FLOAT);
    inputs.forEach(operand -> operand[5] += 0.125f);
    double[] after = evaluate(operation, inputs, DataType.DT_FLOAT);
    for (int i = 0; before != null && after != null && i < COUNT; i++) {
      if (i != 5 && Double.compare(before[i], after[i]) != 0) {
        return false;
      }
    }
    return before != null && after != null;
  }

  @Test
  void operations_areThoseThatOneKnows() {
    List<String> types = operations().stream().map(Operation::type).toList();
    assertTrue(
        types.containsAll(
            List.of(
                "Abs",
                "Atan2",
                "BesselI0e",
                "Digamma",
                "Erf",
                "Expm1",
                "Lgamma",
                "Log1p",
                "Mod",
                "Ndtri",
                "Reciprocal",
                "Rint",
                "Softplus",
                "SquaredDifference",
                "Xlogy",
                "Zeta")),
        types::toString);
    assertTrue(types.size() > 100, types::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  @Tag("long")
  void float32_isTensorFlow_orIsRefusedBeforeTheConverter(Operation operation) {
    TfLiteModel file = converted(operation, TfLiteConverter::float32);
    if (file != null) {
      assertEqual(operation, file, SCALES);
    }
  }

  static Stream<String> functions() {
    return Stream.of("Erf", "Erfc", "Expm1", "Log1p", "Sinh", "Asinh", "Atanh", "Softplus");
  }

  /** Near 0 differences of nearly equal numbers leave no digit. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("functions")
  void functionNearZero_isTensorFlow_inAllFloatModes(String type) {
    Operation operation = new Operation(type, 1, false);
    List<UnaryOperator<TfLiteConverter>> modes =
        List.of(TfLiteConverter::float32, TfLiteConverter::float16, TfLiteConverter::dynamicRange);
    for (UnaryOperator<TfLiteConverter> mode : modes) {
      TfLiteModel file = converted(operation, mode);
      assertTrue(file != null);
      assertEqual(operation, file, 1e-6, 1e-3, .3, 1, 4);
    }
  }

  @Test
  void functionThatTensorFlowLiteLacks_isRefusedInOurWords() {
    TfLiteConversionException refusal =
        assertThrows(
            TfLiteConversionException.class,
            () -> converter(new Operation("Digamma", 1, false)).convert());
    assertEquals(
        "TensorFlow Lite has no operation for Digamma \"odd/f\": express it by others, end the"
            + " model before it, or, if it is a function of one tensor, quantize it: int8() reads"
            + " it from a table",
        refusal.getMessage());
  }

  /** In every mode; integers, whose steps another test bounds, need to convert and run only. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  @Tag("long")
  void everyMode_convertsOrRefusesBeforeTheConverter(Operation operation) {
    for (UnaryOperator<TfLiteConverter> mode :
        List.<UnaryOperator<TfLiteConverter>>of(
            TfLiteConverter::float16, TfLiteConverter::dynamicRange)) {
      TfLiteModel file = converted(operation, mode);
      if (file != null) {
        assertEqual(operation, file, .3, 1, 4);
      }
    }
    for (int bits : new int[] {8, 16}) {
      TfLiteModel file = quantized(operation, bits);
      if (file != null) {
        try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
          List<float[]> inputs = inputs(operation, .3, 7, true);
          interpreter.run(feeds(inputs), 1).values().forEach(y -> assertEquals(COUNT, y.length));
        }
      }
    }
  }

  private static @Nullable TfLiteModel quantized(Operation operation, int bits) {
    List<Tensor> tensors = new ArrayList<>();
    try {
      GraphModel model =
          GraphModel.of(graph(operation, DataType.DT_FLOAT, true), endpoints(operation), List.of());
      Map<String, Tensor> sample = new LinkedHashMap<>();
      List<float[]> inputs = inputs(operation, .3, 7, true);
      for (int i = 0; i < inputs.size(); i++) {
        Tensor tensor = TFloat32.tensorOf(Shape.of(1, COUNT), DataBuffers.of(inputs.get(i)));
        tensors.add(tensor);
        sample.put("x" + i, tensor);
      }
      PostTrainingQuantization.Calibrated calibrated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .build()
              .calibrate(model, List.of(sample));
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model());
      converter.allowFloat(calibrated.report().skipped().stream().map(e -> e.operation()).toList());
      return (bits == 8 ? converter.int8() : converter.int16x8()).convert();
    } catch (TfLiteConversionException e) {
      assertNull(e.getCause(), () -> operation + " in " + bits + " bits: " + e.getMessage());
      return null;
    } catch (IllegalArgumentException e) {
      // A value that is not finite.
      assertTrue(e.getMessage().contains("finite"), e::toString);
      return null;
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  private static Endpoints endpoints(Operation operation) {
    Endpoints.Builder endpoints = Endpoints.builder().inference();
    for (int i = 0; i < operation.operands(); i++) {
      endpoints.input("x" + i, "x" + i + ":0");
    }
    return endpoints.output("y", "y:0").build();
  }

  private static @Nullable TfLiteModel converted(
      Operation operation, UnaryOperator<TfLiteConverter> mode) {
    try {
      return mode.apply(converter(operation)).convert();
    } catch (TfLiteConversionException e) {
      assertNull(e.getCause(), () -> operation + ": " + e.getMessage());
      return null;
    }
  }

  private static TfLiteConverter converter(Operation operation) {
    Map<String, String> inputs = new LinkedHashMap<>();
    for (int i = 0; i < operation.operands(); i++) {
      inputs.put("x" + i, "x" + i + ":0");
    }
    return TfLiteConverter.of(
        graph(operation, DataType.DT_FLOAT, false), inputs, Map.of("y", "y:0"));
  }

  /** Compares with TensorFlow in float64, or in float32 where it has no other kernel. */
  private static void assertEqual(Operation operation, TfLiteModel file, double... scales) {
    boolean half = file.tensors().stream().anyMatch(tensor -> tensor.type() == TensorType.FLOAT16);
    double lgamma = half ? 3e-3 : 4e-6;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (double scale : scales) {
        for (boolean positive : new boolean[] {false, true}) {
          List<float[]> inputs = inputs(operation, scale, 7, positive);
          double[] exact = evaluate(operation, inputs, DataType.DT_DOUBLE);
          double[] expected = evaluate(operation, inputs, DataType.DT_FLOAT);
          float[] actual = interpreter.run(feeds(inputs), 1).get("y");
          for (int i = 0; i < COUNT; i++) {
            int at = i;
            assertTrue(
                isNear(operation, actual[i], expected[i], lgamma)
                    || (exact != null && isNear(operation, actual[i], exact[i], lgamma)),
                () ->
                    "%s(%s): %s instead of %s"
                        .formatted(
                            operation,
                            inputs.stream().map(operand -> operand[at]).toList(),
                            actual[at],
                            expected[at]));
          }
        }
      }
    }
  }

  private static boolean isNear(Operation operation, float actual, double expected, double lgamma) {
    if (operation.type().equals("SqrtGrad") && Float.isNaN(actual)) {
      // 0 / 0, which TensorFlow writes as a product with 1 / 0.
      return expected == 0 || Double.isNaN(expected);
    }
    if (Double.isNaN(expected) || Double.isInfinite((float) expected)) {
      return Float.compare(actual, (float) expected) == 0;
    }
    // TensorFlow Lite has the logarithm of the gamma function as a sum, which is 0 at 1 and 2, of
    // tensors of constants.
    double absolute = operation.type().equals("Lgamma") ? lgamma : 1e-30;
    return Math.abs(actual - expected) <= 1e-5 * Math.abs(expected) + absolute;
  }

  private static Map<String, float[]> feeds(List<float[]> inputs) {
    Map<String, float[]> feeds = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      feeds.put("x" + i, inputs.get(i));
    }
    return feeds;
  }

  private static List<float[]> inputs(
      Operation operation, double scale, long seed, boolean positive) {
    Random random = new Random(seed);
    List<float[]> inputs = new ArrayList<>();
    for (int i = 0; i < operation.operands(); i++) {
      float[] operand = new float[COUNT];
      for (int k = 0; k < COUNT; k++) {
        operand[k] = (float) (random.nextGaussian() * scale);
        operand[k] = positive ? Math.abs(operand[k]) : operand[k];
      }
      if (positive && seed != 1) {
        operand[0] = 0;
        operand[1] = 1;
        operand[2] = .5f;
      }
      inputs.add(operand);
    }
    if (operation.type().equals("ClipByValue")) {
      // The bounds in their order.
      for (int k = 0; k < COUNT; k++) {
        float low = Math.min(inputs.get(1)[k], inputs.get(2)[k]);
        inputs.get(2)[k] = Math.max(inputs.get(1)[k], inputs.get(2)[k]);
        inputs.get(1)[k] = low;
      }
    }
    return inputs;
  }

  /**
   * The operation between what integers need: sums before it and behind it.
   *
   * @param layers whether there are those
   */
  private static GraphDef graph(Operation operation, DataType type, boolean layers) {
    GraphDef.Builder graph = GraphDef.newBuilder();
    NodeBuilder node = NodeBuilder.op(operation.type(), "odd/f");
    for (int i = 0; i < operation.operands(); i++) {
      String x = "x" + i;
      graph.addNode(
          NodeBuilder.op("Placeholder", x)
              .attr("dtype", type)
              .attr("shape", Shape.of(1, COUNT))
              .build());
      if (layers) {
        graph.addNode(NodeBuilder.op("Abs", "abs" + i).inputs(x).attr("T", type).build());
      }
      node.inputs(layers ? "abs" + i : x);
    }
    graph.addNode(node.attr("T", type).build());
    if (operation.compares()) {
      graph.addNode(
          NodeBuilder.op("Cast", "cast")
              .inputs("odd/f")
              .attr("SrcT", DataType.DT_BOOL)
              .attr("DstT", type)
              .build());
    }
    graph.addNode(
        NodeBuilder.op(layers ? "Relu" : "Identity", "y")
            .inputs(operation.compares() ? "cast" : "odd/f")
            .attr("T", type)
            .build());
    return graph.build();
  }

  /** Returns what TensorFlow computes, or null if it has no kernel for it. */
  private static double @Nullable [] evaluate(
      Operation operation, List<float[]> inputs, DataType type) {
    List<Tensor> fed = new ArrayList<>();
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graph(operation, type, false));
      try (Session session = new Session(graph)) {
        Session.Runner runner = session.runner();
        for (int i = 0; i < inputs.size(); i++) {
          fed.add(tensor(inputs.get(i), type));
          runner.feed("x" + i, fed.get(i));
        }
        try (Result result = runner.fetch("y").run()) {
          return result.get(0).shape().equals(Shape.of(1, COUNT)) ? values(result.get(0)) : null;
        }
      }
    } catch (TensorFlowException | IllegalArgumentException e) {
      return null;
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  private static Tensor tensor(float[] values, DataType type) {
    if (type == DataType.DT_FLOAT) {
      return TFloat32.tensorOf(Shape.of(1, COUNT), DataBuffers.of(values));
    }
    double[] doubles = new double[COUNT];
    for (int i = 0; i < COUNT; i++) {
      doubles[i] = values[i];
    }
    return TFloat64.tensorOf(Shape.of(1, COUNT), DataBuffers.of(doubles));
  }

  private static double[] values(Tensor tensor) {
    double[] values = new double[COUNT];
    if (tensor instanceof TFloat64 doubles) {
      doubles.asRawTensor().data().asDoubles().read(values);
    } else {
      float[] floats = new float[COUNT];
      tensor.asRawTensor().data().asFloats().read(floats);
      for (int i = 0; i < COUNT; i++) {
        values[i] = floats[i];
      }
    }
    return values;
  }
}
