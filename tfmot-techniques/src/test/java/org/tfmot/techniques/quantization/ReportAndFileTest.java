package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.FileNames;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** What the report leaves in float is what the file computes in float, in 8 bits as in 16. */
@EnabledOnOs(OS.LINUX)
class ReportAndFileTest {

  /** One operation of each family, and those that only 8 bits have. */
  private static final Set<String> FAMILIES =
      Set.of("Elu", "LogSoftmax", "Selu", "ConcatV2", "StridedSlice", "Sigmoid", "Greater");

  static Stream<Arguments> operations() {
    return Stream.of(
            ConvolutionCases.all(),
            MovementCases.all(),
            FunctionCases.all(),
            ChoiceCases.all(),
            FloatCases.all())
        .flatMap(cases -> cases)
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("operations")
  void operation_isInFloatInTheFile_ifTheReportSaysSo(OperationCase operation, int bits) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      assertSame(model, image, bits, LayerSelector.layers());
    }
  }

  private static final Set<String> READING =
      Set.of("the index of the largest", "ArgMin", "TopKV2", "Greater", "Reshape");

  static Stream<Arguments> fewReaders() {
    return readers().filter(each -> READING.contains(each.get()[0].toString()));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("fewReaders")
  void operationThatReadsAnOutput_isInFloatInTheFile_ifTheReportSaysSo(
      OperationCase operation, int bits) {
    assertReader(operation, bits);
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("readers")
  @Tag("long")
  void everyOperationThatReadsAnOutput_isInFloatInTheFile_ifTheReportSaysSo(
      OperationCase operation, int bits) {
    assertReader(operation, bits);
  }

  /** Cases whose operand is an output as well: a classifier's logits beside what reads them. */
  static Stream<Arguments> readers() {
    OperationCase index =
        OperationCase.vectors(
            "the index of the largest",
            1,
            "ARG_MAX",
            (layers, x) ->
                layers
                    .tf()
                    .dtypes
                    .cast(layers.tf().math.argMax(x, layers.tf().constant(1)), TFloat32.class));
    return Stream.of(MovementCases.all(), ChoiceCases.all(), FunctionCases.all(), Stream.of(index))
        .flatMap(cases -> cases)
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  private static void assertReader(OperationCase operation, int bits) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> image =
                  tf.withName("image")
                      .placeholder(TFloat32.class, Placeholder.shape(operation.shape()));
              Operand<TFloat32> operand = tf.withName("operand").nn.leakyRelu(image);
              TestLayers layers = TestLayers.of(tf);
              return Endpoints.builder()
                  .input("image", image)
                  .output("operand", operand)
                  .output("logits", operation.body().build(layers, operand))
                  .build();
            });
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      assertSame(model, image, bits, LayerSelector.layers());
    }
  }

  static Stream<Arguments> compounds() {
    return Stream.of(CompoundModel.values())
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("compounds")
  void compoundModel_isInFloatInTheFile_whereTheReportSaysSo(CompoundModel each, int bits) {
    try (TType input = each.input()) {
      assertSame(each.model(), input, bits, LayerSelector.layers());
    }
  }

  @Test
  void layerThatIsNotSelected_isInFloat_whateverStandsAroundIt() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Set<String> types =
        model.graphDef().getNodeList().stream().map(NodeDef::getOp).collect(Collectors.toSet());
    types.retainAll(Set.of("Add", "AddV2", "MaxPool", "Relu", "Mean", "Conv2D", "AvgPool"));
    try (TFloat32 image = TestTraining.random(Shape.of(2, 8, 8, 3), 1)) {
      for (String type : types) {
        LayerSelector others = LayerSelector.layers().except(LayerSelector.ofType(type));
        assertSame(model, image, 8, others);
      }
    }
    assertTrue(types.size() > 1, types.toString());
  }

  static Stream<Arguments> computedWeights() {
    return Stream.of(
            body(
                "a transposed matrix",
                (layers, x) ->
                    layers
                        .at("d", "product")
                        .linalg
                        .matMul(x, layers.tf().linalg.transpose(matrix(layers), axes(layers)))),
            body(
                "a split matrix",
                (layers, x) -> {
                  Ops tf = layers.tf();
                  return layers
                      .at("d", "product")
                      .linalg
                      .matMul(x, tf.split(tf.constant(1), matrix(layers), 2L).output().get(1));
                }),
            body(
                "deviations of variances",
                (layers, x) ->
                    layers
                        .at("d", "divided")
                        .math
                        .div(
                            x,
                            layers
                                .tf()
                                .math
                                .sqrt(layers.weight("d", "v", Shape.of(4), 4, 9, .25f, 1)))))
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)))
        .flatMap(
            each ->
                Stream.of(Kind.values())
                    .map(kind -> Arguments.of(each.get()[0], each.get()[1], kind)));
  }

  @ParameterizedTest(name = "{0}, {1} bits, {2}")
  @MethodSource("computedWeights")
  void operationInFloat_hasTheWeightThatIsComputed(OperationBody body, int bits, Kind kind) {
    Shape shape = Shape.of(3, 4);
    GraphModel model =
        TestLayers.model(
            kind,
            shape,
            (layers, x) -> layers.tf().nn.relu(body.body().build(layers, layers.tf().nn.relu(x))));
    try (TFloat32 image = TestTraining.random(shape, 1)) {
      LayerSelector others = LayerSelector.layers().except(LayerSelector.matching("d(/.*)?"));
      assertSame(model, image, bits, others);
    }
  }

  static Stream<Arguments> withRangesOfTheirOwn() {
    return Stream.<OperationBody>of(
            body("softmax", (layers, x) -> layers.at("d", "f").nn.softmax(x)),
            body("tanh", (layers, x) -> layers.at("d", "f").math.tanh(x)),
            body("sigmoid", (layers, x) -> layers.at("d", "f").math.sigmoid(x)))
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  /** Beside a range that the runtime demands, barriers were tables of the cosine. */
  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("withRangesOfTheirOwn")
  void operationWithADemandedRange_isInFloat(OperationBody body, int bits) {
    Shape shape = Shape.of(3, 4);
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            shape,
            (layers, x) ->
                layers.matMul("e", body.body().build(layers, layers.matMul("c", x, 4)), 4));
    try (TFloat32 image = TestTraining.random(shape, 1)) {
      assertSame(model, image, bits, LayerSelector.layers().except("d"));
    }
  }

  private record OperationBody(String name, TestLayers.Body body) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static OperationBody body(String name, TestLayers.Body body) {
    return new OperationBody(name, body);
  }

  private static Operand<TFloat32> matrix(TestLayers layers) {
    return layers.weight("d", "kernel", Shape.of(4, 4), Values.of(16, i -> 0.3 + Math.cos(5 * i)));
  }

  private static Operand<TInt32> axes(TestLayers layers) {
    return layers.tf().constant(new int[] {1, 0});
  }

  static Stream<Arguments> aware() {
    return Stream.of(FunctionCases.all(), MovementCases.all(), ChoiceCases.all())
        .flatMap(cases -> cases)
        .filter(each -> FAMILIES.contains(each.name()))
        .flatMap(each -> Stream.of(8, 16).map(bits -> Arguments.of(each, bits)));
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("aware")
  void trainedOperation_isInFloatInTheFile_ifTheReportSaysSo(OperationCase operation, int bits) {
    assertTrained(operation, bits);
  }

  @ParameterizedTest(name = "{0}, {1} bits")
  @MethodSource("operations")
  @Tag("long")
  void everyTrainedOperation_isInFloatInTheFile_ifTheReportSaysSo(
      OperationCase operation, int bits) {
    assertTrained(operation, bits);
  }

  private static void assertTrained(OperationCase operation, int bits) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
    Optimized optimized;
    try {
      optimized =
          QuantizationAwareTraining.builder()
              .layer(LayerSelector.layers(), LayerQuantization.ofActivations(activation(bits)))
              .build()
              .apply(model);
    } catch (IllegalArgumentException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("nothing to quantize"), e.getMessage());
      return;
    }
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      GraphModel simulated = IntegerModels.trainedOnce(optimized, image);
      assertSame(simulated, image, optimized.reports().get(0), bits);
    }
  }

  private static Quantizer activation(int bits) {
    Quantizer standard = Quantizer.standard().bits(bits);
    return bits == 16 ? standard.symmetric(true).narrow(true) : standard;
  }

  static void assertSame(GraphModel model, Tensor input, int bits, LayerSelector selector) {
    Calibrated calibrated;
    try {
      calibrated =
          PostTrainingQuantization.builder()
              .activationBits(bits)
              .select(selector)
              .build()
              .calibrate(model, List.of(Map.of("image", input)));
    } catch (IllegalArgumentException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("nothing to quantize"), e.getMessage());
      return;
    }
    assertSame(calibrated.model(), input, calibrated.report(), bits);
  }

  private static void assertSame(
      GraphModel model, Tensor input, OptimizationReport report, int bits) {
    Set<String> skipped =
        report.skipped().stream().map(Entry::operation).collect(Collectors.toSet());
    TfLiteConverter converter = TfLiteConverter.of(model).allowFloat(skipped);
    TfLiteModel file = (bits == 8 ? converter.int8() : converter.int16x8()).convert();
    FileNames names = FileNames.of(file, model);
    // The converter may have put it into another operation or found it to be of no effect.
    Set<String> inIntegers = new TreeSet<>(skipped);
    inIntegers.retainAll(names.inIntegers());
    inIntegers.removeAll(names.inFloat());
    assertEquals(Set.of(), inIntegers, "in float in the report, in integers in the file");
    Set<String> applied =
        report.applied().stream().map(Entry::operation).collect(Collectors.toSet());
    Set<String> inFloat = new TreeSet<>(names.inFloat());
    inFloat.retainAll(applied);
    assertEquals(Set.of(), inFloat, "in integers in the report, in float in the file");
    assertSameValues(model, input, file);
  }

  /** Requires that few values differ by more than rounding: those at a threshold may. */
  private static void assertSameValues(GraphModel simulated, Tensor input, TfLiteModel file) {
    float[] expected = IntegerModels.run(simulated, input);
    float[] actual;
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] values = Values.of(input);
      Map<String, float[]> outputs =
          interpreter.run(Map.of("image", values), (int) input.shape().get(0));
      actual = Objects.requireNonNull(outputs.get("logits"));
    }
    float rounding = Values.largest(expected) / 20;
    int different = 0;
    for (int i = 0; i < expected.length; i++) {
      different += Math.abs(expected[i] - actual[i]) > rounding ? 1 : 0;
    }
    assertTrue(different <= expected.length / 10, different + " of " + expected.length);
  }
}
