package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** What becomes of layers with other than 8 bits in files of integers. */
@EnabledOnOs(OS.LINUX)
class BitWidthsTest {

  private static final Shape IMAGES = Shape.of(64, 8, 8, 3);
  private static final List<String> WEIGHTS =
      List.of("stem/Conv2D", "conv1/Conv2D", "conv2/Conv2D", "conv3/Conv2D", "logits/MatMul");

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void int8File_hasTheWeightsOfTheSimulation(int bits) {
    GraphModel simulated = trained(LayerQuantization.bits(bits, 8));
    TfLiteModel file = TfLiteConverter.of(simulated).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertWeights(simulated, file, bits);
    // The activations have the file's 8 bits, so a rounding differs here and there, as always.
    assertAgree(simulated, file, 2, 255);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 7})
  void int16File_hasTheWeightsOfTheSimulation(int bits) {
    GraphModel simulated =
        trained(new LayerQuantization(Quantizer.standard().bits(bits), wide(16)));
    TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertWeights(simulated, file, bits);
    assertAgree(simulated, file, 16, 65534);
  }

  /** Each channel has at most 2^bits values, and they are those that the simulation computes. */
  private static void assertWeights(GraphModel simulated, TfLiteModel file, int bits) {
    for (String operation : WEIGHTS) {
      String quantizer = operation + "/input1/fake_quant";
      assertEquals(bits, QuantizedGraphs.bits(simulated, quantizer));
      TfLiteTensor weight =
          file.weights().stream()
              .filter(tensor -> tensor.name().contains(operation))
              .findFirst()
              .orElseThrow();
      assertEquals(TensorType.INT8, weight.type());
      weight
          .distinctCounts(0)
          .forEach(count -> assertTrue(count <= 1 << bits, count + " values in " + operation));
      float[] expected = constant(simulated, quantizer);
      float[] actual = weight.toFloats();
      Arrays.sort(expected);
      Arrays.sort(actual);
      assertEquals(0, Values.distance(expected, actual), 1e-6 * Values.largest(expected));
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "5, 5", "6, 6", "7, 7", "8, 3", "2, 4"})
  void activationsOfFewerBits_keepTheirRangeInFinerSteps(int weightBits, int bits) {
    GraphModel simulated = trained(LayerQuantization.bits(weightBits, bits));
    TfLiteModel file = TfLiteConverter.of(simulated).int8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertRange(simulated, file, "image", bits);
    assertRange(simulated, file, "stem/relu", bits);
    // Half a step of each of nine activations, of which averages level most.
    assertAgree(simulated, file, 2, (1 << bits) - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 12, 15})
  void activationsOfFewerThan16Bits_keepTheirRangeInFinerSteps(int bits) {
    GraphModel simulated = trained(new LayerQuantization(Quantizer.standard(), wide(bits)));
    TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
    assertEquals(List.of(), file.floatOperators());
    assertAgree(simulated, file, 5, (1 << bits) - 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 15, 16})
  void asymmetricActivationsOfMoreThan8Bits_keepTheirEnds(int bits) {
    GraphModel simulated = trained(LayerQuantization.bits(8, bits));
    TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
    assertEquals(List.of(), file.floatOperators());
    // The file's steps are up to twice as wide as those of 16 bits that are not symmetric.
    assertAgree(simulated, file, bits == 16 ? 20 : 10, (1 << bits) - 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 12, 16})
  void functionsByTables_haveTheRangeOfTheRuntimeIn16Bits(int bits) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Operand<TFloat32> y =
                  layers.at("one", "softmax").nn.softmax(layers.matMul("one", x, 4));
              y = layers.at("two", "sigmoid").math.sigmoid(layers.matMul("two", y, 4));
              return layers.at("three", "tanh").math.tanh(layers.matMul("three", y, 3));
            });
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .layer(LayerSelector.layers(), LayerQuantization.bits(8, 16))
            .layer(
                LayerSelector.ofType("Softmax", "Sigmoid", "Tanh"), LayerQuantization.bits(8, bits))
            .build()
            .apply(model);
    try (TestTraining training = new TestTraining(optimized, 16);
        TFloat32 input = TestTraining.random(Shape.of(16, 6), 1)) {
      training.step(0);
      GraphModel simulated = training.trained().strip();
      TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
      for (TfLiteTensor tensor : file.tensors()) {
        if (tensor.name().matches("(one/softmax|two/sigmoid|three/tanh)[^/]*")
            && tensor.type() == TensorType.INT16) {
          assertEquals(
              1 / 32768f, tensor.quantization().orElseThrow().scales().get(0), 1e-9, tensor.name());
        }
      }
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] expected = TestTraining.run(simulated, input);
        float[] actual = interpreter.run(TensorProtos.toFloats(TensorProtos.of(input)), 16);
        // Half a step of the simulation; the tables are exact to some 16-bit steps.
        assertEquals(0, Values.distance(expected, actual), 1.1 / (1 << bits) + 2e-3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 12, 16})
  void weightsOfMoreThan8Bits_areRefusedByName(int bits) {
    GraphModel simulated = trained("conv1", LayerQuantization.bits(bits, 8));
    TfLiteConverter converter = TfLiteConverter.of(simulated).int8();
    refused(converter, "a weight of \"conv1/Conv2D\"", bits + " bits", "8 bits or fewer");
    GraphModel mixed = trained(new LayerQuantization(Quantizer.standard().bits(bits), wide(16)));
    refused(TfLiteConverter.of(mixed).int16x8(), "a weight of \"stem/Conv2D\"", bits + " bits");
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 12, 16})
  void activationsOfMoreThan8Bits_areRefusedByName(int bits) {
    GraphModel simulated = trained("conv1", LayerQuantization.bits(8, bits));
    refused(
        TfLiteConverter.of(simulated).int8(),
        "the output of \"conv1/relu\"",
        bits + " bits",
        "8 bits or fewer",
        "int16x8()",
        "allowFloat");
  }

  @Test
  void trainingGraph_isRefusedWithWhatToDo() {
    GraphModel training =
        QuantizationAwareTraining.create().apply(TestLayers.residual(Kind.RESOURCE)).model();
    refused(TfLiteConverter.of(training).int8(), "follows from the input", "strip()");
  }

  @Test
  void moreBits_stayInFloatWhereThatIsAllowed() {
    GraphModel simulated = trained("conv1", LayerQuantization.bits(12, 12));
    TfLiteModel file = TfLiteConverter.of(simulated).int8().allowFloat("conv1", "conv2").convert();
    List<String> inFloat =
        file.floatOperators().stream()
            .map(operator -> file.tensors().get(operator.outputs().get(0)).name())
            .toList();
    assertTrue(inFloat.stream().anyMatch(name -> name.contains("conv1/")), inFloat.toString());
    assertTrue(inFloat.stream().noneMatch(name -> name.contains("stem/Conv")), inFloat.toString());
    assertAgree(simulated, file, 2, 255);
  }

  @ParameterizedTest
  @CsvSource({"stem, CONV_2D", "logits, FULLY_CONNECTED"})
  @EnabledOnOs(OS.LINUX)
  void weightsThatAreNotAroundZero_areRefusedByName(String layer, String operator) {
    for (Quantizer quantizer :
        List.of(
            Quantizer.lastValue().symmetric(false),
            Quantizer.fixed(-1, 6).symmetric(false),
            Quantizer.movingAverage(0.9, -1, 6).symmetric(false))) {
      GraphModel simulated = trained(layer, LayerQuantization.ofWeights(quantizer));
      refused(TfLiteConverter.of(simulated).int8(), operator, "not symmetric around 0", layer);
    }
    Quantizer symmetric = Quantizer.movingAverage(0.9, -1, 6);
    TfLiteConverter.of(trained(layer, LayerQuantization.ofWeights(symmetric))).int8().convert();
  }

  private static void refused(TfLiteConverter converter, String... words) {
    assertRefused(TfLiteConversionException.class, converter::convert, words);
  }

  /** The file's 256 values go from one end of the simulated range to the other. */
  private static void assertRange(GraphModel simulated, TfLiteModel file, String tensor, int bits) {
    String quantizer = tensor + "/fake_quant";
    float min = QuantizedGraphs.constant(simulated, quantizer, 1)[0];
    float max = QuantizedGraphs.constant(simulated, quantizer, 2)[0];
    float width = max - min;
    TfLiteTensor found =
        file.tensors().stream()
            .filter(t -> t.type() == TensorType.INT8 && t.name().startsWith(tensor))
            .findFirst()
            .orElseThrow();
    float scale = found.quantization().orElseThrow().scales().get(0);
    long zero = found.quantization().orElseThrow().zeroPoints().get(0);
    assertEquals(width / 255, scale, 1e-5 * width);
    // The range is nudged by half a step of the simulation at most.
    float half = width / ((1 << bits) - 1) / 2;
    assertEquals(min, (-128 - zero) * scale, 1.01 * half + scale);
  }

  /**
   * Verifies that the file answers as the simulation does.
   *
   * @param steps by how many steps the two may differ
   * @param count how many steps the simulation has in the range of its output
   */
  private static void assertAgree(GraphModel simulated, TfLiteModel file, double steps, int count) {
    try (TFloat32 image = TestTraining.random(IMAGES, 1);
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] expected = TestTraining.run(simulated, image);
      float[] actual = interpreter.run(TensorProtos.toFloats(TensorProtos.of(image)), 64);
      String quantizer = "logits/BiasAdd/fake_quant";
      float step =
          (QuantizedGraphs.constant(simulated, quantizer, 2)[0]
                  - QuantizedGraphs.constant(simulated, quantizer, 1)[0])
              / count;
      double distance = Values.distance(expected, actual) / step;
      assertTrue(distance <= steps + 0.01, distance + " steps");
      assertTrue(Values.largest(expected) > 1.5 * step, "the output says nothing");
    }
  }

  private static Quantizer wide(int bits) {
    return Quantizer.standard().bits(bits).symmetric(true).narrow(true);
  }

  private static GraphModel trained(LayerQuantization how) {
    return trained(LayerSelector.layers(), how);
  }

  private static GraphModel trained(String layer, LayerQuantization how) {
    return trained(LayerSelector.named(layer), how);
  }

  private static GraphModel trained(LayerSelector layers, LayerQuantization how) {
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .layer(layers, how)
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    try (TestTraining training = new TestTraining(optimized, 16)) {
      for (int step = 0; step < 3; step++) {
        training.step(step);
      }
      return training.trained().strip();
    }
  }

  private static float[] constant(GraphModel model, String tensor) {
    try (TFloat32 image = TestTraining.random(Shape.of(1, 8, 8, 3), 1)) {
      return QuantizedGraphs.fetch(model, image, tensor);
    }
  }
}
