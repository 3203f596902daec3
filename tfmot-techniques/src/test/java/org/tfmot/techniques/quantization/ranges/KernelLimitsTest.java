package org.tfmot.techniques.quantization.ranges;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.ranges.KernelLimits.Kind;
import org.tfmot.techniques.quantization.ranges.KernelLimits.Operation;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.RescaledFile;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** No ratio of scales that quantization makes is one that the table of kernels refuses. */
class KernelLimitsTest {

  private static final int TRIALS = 400;

  private record Kernel(
      String name,
      Kind kind,
      int operands,
      int bits,
      BiFunction<Ops, List<Operand<TFloat32>>, Operand<TFloat32>> body) {
    @Override
    public String toString() {
      return name + ", " + bits + " bits";
    }
  }

  static Stream<Kernel> kernels() {
    return Stream.of(8, 16)
        .flatMap(
            bits ->
                Stream.of(
                    new Kernel(
                        "ADD", Kind.SUM, 2, bits, (tf, x) -> tf.math.add(x.get(0), x.get(1))),
                    new Kernel(
                        "SUB", Kind.SUM, 2, bits, (tf, x) -> tf.math.sub(x.get(0), x.get(1))),
                    new Kernel(
                        "MUL", Kind.PRODUCT, 2, bits, (tf, x) -> tf.math.mul(x.get(0), x.get(1))),
                    new Kernel("RELU", Kind.LINEAR, 1, bits, (tf, x) -> tf.nn.relu(x.get(0))),
                    new Kernel("ABS", Kind.LINEAR, 1, bits, (tf, x) -> tf.math.abs(x.get(0))),
                    new Kernel(
                        "LEAKY_RELU", Kind.LINEAR, 1, bits, (tf, x) -> tf.nn.leakyRelu(x.get(0)))));
  }

  private static TfLiteModel file(Kernel kernel) {
    Shape shape = Shape.of(2, 4);
    GraphModel model =
        GraphModel.build(
            tf -> {
              List<Operand<TFloat32>> inputs = new ArrayList<>();
              Endpoints.Builder endpoints = Endpoints.builder();
              for (int i = 0; i < kernel.operands; i++) {
                inputs.add(
                    tf.withName("x" + i).placeholder(TFloat32.class, Placeholder.shape(shape)));
                endpoints.input("x" + i, inputs.get(i));
              }
              return endpoints.output("y", kernel.body.apply(tf, inputs)).build();
            });
    try (TFloat32 one = TestTraining.random(shape, 1);
        TFloat32 two = TestTraining.random(shape, 2)) {
      GraphModel quantized =
          PostTrainingQuantization.builder()
              .activationBits(kernel.bits)
              .build()
              .calibrate(
                  model,
                  List.of(kernel.operands == 1 ? Map.of("x0", one) : Map.of("x0", one, "x1", two)))
              .model();
      TfLiteConverter converter = TfLiteConverter.of(quantized);
      return (kernel.bits == 8 ? converter.int8() : converter.int16x8()).convert();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kernels")
  void adaptedSteps_areOnesThatTheTableTakes(Kernel kernel) {
    TfLiteModel file = file(kernel);
    Operation operation = new Operation(kernel.kind, kernel.bits, 1, 0, 0);
    Random random = new Random(7);
    double least = KernelLimits.LEAST_WIDTH / ((1 << kernel.bits) - 1);
    int adapted = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      List<Double> steps = new ArrayList<>();
      for (int i = 0; i < kernel.operands; i++) {
        steps.add(Math.max(least, Math.pow(10, 20 * random.nextDouble() - 10)));
      }
      double wanted = Math.max(least, Math.pow(10, 20 * random.nextDouble() - 10));
      double accumulated = operation.accumulatedStep(steps);
      double step =
          Math.min(
              Math.max(wanted, operation.leastOutputStep(accumulated)),
              operation.largestOutputStep(accumulated));
      steps.add(step);
      adapted += step == wanted ? 0 : 1;
      assertNull(RescaledFile.refusal(file, kernel.name, steps), steps.toString());
    }
    assertTrue(adapted > TRIALS / 10, adapted + " adapted");
  }

  /** The table does refuse: a result in steps far finer than the sum's. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("kernels")
  void stepsThatAreNotAdapted_areRefused(Kernel kernel) {
    List<Double> steps = new ArrayList<>(List.of(1e6, 1e6).subList(0, kernel.operands));
    steps.add(1e-6);
    assertNotNull(RescaledFile.refusal(file(kernel), kernel.name, steps));
  }
}
