package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.techniques.quantization.CompoundCases.CompoundCase;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConversionException;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteOperator;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Models of several operations become models of integers, within bounds in steps. */
class CompoundModelsTest {

  @ParameterizedTest(name = "{0}, {1}, batch {2}")
  @MethodSource("cases")
  void compoundModel_isOneOfIntegers_withinItsBounds(CompoundCase each, Way way, int batch) {
    GraphModel model = each.model().model(batch);
    try (TType input = each.model().input()) {
      GraphModel quantized = way.apply(model, input);
      float[] values = each.model().inputValues();
      TfLiteModel file =
          IntegerModels.assertAgree(quantized, input, values, each.steps(), each.share());
      List<String> operators = file.operators().stream().map(TfLiteOperator::name).toList();
      assertTrue(operators.containsAll(each.operators()), operators.toString());
      assertEquals(each.weights(), file.weights().size(), file.weights().toString());
      for (TfLiteTensor weight : file.weights()) {
        assertEquals(1, weight.quantization().orElseThrow().scales().size(), weight.toString());
      }

      float[] exact = IntegerModels.run(model.toInference(), input);
      float distance = Values.distance(exact, IntegerModels.run(quantized, input));
      float steps = distance / IntegerModels.outputStep(quantized);
      assertTrue(steps < each.toFloat(), steps + " steps to float");
    }
  }

  static Stream<Arguments> cases() {
    return CompoundCases.all()
        .flatMap(
            each ->
                Arrays.stream(Way.values())
                    .flatMap(
                        way ->
                            Stream.of(CompoundModel.BATCH, -1)
                                .map(batch -> Arguments.of(each, way, batch))));
  }

  @Test
  void operationWithoutIntegers_isNamed_andAloneInFloat() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              x = layers.biasAdd("one", layers.matMul("one", x, 8));
              x = layers.at("one", "sum").math.cumsum(x, layers.tf().constant(1));
              return layers.biasAdd("two", layers.matMul("two", x, 3));
            });
    try (TFloat32 input = TestTraining.random(Shape.of(16, 6), 1)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", input)));
      assertEquals(
          List.of(
              new Entry(
                  "one/sum", "Cumsum", "operation not known to quantization, stays in float")),
          calibrated.report().skipped());
      TfLiteConverter converter = TfLiteConverter.of(calibrated.model()).int8();
      Exception e = assertThrows(TfLiteConversionException.class, converter::convert);
      assertTrue(String.valueOf(e.getMessage()).contains("CUMSUM \"one/sum"), e.getMessage());
      assertEquals(
          List.of("CUMSUM"),
          converter.allowFloat(Set.of("one/sum")).convert().floatOperators().stream()
              .map(TfLiteOperator::name)
              .filter(name -> !name.endsWith("QUANTIZE"))
              .toList());
    }
  }
}
