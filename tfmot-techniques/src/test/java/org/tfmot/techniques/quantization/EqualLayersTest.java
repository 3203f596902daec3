package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Layers that a model computes twice from one tensor, with equal weights. */
@EnabledOnOs(OS.LINUX)
class EqualLayersTest {

  private static final Set<String> FAMILIES =
      Set.of("Elu", "MatMul, bias, ReLU", "Conv2D", "Softmax", "Selu", "Reshape", "Mean");

  static Stream<Arguments> operations() {
    return Stream.of(ConvolutionCases.all(), MovementCases.all(), FunctionCases.all())
        .flatMap(cases -> cases)
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  static Stream<Arguments> families() {
    return operations().filter(each -> FAMILIES.contains(each.get()[0].toString()));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("families")
  void layersThatAreEqual_areInIntegers_asTheReportSays(OperationCase operation, int bits) {
    assertTwice(operation, bits);
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("operations")
  @Tag("long")
  void everyTwoLayersThatAreEqual_areInIntegers_asTheReportSays(OperationCase operation, int bits) {
    assertTwice(operation, bits);
  }

  private static void assertTwice(OperationCase operation, int bits) {
    GraphModel once = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      ReportAndFileTest.assertSame(twice(once.toInference()), image, bits, LayerSelector.layers());
    }
  }

  /** Returns a model with a copy of each operation and constant; the output adds the two. */
  private static GraphModel twice(GraphModel model) {
    GraphEditor graph = new GraphEditor(model.graphDef());
    List<NodeDef> nodes = graph.nodes();
    for (NodeDef node : nodes) {
      if (isCopied(node)) {
        NodeDef.Builder copy = node.toBuilder().setName(copy(node.getName()));
        for (int i = 0; i < copy.getInputCount(); i++) {
          TensorRef tensor = TensorRef.parse(copy.getInput(i));
          if (isCopied(graph.node(tensor.node()))) {
            copy.setInput(i, new TensorRef(copy(tensor.node()), tensor.index()).toString());
          }
        }
        graph.add(copy.build());
      }
    }
    String logits = Objects.requireNonNull(model.outputs().get("logits"));
    TensorRef result = TensorRef.parse(logits);
    String other = new TensorRef(copy(result.node()), result.index()).toString();
    String sum =
        graph.add(
            NodeBuilder.op("AddV2", "both")
                .inputs(logits, other)
                .attr("T", DataType.DT_FLOAT)
                .build());
    return GraphModel.of(
        graph.build(),
        Endpoints.builder()
            .input("image", Objects.requireNonNull(model.inputs().get("image")))
            .output("logits", sum)
            .inference()
            .build(),
        List.copyOf(model.variables().values()));
  }

  private static boolean isCopied(NodeDef node) {
    return !node.getOp().equals("Placeholder") && !node.getOp().startsWith("Var");
  }

  private static String copy(String node) {
    return node + "_copy";
  }

  @Test
  void equalOutputs_areBothInTheFile() {
    float[] inputs = Values.of(24, i -> Math.sin(3 * i));
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(4, 6)));
              Operand<TFloat32> first = tf.nn.elu(tf.math.mul(x, tf.constant(3f)));
              Operand<TFloat32> second = tf.nn.elu(tf.math.mul(x, tf.constant(3f)));
              return Endpoints.builder()
                  .input("x", x)
                  .output("first", first)
                  .output("second", second)
                  .output("negative", tf.math.neg(second))
                  .inference()
                  .build();
            });
    try (TFloat32 x = TFloat32.tensorOf(Shape.of(4, 6), DataBuffers.of(inputs))) {
      Calibrated calibrated =
          PostTrainingQuantization.builder().build().calibrate(model, List.of(Map.of("x", x)));
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int8().convert();
      assertEquals(1, file.operators().stream().filter(each -> each.name().equals("ELU")).count());
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        Map<String, float[]> outputs = interpreter.run(Map.of("x", inputs), 4);
        assertEquals(Set.of("first", "second", "negative"), outputs.keySet());
        float[] expected = Values.of(24, i -> elu(3 * Math.sin(3 * i)));
        assertTrue(Values.distance(expected, output(outputs, "first")) < 0.04);
        assertEquals(0, Values.distance(output(outputs, "first"), output(outputs, "second")));
        float[] negated = Values.of(24, i -> -output(outputs, "negative")[i]);
        assertTrue(Values.distance(expected, negated) < 0.05);
      }
    }
  }

  private static float[] output(Map<String, float[]> outputs, String name) {
    return Objects.requireNonNull(outputs.get(name));
  }

  private static double elu(double x) {
    return x > 0 ? x : Math.expm1(x);
  }
}
