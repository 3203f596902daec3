package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Every operation alone becomes one of integers, within a bound in steps of its output's scale. */
class IntegerOperationsTest {

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void operation_isOneOfIntegers_withinItsBound(OperationCase operation, Way way) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, operation.shape(), operation.body());
    try (TFloat32 image = TestTraining.random(operation.shape(), 1)) {
      GraphModel quantized = way.apply(model, image);
      float[] values = TensorProtos.toFloats(TensorProtos.of(image));
      TfLiteModel lite =
          IntegerModels.assertAgree(quantized, image, values, operation.steps(), 0.2);
      assertTrue(
          lite.operators().stream().anyMatch(op -> op.name().equals(operation.lite())),
          lite.operators().toString());
    }
  }

  static Stream<Arguments> cases() {
    return Stream.of(
            ConvolutionCases.all(), MovementCases.all(), ChoiceCases.all(), FunctionCases.all())
        .flatMap(cases -> cases)
        .flatMap(each -> Arrays.stream(Way.values()).map(way -> Arguments.of(each, way)));
  }
}
