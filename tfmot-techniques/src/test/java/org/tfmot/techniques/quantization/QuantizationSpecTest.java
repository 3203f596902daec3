package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.LayerCase;
import org.tfmot.techniques.testing.TechniqueSpec;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** What quantization-aware training promises, for every layer in every width of its weights. */
class QuantizationSpecTest {

  private static final int STEPS = 3;

  /**
   * By the last value, and a little more: the kernel takes the end of a range for outside of it.
   */
  private static final Quantizer ROOMY =
      Quantizer.of(
          graph -> {
            String more = graph.constant("more", 1.02f);
            return TrainedRange.of(
                graph.add("Mul", "low", graph.batchMin(), more),
                graph.add("Mul", "high", graph.batchMax(), more));
          });

  /** The runtime has no integer kernels for them. */
  private static final Set<LayerCase> FLOAT =
      EnumSet.of(LayerCase.CONV_3D, LayerCase.CONV_3D_TRANSPOSED);

  private static final String KERNEL = LayerCase.KERNEL;
  private static final Shape INPUT = Shape.of(LayerCase.BATCH, 8);

  enum Width {
    TWO(2),
    FOUR(4),
    EIGHT(8);

    final int bits;

    Width(int bits) {
      this.bits = bits;
    }
  }

  enum Granularity {
    AS_THE_LAYER_HAS_IT,
    PER_TENSOR;

    Quantizer of(int bits) {
      Quantizer quantizer = Quantizer.lastValue().bits(bits);
      return this == PER_TENSOR ? quantizer.perChannel(false) : quantizer;
    }
  }

  @TechniqueSpec
  @EnabledOnOs(OS.LINUX)
  void weight_hasFewValuesAtEveryStep_andInTheFile(
      LayerCase layer, Width width, Granularity granularity) {
    GraphModel model = layer.model(Kind.RESOURCE);
    if (FLOAT.contains(layer)) {
      assertLeftInFloat(model);
      return;
    }
    Optimized quantized = quantized(model, granularity.of(width.bits), Quantizer.standard());
    try (TestTraining training = new TestTraining(quantized, LayerCase.BATCH)) {
      training.begin(0, STEPS);
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
        assertFew(layer, weight(training.trained()), width, granularity);
      }
      GraphModel simulated = training.trained().strip();
      // Numbers of words are no activations.
      List<String> words = layer == LayerCase.GATHER ? List.of("Cast") : List.of();
      TfLiteModel file = TfLiteConverter.of(simulated).int8().allowFloat(words).convert();
      assertTrue(layer == LayerCase.GATHER || file.floatOperators().isEmpty());
      assertInFile(weight(Optimized.of(simulated)), file);
      assertAgree(simulated, file);
    }
  }

  private static void assertLeftInFloat(GraphModel model) {
    OptimizationReport report = QuantizationAwareTraining.create().apply(model).reports().get(0);
    assertEquals(
        List.of(LayerCase.OPERATION),
        report.skipped().stream()
            .map(Entry::operation)
            .filter(LayerCase.OPERATION::equals)
            .toList());
  }

  /** Of one range, all values are multiples of one step. */
  private static void assertFew(
      LayerCase layer, float[] weight, Width width, Granularity granularity) {
    boolean one = granularity == Granularity.PER_TENSOR || !layer.type().contains("Conv2");
    long distinct = IntStream.range(0, weight.length).mapToObj(i -> weight[i]).distinct().count();
    int most = (1 << width.bits) - 1;
    assertTrue(!one || distinct <= most, distinct + " values");
    float largest = Values.largest(weight);
    assertTrue(largest > 0.1f, "the weight says nothing");
  }

  private static void assertInFile(float[] weight, TfLiteModel file) {
    float[] expected = weight.clone();
    Arrays.sort(expected);
    boolean found = false;
    for (TfLiteTensor tensor : file.tensors()) {
      if (tensor.isConstant() && !tensor.type().isFloat() && tensor.quantization().isPresent()) {
        float[] actual = tensor.toFloats();
        Arrays.sort(actual);
        found |=
            actual.length == expected.length
                && Values.distance(expected, actual) <= 1e-5f * Values.largest(expected);
      }
    }
    assertTrue(found, "no constant of the file has the weight's values");
  }

  private static void assertAgree(GraphModel simulated, TfLiteModel file) {
    try (TFloat32 image = TestTraining.random(INPUT, 1);
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] expected = IntegerModels.run(simulated, image);
      float[] actual =
          interpreter.run(TensorProtos.toFloats(TensorProtos.of(image)), LayerCase.BATCH);
      float steps = Values.distance(expected, actual) / IntegerModels.outputStep(simulated);
      assertTrue(steps < 4.01, steps + " steps");
    }
  }

  /**
   * Straight through: the gradient of a weight is that of the value it is quantized to, which can
   * be moved where weights have 16 bits. Activations are far from the ends of their ranges, too.
   */
  @TechniqueSpec
  void gradient_isTheNumericalOneOfTheQuantizedWeight(LayerCase layer, Width width) {
    if (FLOAT.contains(layer)) {
      assertLeftInFloat(layer.model(Kind.RESOURCE));
      return;
    }
    Quantizer wide = Quantizer.fixed(-16, 16).bits(16);
    GraphModel model = layer.model(Kind.RESOURCE);
    Optimized coarse = quantized(model, ROOMY.bits(width.bits), wide);
    float[] gradient;
    float[] weight;
    try (TestTraining training = new TestTraining(coarse, LayerCase.BATCH)) {
      gradient = training.gradient(KERNEL, 0);
      weight = weight(training.trained());
    }
    GraphModel rounded =
        model.withValues(
            Map.of(KERNEL, TensorProtos.floats(model.variable(KERNEL).shape(), weight)));
    try (TestTraining training =
        new TestTraining(quantized(rounded, ROOMY.bits(16), wide), LayerCase.BATCH)) {
      float[] numerical = training.numericalGradient(KERNEL, 0, 0.1f);
      float largest = Values.largest(numerical);
      assertTrue(largest > 0.01f, "no gradient");
      assertArrayEquals(numerical, gradient, 0.03f * Math.max(1, largest));
    }
  }

  private static Optimized quantized(GraphModel model, Quantizer weights, Quantizer activations) {
    return QuantizationAwareTraining.builder()
        .layer(LayerSelector.layers(), new LayerQuantization(Quantizer.standard(), activations))
        .layer(LayerSelector.named("layer"), new LayerQuantization(weights, activations))
        .build()
        .apply(model);
  }

  /** The quantized weight as the layer's first operation reads it. */
  private static float[] weight(Optimized quantized) {
    GraphModel model = quantized.model();
    String quantizer =
        model.graphDef().getNodeList().stream()
            .filter(node -> node.getOp().startsWith("FakeQuant"))
            .map(NodeDef::getName)
            .filter(name -> name.matches(LayerCase.OPERATION + "(_\\d+)?/input\\d/fake_quant"))
            .findFirst()
            .orElseThrow();
    try (TFloat32 image = TestTraining.random(INPUT, 1)) {
      return QuantizedGraphs.fetch(model, image, quantizer);
    }
  }
}
