package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** Functions that TensorFlow Lite lacks are those of TensorFlow. */
@EnabledOnOs(OS.LINUX)
class FunctionLoweringTest {

  private static final int COUNT = 1000;

  private interface Function {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  static Stream<Arguments> functions() {
    return Stream.of(
        function("erf", -5, 5, (tf, x) -> tf.math.erf(x)),
        function("erfc", -5, 5, (tf, x) -> tf.math.erfc(x)),
        function("sinh", -8, 8, (tf, x) -> tf.math.sinh(x)),
        function("sinh far out", 88, 89.4f, (tf, x) -> tf.math.sinh(x)),
        function("cosh", -8, 8, (tf, x) -> tf.math.cosh(x)),
        function("tan", -1.5f, 1.5f, (tf, x) -> tf.math.tan(x)),
        function("asinh", -3, 3, (tf, x) -> tf.math.asinh(x)),
        function("asinh far out", -1e37f, 1e37f, (tf, x) -> tf.math.asinh(x)),
        function("acosh", 1, 1e6f, (tf, x) -> tf.math.acosh(x)),
        function("atanh", -.99f, .99f, (tf, x) -> tf.math.atanh(x)),
        function("atan", -100, 100, (tf, x) -> tf.math.atan(x)),
        function("asin", -1, 1, (tf, x) -> tf.math.asin(x)),
        function("acos", -1, 1, (tf, x) -> tf.math.acos(x)));
  }

  private static Arguments function(String name, float min, float max, Function function) {
    return Arguments.of(name, min, max, function);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("functions")
  void function_isThatOfTensorFlow(String name, float min, float max, Function function) {
    GraphModel model = model(function);
    float[] inputs = inputs(min, max);
    float[] expected = evaluate(model, inputs);
    for (TfLiteConverter converter :
        List.of(TfLiteConverter.of(model), TfLiteConverter.of(model).dynamicRange())) {
      assertClose(expected, run(converter.convert(), inputs), inputs, 2e-6);
    }
    assertClose(expected, run(TfLiteConverter.of(model).float16().convert(), inputs), inputs, 2e-6);
  }

  static Stream<Arguments> gelus() {
    float root = (float) Math.sqrt(2);
    return Stream.of(
        Arguments.of(
            "0.5 * x * (1 + erf(x / root))",
            (Function)
                (tf, x) ->
                    tf.math.mul(
                        tf.math.mul(tf.constant(.5f), x),
                        tf.math.add(
                            tf.constant(1f), tf.math.erf(tf.math.div(x, tf.constant(root)))))),
        Arguments.of(
            "x * ((erf(x * 1 / root) + 1) / 2)",
            (Function)
                (tf, x) ->
                    tf.math.mul(
                        x,
                        tf.math.div(
                            tf.math.add(
                                tf.math.erf(tf.math.mul(x, tf.constant(1 / root))),
                                tf.constant(1f)),
                            tf.constant(2f)))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("gelus")
  void exactGelu_isOneOperation_inEveryFloatMode(String name, Function function) {
    GraphModel model = model(function);
    float[] inputs = inputs(-6, 6);
    float[] expected = evaluate(model, inputs);
    for (TfLiteConverter converter :
        List.of(
            TfLiteConverter.of(model),
            TfLiteConverter.of(model).float16(),
            TfLiteConverter.of(model).dynamicRange())) {
      TfLiteModel file = converter.convert();
      assertEquals(List.of("GELU"), file.operators().stream().map(TfLiteOperator::name).toList());
      assertClose(expected, run(file, inputs), inputs, 2e-6);
    }
  }

  /** The converter takes half of the input as one tensor, and then knows the GELU no more. */
  @Test
  void geluWhoseFactorAnotherReads_isWrittenOut() {
    GraphModel model =
        model(
            (tf, x) -> {
              Operand<TFloat32> curve = tf.math.erf(tf.math.mul(x, tf.constant(0.70710678f)));
              Operand<TFloat32> gate = tf.math.add(tf.constant(1f), curve);
              Operand<TFloat32> gelu = tf.math.mul(tf.math.mul(tf.constant(.5f), x), gate);
              return tf.math.add(gelu, tf.math.mul(tf.constant(.5f), x));
            });
    float[] inputs = inputs(-6, 6);
    float[] expected = evaluate(model, inputs);
    for (TfLiteConverter converter :
        List.of(
            TfLiteConverter.of(model),
            TfLiteConverter.of(model).float16(),
            TfLiteConverter.of(model).dynamicRange())) {
      assertClose(expected, run(converter.convert(), inputs), inputs, 2e-6);
    }
  }

  private static void assertClose(float[] expected, float[] actual, float[] inputs, double share) {
    for (int i = 0; i < COUNT; i++) {
      double bound = share * Math.max(1, Math.abs(expected[i]));
      double error = Math.abs((double) expected[i] - actual[i]);
      assertTrue(
          error <= bound, "at " + inputs[i] + ": " + actual[i] + " instead of " + expected[i]);
    }
  }

  private static GraphModel model(Function function) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, COUNT)));
          return Endpoints.builder().input("x", x).output("y", function.of(tf, x)).build();
        });
  }

  private static float[] inputs(float min, float max) {
    float[] inputs = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      inputs[i] = (float) (min + ((double) max - min) * i / (COUNT - 1));
    }
    return inputs;
  }

  private static float[] run(TfLiteModel file, float[] inputs) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.run(inputs, 1);
    }
  }

  private static float[] evaluate(GraphModel model, float[] inputs) {
    Collection<String> outputs = Map.copyOf(model.outputs()).values();
    try (Graph graph = new Graph()) {
      graph.importGraphDef(model.graphDef());
      try (Session session = new Session(graph);
          TFloat32 fed = TFloat32.tensorOf(Shape.of(1, COUNT), DataBuffers.of(inputs));
          Result result = session.runner().feed("x", fed).fetch(outputs.iterator().next()).run()) {
        float[] values = new float[COUNT];
        result.get(0).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }
}
