package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

class TfLiteConverterTest {

  private static final int BATCH = 16;
  // Large enough for the converter to store weights of 1024 elements and more in fewer bits.
  private static SampleGraph floatGraph;
  private static SampleGraph quantizedGraph;
  private static float[] images;

  @BeforeAll
  static void buildGraphs() {
    floatGraph = SampleGraph.resNet20(false);
    quantizedGraph = SampleGraph.resNet20(true);
    images = floatGraph.images(BATCH, 5);
  }

  @Test
  void float32_answersAsTensorFlow() {
    TfLiteModel model = floatGraph.converter().convert();
    assertTrue(difference(floatGraph, model) < 1e-5);
    assertTrue(model.weights().stream().allMatch(w -> w.type() == TensorType.FLOAT32));
  }

  @Test
  void float16_halvesTheFileAndAnswersNearly() {
    TfLiteModel model = floatGraph.converter().float16().convert();
    double sizes = (double) model.size() / floatGraph.converter().convert().size();
    assertTrue(sizes > 0.45 && sizes < 0.55, "file size against float32: " + sizes);
    assertTrue(difference(floatGraph, model) < 5e-3);
    assertTrue(model.weights().stream().allMatch(w -> w.type() == TensorType.FLOAT16));
  }

  @Test
  void dynamicRange_quartersTheFileAndAnswersNearly() {
    TfLiteModel model = floatGraph.converter().dynamicRange().convert();
    double sizes = (double) model.size() / floatGraph.converter().convert().size();
    assertTrue(sizes > 0.24 && sizes < 0.3, "file size against float32: " + sizes);
    assertTrue(difference(floatGraph, model) < 0.05);
    List<TfLiteTensor> large =
        model.weights().stream().filter(w -> w.elementCount() >= 1024).toList();
    assertTrue(large.size() >= 19);
    assertTrue(large.stream().allMatch(w -> w.type() == TensorType.INT8));
  }

  @Test
  void int8_computesInIntegersOnly() {
    TfLiteModel model = quantizedGraph.converter().int8().convert();
    assertEquals(List.of(), model.floatOperators());
    for (TfLiteTensor weights : model.weights()) {
      assertEquals(TensorType.INT8, weights.type(), weights.name());
      Quantization quantization = weights.quantization().orElseThrow();
      boolean dense = weights.shape().numDimensions() == 2;
      assertEquals(dense ? 1 : weights.shape().get(0), quantization.scales().size());
      assertTrue(quantization.zeroPoints().stream().allMatch(zero -> zero == 0));
    }
    // A convolution's bias is the third input.
    model.operators().stream()
        .filter(operator -> operator.name().equals("CONV_2D"))
        .map(operator -> model.tensors().get(operator.inputs().get(2)))
        .forEach(bias -> assertEquals(TensorType.INT32, bias.type()));
  }

  @Test
  void int8_answersAsSimulatedUpToRounding() {
    TfLiteModel model = quantizedGraph.converter().int8().convert();
    // The last range is [-4, 4]: steps of 8 / 255. Roundings of 20 layers add up to a few.
    assertTrue(difference(quantizedGraph, model) < 5 * 8.0 / 255);
  }

  @Test
  void int8_keepsEveryZeroOfTheWeights() {
    double zerosBefore = floatGraph.converter().convert().zeroFraction();
    TfLiteModel model = quantizedGraph.converter().int8().convert();
    assertTrue(zerosBefore > 0.2 && zerosBefore < 0.3);
    assertTrue(model.zeroFraction() >= zerosBefore);
  }

  @Test
  void int8_onAFloatGraph_namesTheOperationsThatStayedFloat() {
    TfLiteConverter converter = floatGraph.converter().int8();
    TfLiteConversionException e = assertThrows(TfLiteConversionException.class, converter::convert);
    assertTrue(e.getMessage().contains("CONV_2D \"stem/relu"), e.getMessage());
    assertTrue(e.getMessage().contains("FULLY_CONNECTED \"logits/biased"), e.getMessage());
  }

  @Test
  void int8_withAFloatLayer_isRefusedUnlessTheLayerIsAllowed() {
    SampleGraph graph =
        SampleGraph.of(
            8,
            true,
            (layers, image) -> {
              Operand<TFloat32> x = layers.conv("conv1", image, 3, 8, 1, true);
              x = layers.globalPool("pool", x);
              x = layers.named("skipped/sum").math.cumsum(x, layers.tf.constant(1));
              x = layers.range("sum_range", x, 0, 4);
              return layers.dense("logits", x, 8, 10);
            });
    TfLiteConversionException e =
        assertThrows(TfLiteConversionException.class, () -> graph.converter().int8().convert());
    assertTrue(e.getMessage().contains("CUMSUM \"skipped/sum\""), e.getMessage());

    TfLiteModel model = graph.converter().int8().allowFloat(Set.of("skipped")).convert();
    assertTrue(model.floatOperators().stream().anyMatch(op -> op.name().equals("CUMSUM")));
    TfLiteConverter others = graph.converter().int8().allowFloat(Set.of("conv1"));
    assertThrows(TfLiteConversionException.class, others::convert);
  }

  @Test
  void allowFloat_ofANameThatTheGraphHasNot_isRefusedWithTheNearest() {
    for (String name : List.of("con1", "conv1/Conv", "conv1/", "Conv1")) {
      TfLiteConverter converter = SampleGraph.small(true).converter().int8().allowFloat(name);
      Exception e = assertThrows(IllegalArgumentException.class, converter::convert);
      assertTrue(String.valueOf(e.getMessage()).contains('"' + name + '"'), e.getMessage());
      assertTrue(String.valueOf(e.getMessage()).contains("\"conv1"), e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, FLOAT32", "FLOAT32, INT8", "INT8, FLOAT32", "INT8, INT8"})
  void int8_takesAndGivesTheTypesAskedFor(TensorType input, TensorType output) {
    TfLiteModel model =
        quantizedGraph.converter().int8().inputType(input).outputType(output).convert();
    assertEquals(input, model.tensors().get(model.inputs().get("image")).type());
    assertEquals(output, model.tensors().get(model.outputs().get("logits")).type());
    long floats = model.tensors().stream().filter(tensor -> tensor.type().isFloat()).count();
    assertEquals((input.isFloat() ? 1 : 0) + (output.isFloat() ? 1 : 0), floats);
    assertEquals(List.of(), model.floatOperators());
    TfLiteModel plain = quantizedGraph.converter().int8().convert();
    try (TfLiteInterpreter ours = TfLiteInterpreter.open(model);
        TfLiteInterpreter reference = TfLiteInterpreter.open(plain)) {
      assertEquals(1, ours.delegateKernels());
      assertEquals(List.of(), ours.undelegatedOperators());
      assertEquals(0, maximum(reference.run(images, BATCH), ours.run(images, BATCH)), 1e-6);
    }
  }

  @Test
  void int8Endpoints_withoutInt8_areRefused() {
    TfLiteConverter converter = floatGraph.converter().inputType(TensorType.INT8);
    assertThrows(IllegalArgumentException.class, converter::convert);
    assertThrows(IllegalArgumentException.class, () -> converter.outputType(TensorType.INT64));
  }

  @Test
  void unsupportedOperation_isNamedWithTheConvertersReason() {
    SampleGraph graph =
        SampleGraph.of(
            8,
            false,
            (layers, image) ->
                layers.named("odd/product").math.cumprod(image, layers.tf.constant(1)));
    TfLiteConversionException e =
        assertThrows(TfLiteConversionException.class, () -> graph.converter().convert());
    assertTrue(e.getMessage().contains("Cumprod"), e.getMessage());
    assertTrue(e.getMessage().contains("TensorFlow Lite has no such operation"), e.getMessage());
    assertTrue(e.getMessage().contains("odd/product"), e.getMessage());
    assertTrue(e.getMessage().length() < 2000, "no dump of the function: " + e.getMessage());
  }

  @Test
  void aFailedConversion_leavesTheConverterUsable() {
    SampleGraph odd =
        SampleGraph.of(
            8, false, (layers, image) -> layers.tf.math.cumprod(image, layers.tf.constant(1)));
    assertThrows(TfLiteConversionException.class, () -> odd.converter().convert());
    assertTrue(difference(floatGraph, floatGraph.converter().convert()) < 1e-5);
  }

  @Test
  void maxPoolOfTensorFlowJava_isConverted() {
    SampleGraph graph = SampleGraph.small(false);
    TfLiteModel model = graph.converter().convert();
    assertTrue(model.operators().stream().anyMatch(op -> op.name().equals("MAX_POOL_2D")));
    float[] fed = graph.images(3, 2);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      assertEquals(0, maximum(graph.run(fed, 3), interpreter.run(fed, 3)), 1e-5);
    }
  }

  @Test
  void missingTensor_isNamed() {
    TfLiteConverter converter =
        TfLiteConverter.of(
            floatGraph.graphDef(), Map.of("image", "image:0"), Map.of("logits", "nowhere:0"));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, converter::convert);
    assertTrue(e.getMessage().contains("nowhere:0"), e.getMessage());
  }

  @Test
  void noOutputs_areRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TfLiteConverter.of(floatGraph.graphDef(), Map.of("image", "image:0"), Map.of()));
  }

  @Test
  void graphWithVariables_isRefusedByName() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
      Variable<TFloat32> w = tf.withName("w").variable(Shape.of(4, 2), TFloat32.class);
      tf.withName("y").linalg.matMul(x, w);
      GraphDef graphDef = graph.toGraphDef();
      TfLiteConverter converter =
          TfLiteConverter.of(graphDef, Map.of("x", "x:0"), Map.of("y", "y:0"));
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, converter::convert);
      assertTrue(e.getMessage().contains("\"w\""), e.getMessage());
    }
  }

  @Test
  void simulatedQuantization_isNotConvertedToFloat() {
    TfLiteConverter converter = SampleGraph.small(true).converter().dynamicRange();
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, converter::convert);
    assertTrue(e.getMessage().contains("convert with int8()"), e.getMessage());
  }

  @Test
  void floatAllowed_whereAllIsFloat_isRefused() {
    TfLiteConverter converter = SampleGraph.small(false).converter().float16().allowFloat("conv");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, converter::convert);
    assertTrue(e.getMessage().contains("allowFloat([conv]) is for int8()"), e.getMessage());
  }

  @Test
  void graphModel_isConvertedWithItsVariablesValues() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
              Variable<TFloat32> w =
                  tf.withName("w").variable(tf.constant(new float[][] {{1, 2}, {3, 4}}));
              return Endpoints.builder()
                  .input("x", x)
                  .output("y", tf.withName("y").linalg.matMul(x, w))
                  .build();
            });
    TfLiteModel lite = TfLiteConverter.of(model).convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(lite)) {
      assertEquals(List.of("x"), interpreter.inputNames());
      assertEquals(List.of("y"), interpreter.outputNames());
      float[] result = interpreter.run(new float[] {1, 10}, 1);
      assertEquals(31, result[0], 1e-4);
      assertEquals(42, result[1], 1e-4);
    }
  }

  private static double difference(SampleGraph graph, TfLiteModel model) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      return maximum(graph.run(images, BATCH), interpreter.run(images, BATCH));
    }
  }

  private static double maximum(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
    }
    return worst;
  }
}
