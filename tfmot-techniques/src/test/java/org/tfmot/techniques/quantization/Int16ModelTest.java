package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Builder;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Calibration for 16-bit activations with 8-bit weights, and what the integer model answers. */
class Int16ModelTest {

  private static final Shape IMAGES = Shape.of(64, 8, 8, 3);

  /** Of the 65,534 between the ends of the output's range. */
  private static final int STEPS = 16;

  @ParameterizedTest
  @EnumSource(Kind.class)
  @EnabledOnOs(OS.LINUX)
  void residualNetwork_answersAsSimulated_andNearerToFloatThanInt8(Kind kind) {
    GraphModel model = TestLayers.residual(kind);
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      GraphModel simulated = calibrate(wide(), model, image).model();
      TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
      float[] integers = run(file, image);
      float[] expected = TestTraining.run(simulated, image);
      float step = wideStep(simulated);
      assertTrue(
          Values.distance(expected, integers) <= STEPS * step,
          Values.distance(expected, integers) / step + " steps");

      float[] exact = TestTraining.run(model.toInference(), image);
      GraphModel narrow = calibrate(PostTrainingQuantization.builder(), model, image).model();
      float[] int8 = run(TfLiteConverter.of(narrow).int8().convert(), image);
      assertTrue(meanError(exact, integers) < 0.8 * meanError(exact, int8));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void file_hasTheTypesOfTheScheme() {
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      GraphModel model = TestLayers.residual(Kind.RESOURCE);
      TfLiteModel file =
          TfLiteConverter.of(calibrate(wide(), model, image).model()).int16x8().convert();
      assertEquals(List.of(), file.floatOperators());
      for (TfLiteTensor tensor : file.tensors()) {
        boolean endpoint =
            Stream.of(file.inputs(), file.outputs())
                .flatMap(ends -> ends.values().stream())
                .anyMatch(index -> file.tensors().get(index) == tensor);
        if (!tensor.isConstant()) {
          assertEquals(endpoint ? TensorType.FLOAT32 : TensorType.INT16, tensor.type());
        }
      }
      assertEquals(5, file.weights().size());
      file.weights().forEach(weights -> assertEquals(TensorType.INT8, weights.type()));
      assertEquals(5, file.tensors().stream().filter(t -> t.type() == TensorType.INT64).count());
    }
  }

  static Stream<GraphModel> otherNetworks() {
    Shape images = Shape.of(-1, 8, 8, 3);
    return Stream.of(
        TestLayers.model(
            Kind.RESOURCE,
            images,
            (layers, x) -> {
              float[] mean = {.1f, .2f, .3f};
              x = layers.at("n", "sub").math.sub(x, layers.tf().constant(mean));
              float[] factor = {2, 3, 4};
              return layers.at("n", "mul").math.mul(x, layers.tf().constant(factor));
            }),
        TestLayers.model(
            Kind.RESOURCE,
            images,
            (layers, x) -> {
              x = layers.relu("c", layers.convNorm("c", x, 4, 3));
              int[][] border = {{0, 0}, {1, 1}, {1, 1}, {0, 0}};
              x =
                  layers
                      .at("p", "Pad")
                      .pad(x, layers.tf().constant(border), layers.tf().constant(0f));
              return layers.averagePool("a", layers.convNorm("d", x, 4, 3));
            }),
        TestLayers.model(
            Kind.RESOURCE,
            images,
            (layers, x) -> {
              float[] nothing = {-1e6f, -1e6f, -1e6f, -1e6f};
              x = layers.conv("c", x, 4, 3);
              x = layers.at("c", "bias").nn.biasAdd(x, layers.tf().constant(nothing));
              return layers.conv("d", layers.relu("c", x), 4, 3);
            }));
  }

  @ParameterizedTest
  @MethodSource("otherNetworks")
  @EnabledOnOs(OS.LINUX)
  void otherNetworks_answerAsSimulated(GraphModel model) {
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      GraphModel simulated = calibrate(wide(), model, image).model();
      TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
      float step = wideStep(simulated);
      float[] expected = TestTraining.run(simulated, image);
      assertTrue(Values.distance(expected, run(file, image)) <= STEPS * step);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {.5f, -5, 100, -1000})
  @EnabledOnOs(OS.LINUX)
  void biasOfAChannelWithoutWeights_isExactThoughItNeedsMoreThan32Bits(float bias) {
    float[] weights = Values.of(108, i -> i % 4 == 1 ? 0 : Math.sin(i));
    float[] biases = {.1f, bias, -.1f, .2f};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 8, 8, 3),
            (layers, x) -> {
              Operand<TFloat32> kernel =
                  layers.weight("c", "kernel", Shape.of(3, 3, 3, 4), weights);
              x = layers.at("c", "Conv2D").nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
              return layers.at("c", "sum").nn.biasAdd(x, layers.tf().constant(biases));
            });
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      GraphModel simulated = calibrate(wide(), model, image).model();
      float[] answer = run(TfLiteConverter.of(simulated).int16x8().convert(), image);
      float step = wideStep(simulated);
      for (int i = 1; i < answer.length; i += 4) {
        assertEquals(bias, answer[i], 1.5 * step);
      }
    }
  }

  @Test
  void report_saysHowManyBits() {
    try (TFloat32 image = TestTraining.random(IMAGES, 1)) {
      List<String> details =
          calibrate(wide(), TestLayers.residual(Kind.RESOURCE), image).report().applied().stream()
              .map(Entry::detail)
              .toList();
      assertTrue(details.contains("int16, with the range of its input"), details.toString());
      assertTrue(
          details.stream().anyMatch(d -> d.startsWith("int8 weights and int16 output")),
          details.toString());
      assertTrue(details.stream().noneMatch(d -> d.startsWith("int8 output")));
    }
  }

  @Test
  void otherNumbersOfBits_areRefused() {
    for (int bits : new int[] {0, 4, 12, 32}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> PostTrainingQuantization.builder().activationBits(bits));
    }
  }

  @Test
  void methodsThatSearchFor8Bits_areRefused() {
    for (CalibrationMethod method :
        List.of(CalibrationMethod.entropy(), CalibrationMethod.meanSquaredError())) {
      Builder builder = wide().calibration(method);
      Exception e = assertThrows(IllegalArgumentException.class, builder::build);
      assertTrue(String.valueOf(e.getMessage()).contains(method.toString()), e.getMessage());
      assertTrue(String.valueOf(e.getMessage()).contains("minMax"), e.getMessage());
    }
    wide().calibration(CalibrationMethod.percentile(0.999)).build();
    wide().calibration(CalibrationMethod.movingAverage(0.9)).build();
  }

  private static float wideStep(GraphModel simulated) {
    return IntegerModelTest.outputStep(simulated) * 255 / 65534;
  }

  private static Builder wide() {
    return PostTrainingQuantization.builder().activationBits(16);
  }

  private static Calibrated calibrate(Builder builder, GraphModel model, TFloat32 image) {
    return builder.build().calibrate(model, List.of(Map.of("image", image)));
  }

  private static float[] run(TfLiteModel file, TFloat32 image) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.run(TensorProtos.toFloats(TensorProtos.of(image)), (int) IMAGES.get(0));
    }
  }

  private static double meanError(float[] exact, float[] values) {
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      sum += Math.abs(exact[i] - values[i]);
    }
    return sum / exact.length;
  }
}
