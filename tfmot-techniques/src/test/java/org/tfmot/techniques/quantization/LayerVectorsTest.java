package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** The conformance vectors of layers with their weights and activations. */
class LayerVectorsTest {

  /** As the reference starts: [-6, 6] for weights and outputs, inputs in float. */
  private static final QuantizationAwareTraining FROM_MINUS_6_TO_6 =
      QuantizationAwareTraining.builder()
          .layer(
              LayerSelector.layers(),
              new LayerQuantization(Quantizer.fixed(-6, 6), Quantizer.movingAverage(0.999, -6, 6)))
          .floatInputs()
          .build();

  @Test
  @DisplayName("vector 27: a dense layer before its first step")
  void denseBeforeTheFirstStep_vector27() {
    float[] kernel = Values.of(24, i -> 9 * Math.sin(i + 1));
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE, Shape.of(-1, 6), (layers, x) -> dense(layers, x, 6, kernel));
    try (TFloat32 image = TestTraining.random(Shape.of(3, 6), 2)) {
      float[] x = TensorProtos.toFloats(TensorProtos.of(image));
      float[] rounded = FakeQuantFormula.NARROW.apply(-6, 6, kernel);
      float[] product = new float[12];
      for (int i = 0; i < product.length; i++) {
        for (int k = 0; k < 6; k++) {
          product[i] += x[i / 4 * 6 + k] * rounded[4 * k + i % 4];
        }
      }
      assertVector27(model, image, product);
    }
  }

  @Test
  @DisplayName("vector 27: a convolution before its first step")
  void convolutionBeforeTheFirstStep_vector27() {
    Shape shape = Shape.of(2, 2, 3, 5);
    float[] kernel = Values.of(60, i -> 9 * Math.sin(i + 1));
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 2, 2, 3),
            (layers, x) -> {
              Operand<TFloat32> w = layers.weight("c", "kernel", shape, kernel);
              return layers.at("c", "Conv2D").nn.conv2d(x, w, List.of(1L, 1L, 1L, 1L), "VALID");
            });
    try (TFloat32 image = TestTraining.random(Shape.of(4, 2, 2, 3), 2)) {
      float[] x = TensorProtos.toFloats(TensorProtos.of(image));
      float[] rounded = FakeQuantFormula.NARROW.apply(-6, 6, kernel);
      float[] sums = new float[20];
      for (int i = 0; i < sums.length; i++) {
        for (int k = 0; k < 12; k++) {
          sums[i] += x[i / 5 * 12 + k] * rounded[5 * k + i % 5];
        }
      }
      assertVector27(model, image, sums);
    }
  }

  /**
   * Without the given ranges, stripping before the first step is refused: on purpose, ranges do not
   * start from a guess.
   */
  private static void assertVector27(GraphModel model, TFloat32 image, float[] unquantized) {
    float[] expected = FakeQuantFormula.WIDE.apply(-6, 6, unquantized);
    float[] actual = TestTraining.run(FROM_MINUS_6_TO_6.apply(model).strip(), image);
    assertArrayEquals(expected, actual, 1e-5f);
    assertTrue(Values.distance(unquantized, actual) > 0.02, "nothing was rounded or clipped");
    assertThrows(
        IllegalStateException.class, () -> QuantizationAwareTraining.create().apply(model).strip());
  }

  @Test
  @DisplayName("vector 28: 5 filters have 5 ranges, and so have 5 multiples of one channel")
  void rangesOfWeights_vector28() {
    GraphModel conv =
        TestLayers.model(
            Kind.RESOURCE, Shape.of(-1, 4, 4, 3), (layers, x) -> layers.conv("c", x, 5, 3));
    assertEquals(Shape.of(5), rangeShape(conv, "c/Conv2D"));
    assertEquals(Shape.of(5), rangeShape(depthwise(1, 5), "d/depthwise"));
  }

  @Test
  @DisplayName("vector 28, on purpose per output channel: 3 channels times 5 have 15 ranges")
  void rangesOfDepthwiseWeights_countOutputChannels() {
    assertEquals(Shape.of(15), rangeShape(depthwise(3, 5), "d/depthwise"));
    assertEquals(Shape.of(3), rangeShape(depthwise(3, 1), "d/depthwise"));
  }

  private static GraphModel depthwise(int channels, int multiplier) {
    Shape shape = Shape.of(3, 3, channels, multiplier);
    return TestLayers.model(
        Kind.RESOURCE,
        Shape.of(-1, 4, 4, channels),
        (layers, x) -> {
          Operand<TFloat32> w =
              layers.weight("d", "kernel", shape, Values.of((int) shape.size(), Math::sin));
          return layers
              .at("d", "depthwise")
              .nn
              .depthwiseConv2dNative(x, w, List.of(1L, 1L, 1L, 1L), "SAME");
        });
  }

  /** The shape of the two ends of a weight's range in the exported graph. */
  private static Shape rangeShape(GraphModel model, String operation) {
    Optimized optimized = QuantizationAwareTraining.create().apply(model);
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.step(0);
      GraphModel stripped = training.trained().strip();
      String quantizer = operation + "/input1/fake_quant";
      Shape min = QuantizedGraphs.shape(stripped, quantizer, 1);
      assertEquals(min, QuantizedGraphs.shape(stripped, quantizer, 2));
      return min;
    }
  }

  @Test
  @DisplayName("vector 29: a ReLU is quantized behind itself alone")
  void relu_vector29() {
    assertEquals(List.of("f/relu"), moving((layers, x) -> layers.relu("f", x)));
  }

  @Test
  @DisplayName("vector 29: softmax is quantized before it, and behind it as the runtime demands")
  void softmax_vector29() {
    // The range behind it is a constant: no variable, as in the reference.
    Body softmax = (layers, x) -> layers.at("f", "softmax").nn.softmax(x);
    assertEquals(List.of("d/MatMul"), moving(softmax));
    NodeRange behind = NodeRange.of(apply(softmax), "f/softmax/fake_quant");
    assertEquals(new NodeRange(0, 255 / 256f), behind);
  }

  private record NodeRange(float min, float max) {

    static NodeRange of(Optimized optimized, String quantizer) {
      GraphModel model = optimized.model();
      return new NodeRange(
          QuantizedGraphs.constant(model, quantizer, 1)[0],
          QuantizedGraphs.constant(model, quantizer, 2)[0]);
    }
  }

  @Test
  @DisplayName("vector 29: GELU is quantized on both sides")
  void gelu_vector29() {
    Body gelu =
        (layers, x) -> {
          Operand<TFloat32> half = layers.tf().math.mul(x, layers.tf().constant(0.5f));
          Operand<TFloat32> scaled =
              layers.tf().math.mul(x, layers.tf().constant((float) Math.sqrt(0.5)));
          Operand<TFloat32> gate =
              layers.tf().math.add(layers.tf().math.erf(scaled), layers.tf().constant(1f));
          return layers.at("f", "gelu").math.mul(half, gate);
        };
    assertEquals(List.of("d/MatMul", "f/gelu"), moving(gelu));
  }

  @Test
  @DisplayName("vector 29: no activation adds no range to the layer's own")
  void noActivation_vector29() {
    assertEquals(List.of("d/MatMul"), moving((layers, x) -> x));
    assertEquals(List.of("d/MatMul"), moving((layers, x) -> layers.at("f", "same").identity(x)));
  }

  @Test
  @DisplayName("vector 29, on purpose no error: an unknown function stays in float and is named")
  void unknownFunction_vector29() {
    Body cumsum =
        (layers, x) -> layers.at("f", "cumsum").math.cumsum(x, layers.at("f", "axis").constant(1));
    assertEquals(List.of("d/MatMul"), moving(cumsum));
    List<Entry> skipped = apply(cumsum).reports().get(0).skipped();
    assertEquals(List.of("f/cumsum"), skipped.stream().map(Entry::operation).toList());
    assertTrue(skipped.get(0).detail().contains("not known"), skipped.toString());
  }

  /** The tensors with ranges that follow training. */
  private static List<String> moving(Body activation) {
    return apply(activation).model().variables().keySet().stream()
        .filter(name -> name.contains("/fake_quant/"))
        .map(name -> name.substring(0, name.indexOf("/fake_quant/")))
        .distinct()
        .sorted()
        .toList();
  }

  private static Optimized apply(Body activation) {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> activation.build(layers, dense(layers, x, 6, Values.of(24, Math::cos))));
    return QuantizationAwareTraining.builder().floatInputs().build().apply(model);
  }

  private static Operand<TFloat32> dense(
      TestLayers layers, Operand<TFloat32> x, int inputs, float[] kernel) {
    Shape shape = Shape.of(inputs, kernel.length / inputs);
    return layers.at("d", "MatMul").linalg.matMul(x, layers.weight("d", "kernel", shape, kernel));
  }
}
