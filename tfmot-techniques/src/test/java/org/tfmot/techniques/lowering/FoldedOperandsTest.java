package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;

/** Only what is the same in every run, and needed, becomes a constant. */
class FoldedOperandsTest {

  /** Operations whose outputs differ from run to run although they read constants only. */
  interface Source {
    Operand<TFloat32> add(Ops tf);
  }

  static Stream<Source> changing() {
    return Stream.of(
        tf -> tf.random.randomUniform(tf.array(1, 4), TFloat32.class, RandomUniform.seed(1L)),
        tf -> tf.random.randomStandardNormal(tf.array(1, 4), TFloat32.class),
        tf -> tf.variable(Shape.of(1, 4), TFloat32.class),
        tf -> tf.readVariableOp(tf.varHandleOp(TFloat32.class, Shape.of(1, 4)), TFloat32.class),
        tf -> {
          Operand<?> iterator =
              tf.data.iterator("", "", List.of(TFloat32.class), List.of(Shape.of(1, 4)));
          return tf.data
              .iteratorGetNext(iterator, List.of(TFloat32.class), List.of(Shape.of(1, 4)))
              .components()
              .get(0)
              .asOutput()
              .expect(TFloat32.class);
        });
  }

  @ParameterizedTest
  @MethodSource("changing")
  void whatStatefulOperationsChange_isNoConstant(Source source) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x = input(tf, "x");
      Operand<TFloat32> moved = tf.math.mul(source.add(tf), tf.constant(2f));
      tf.withName("y").math.add(x, quantized(tf, "q", moved));
      GraphDef given = graph.toGraphDef();
      assertEquals(given, FoldedOperands.fold(given, List.of("x:0"), List.of("y:0")));
    }
  }

  @Test
  void randomNumbers_areRefusedByName_notFrozen() {
    GraphModel model =
        TestLayers.model(
                Kind.RESOURCE,
                Shape.of(1, 4),
                (layers, x) ->
                    layers
                        .tf()
                        .math
                        .add(
                            x,
                            layers
                                .at("noise", "numbers")
                                .random
                                .randomUniform(layers.tf().array(1, 4), TFloat32.class)))
            .toInference();
    try (TFloat32 image = TestTraining.random(Shape.of(1, 4), 1)) {
      GraphModel calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", image)))
              .model();
      TfLiteConverter converter = TfLiteConverter.of(calibrated).int8();
      String message =
          assertThrows(TfLiteConversionException.class, converter::convert).getMessage();
      assertTrue(message.contains("RANDOM_UNIFORM"), message);
    }
  }

  /** The input is behind a quantizer of something that is not given, or is the quantizer itself. */
  @ParameterizedTest
  @ValueSource(strings = {"before", "middle"})
  void whatIsBeforeAnInput_isNotRun(String input) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> before = quantized(tf, "before", input(tf, "raw"));
      Operand<TFloat32> middle = tf.withName("middle").identity(before);
      quantized(tf, "y", tf.nn.relu(quantized(tf, "q", middle)));
      assertRelu(graph, input);
    }
  }

  @Test
  void whatNoOutputNeeds_isNotRun() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      quantized(tf, "dead", tf.nn.relu(input(tf, "other")));
      quantized(tf, "y", tf.nn.relu(quantized(tf, "q", input(tf, "x"))));
      assertRelu(graph, "x");
    }
  }

  @Test
  void whatIsTheSameInEveryRun_isAConstant() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> moved =
          tf.math.mul(tf.constant(new float[] {1, 2, 3, 0.5f}), tf.constant(0.5f));
      tf.withName("y").math.add(input(tf, "x"), quantized(tf, "q", moved));
      GraphDef folded = FoldedOperands.fold(graph.toGraphDef(), List.of("x:0"), List.of("y:0"));
      Map<String, NodeDef> nodes =
          folded.getNodeList().stream().collect(Collectors.toMap(NodeDef::getName, n -> n));
      assertEquals("Const", nodes.get(nodes.get("q").getInput(0)).getOp());
    }
  }

  private static void assertRelu(Graph graph, String input) {
    TfLiteModel file =
        TfLiteConverter.of(graph.toGraphDef(), Map.of("x", input + ":0"), Map.of("y", "y:0"))
            .int8()
            .convert();
    assertEquals(
        List.of("QUANTIZE", "RELU", "DEQUANTIZE"),
        file.operators().stream().map(TfLiteOperator::name).toList());
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] values = interpreter.run(new float[] {1, -2, 0.5f, 3}, 1);
      assertArrayEquals(new float[] {1, 0, 0.5f, 3}, values, 8 / 255f);
    }
  }

  private static Operand<TFloat32> input(Ops tf, String name) {
    return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, 4)));
  }

  private static Operand<TFloat32> quantized(Ops tf, String name, Operand<TFloat32> x) {
    return tf.withName(name)
        .quantization
        .fakeQuantWithMinMaxVars(x, tf.constant(-4f), tf.constant(4f));
  }
}
