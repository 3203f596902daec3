package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;
import org.tfmot.techniques.tflite.TfLiteTensor;
import org.tfmot.techniques.weights.StaticTensors;

/** Simulated quantization adds the biases that the file adds. */
class BiasRoundingTest {

  private static final Shape VECTORS = Shape.of(64, 6);

  static Stream<Arguments> cases() {
    return ConvolutionCases.all()
        .filter(each -> each.toString().matches(".*(bias|batch norm).*"))
        .filter(each -> !each.lite().equals("BATCH_MATMUL"))
        .flatMap(each -> Arrays.stream(Way.values()).map(way -> Arguments.of(each, way)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void biasOfTheFile_isThatOfTheSimulation(OperationCase operation, Way way) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      GraphModel quantized = way.apply(model, image);
      assertSameBiases(TfLiteConverter.of(quantized).int8().convert(), quantized);
    }
  }

  @Test
  void biasOf64Bits_isThatOfTheSimulation() {
    try (TFloat32 image = TestTraining.random(VECTORS, 1)) {
      GraphModel quantized =
          PostTrainingQuantization.builder()
              .activationBits(16)
              .build()
              .calibrate(dense(), List.of(Map.of("image", image)))
              .model();
      assertSameBiases(TfLiteConverter.of(quantized).int16x8().convert(), quantized);
    }
  }

  @Test
  void bias_isRoundedToStepsOfInputTimesWeight_andItsVariableKeepsItsValue() {
    float[] ends = {-128, 127, 0, 0, 0, 0};
    Shape one = Shape.of(1, 6);
    try (TFloat32 image = TFloat32.tensorOf(one, DataBuffers.of(ends))) {
      GraphModel model =
          TestLayers.model(
              Kind.RESOURCE,
              one,
              (layers, x) ->
                  layers
                      .at("d", "bias_add")
                      .nn
                      .biasAdd(
                          layers
                              .at("d", "product")
                              .linalg
                              .matMul(
                                  x,
                                  layers.weight(
                                      "d", "kernel", Shape.of(6, 1), 1.27f, 1, 1, 1, 1, 1)),
                          layers.weight("d", "bias", Shape.of(1), 0.024f)));
      GraphModel quantized = Way.POST_TRAINING.apply(model, image);
      // Steps of 1 times 0.01: 2.4 of them are 2.
      assertArrayEquals(new float[] {0.02f}, biases(quantized).iterator().next(), 1e-8f);
      assertArrayEquals(
          new float[] {0.024f}, TensorProtos.toFloats(quantized.variable("d/bias").value()));
    }
  }

  @Test
  void biasOfALayerInFloat_staysAsItIs() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            VECTORS,
            (layers, x) ->
                layers.biasAdd(
                    "e", layers.matMul("e", layers.biasAdd("d", layers.matMul("d", x, 5)), 3)));
    try (TFloat32 image = TestTraining.random(VECTORS, 1)) {
      GraphModel quantized =
          PostTrainingQuantization.builder()
              .select(LayerSelector.layers().except("e"))
              .build()
              .calibrate(model, List.of(Map.of("image", image)))
              .model();
      assertEquals(1, biases(quantized).size());
    }
  }

  private static GraphModel dense() {
    return TestLayers.model(
        Kind.RESOURCE, VECTORS, (layers, x) -> layers.biasAdd("d", layers.matMul("d", x, 5)));
  }

  private static void assertSameBiases(TfLiteModel file, GraphModel quantized) {
    List<TfLiteTensor> inFile = new ArrayList<>();
    for (TfLiteOperator operator : file.operators()) {
      int input = operator.name().equals("TRANSPOSE_CONV") ? 3 : 2;
      if (operator.name().matches("CONV_2D|DEPTHWISE_CONV_2D|FULLY_CONNECTED|TRANSPOSE_CONV")
          && input < operator.inputs().size()) {
        inFile.add(file.tensors().get(operator.inputs().get(input)));
      }
    }
    assertFalse(inFile.isEmpty());
    Collection<float[]> simulated = biases(quantized);
    assertFalse(simulated.isEmpty());
    for (float[] bias : simulated) {
      assertTrue(
          inFile.stream().anyMatch(tensor -> isSame(tensor, bias)),
          () -> Arrays.toString(bias) + " is not in " + inFile);
    }
  }

  private static boolean isSame(TfLiteTensor inFile, float[] bias) {
    List<Float> scales = inFile.quantization().orElseThrow().scales();
    ByteBuffer data = inFile.data();
    if (inFile.elementCount() != bias.length) {
      return false;
    }
    for (int i = 0; i < bias.length; i++) {
      long steps = inFile.type() == TensorType.INT64 ? data.getLong() : data.getInt();
      double scale = scales.get(scales.size() == 1 ? 0 : i);
      // Scales are floats: large numbers of steps add their rounding up.
      if (Math.abs(steps * scale - bias[i]) > 0.01 * scale + 3e-7 * Math.abs(bias[i])) {
        return false;
      }
    }
    return true;
  }

  /** The biases that a simulation adds where it rounds them. */
  private static Collection<float[]> biases(GraphModel quantized) {
    List<String> rounded =
        quantized.graphDef().getNodeList().stream()
            .map(NodeDef::getName)
            .filter(name -> name.endsWith("/bias/rounded"))
            .toList();
    Collection<TensorProto> values = StaticTensors.evaluate(quantized, rounded).values();
    return values.stream().map(TensorProtos::toFloats).toList();
  }
}
