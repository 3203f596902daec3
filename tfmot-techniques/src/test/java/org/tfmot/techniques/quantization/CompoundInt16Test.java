package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Tensor;
import org.tensorflow.types.family.TType;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.CompoundCases.CompoundCase;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.CompoundModel;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TensorType;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Models of several operations with activations of 16 bits, within bounds in steps. */
class CompoundInt16Test {

  /** The operations whose output has a range that the runtime demands: steps of 2^-15. */
  private static final Set<String> FIXED = Set.of("SOFTMAX", "LOGISTIC", "TANH");

  static Stream<CompoundCase> cases() {
    return CompoundCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void compoundModel_answersAsSimulated_andNearerToFloatThanInt8(CompoundCase each) {
    GraphModel model = each.model().model();
    try (TType input = each.model().input()) {
      GraphModel simulated = calibrate(model, input, 16);
      TfLiteModel file = TfLiteConverter.of(simulated).int16x8().convert();
      assertEquals(List.of(), file.floatOperators());
      assertFixedRanges(file);
      float[] expected = IntegerModels.run(simulated, input);
      float[] actual;
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        actual = interpreter.run(each.model().inputValues(), CompoundModel.BATCH);
      }
      float steps =
          Values.distance(expected, actual) / (IntegerModels.outputStep(simulated) * 255 / 65534);
      assertTrue(steps <= bound(each), steps + " steps");

      float[] exact = IntegerModels.run(model.toInference(), input);
      float[] narrow = IntegerModels.run(calibrate(model, input, 8), input);
      assertTrue(Values.distance(exact, actual) < 0.9 * Values.distance(exact, narrow));
    }
  }

  /** The kernels round twice, in the middle and at the end. */
  private static int bound(CompoundCase each) {
    return switch (each.model()) {
      // The root is a table with lines between its values. At a tenth of the range it is off by
      // one in 7,000, which is five steps, and at a thirtieth by ten times that.
      case LAYER_NORM, LAYER_NORM_OF_FACTORS, TRANSFORMER_BLOCK, KERAS_2_BLOCK -> 64;
      default -> 2 * each.steps();
    };
  }

  private static void assertFixedRanges(TfLiteModel file) {
    file.operators().stream()
        .filter(operator -> FIXED.contains(operator.name()))
        .map(operator -> file.tensors().get(operator.outputs().get(0)))
        .forEach(
            tensor -> {
              assertEquals(TensorType.INT16, tensor.type());
              assertEquals(
                  List.of(1 / 32768f), tensor.quantization().orElseThrow().scales(), tensor.name());
            });
    // Rows of a table are activations, so that its values have their width.
    Set<TfLiteTensor> tables =
        file.operators().stream()
            .filter(operator -> operator.name().equals("GATHER"))
            .map(operator -> file.tensors().get(operator.inputs().get(0)))
            .collect(Collectors.toSet());
    for (TfLiteTensor weight : file.weights()) {
      assertEquals(
          tables.contains(weight) ? TensorType.INT16 : TensorType.INT8,
          weight.type(),
          weight.name());
    }
  }

  private static GraphModel calibrate(GraphModel model, Tensor input, int bits) {
    Calibrated calibrated =
        PostTrainingQuantization.builder()
            .activationBits(bits)
            .build()
            .calibrate(model, List.of(Map.of("image", input)));
    assertEquals(List.of(), calibrated.report().skipped());
    return calibrated.model();
  }
}
