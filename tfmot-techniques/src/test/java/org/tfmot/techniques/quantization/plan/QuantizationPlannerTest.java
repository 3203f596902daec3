package org.tfmot.techniques.quantization.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;

class QuantizationPlannerTest {

  private static final Shape IMAGE = Shape.of(-1, 8, 8, 3);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void residualNetwork_isQuantizedWhole(Kind kind) {
    QuantizationPlan plan = plan(TestLayers.residual(kind), LayerSelector.layers());
    assertEquals(List.of(), plan.skipped());
    // One quantizer for each chain, none behind the max pool.
    assertEquals(
        Set.of(
            "image",
            "stem/relu",
            "conv1/relu",
            "conv2/batch_norm",
            "sum/relu",
            "conv3/relu6",
            "average/AvgPool",
            "mean/Mean",
            "logits/BiasAdd"),
        tensors(plan));
    assertEquals(
        List.of("conv1/relu", "conv3/relu6", "stem/relu", "sum/relu"),
        plan.activations().stream()
            .filter(ActivationPoint::nonNegative)
            .map(point -> point.tensor().toString())
            .sorted()
            .toList());
    assertEquals(
        List.of(
            new ActivationPoint(
                TensorRef.of("average/AvgPool"), TensorRef.of("conv3/relu6"), false)),
        plan.activations().stream().filter(point -> !point.hasOwnRange()).toList());
    assertEquals(
        Set.of("stem/Conv2D", "conv1/Conv2D", "conv2/Conv2D", "conv3/Conv2D", "logits/MatMul"),
        plan.weights().stream().map(WeightPoint::operation).collect(Collectors.toSet()));
    Map<String, String> applied = details(plan.applied());
    assertEquals(
        "int8 weights and output, fused with FusedBatchNormV3, Relu", applied.get("stem/Conv2D"));
    assertEquals("int8 weights and output, fused with BiasAdd, Relu6", applied.get("conv3/Conv2D"));
    assertEquals("int8 output, fused with Relu", applied.get("sum/add"));
    assertEquals("int8, with the range of its input", applied.get("pool/MaxPool"));
  }

  @Test
  void constantsOfArithmetic_areQuantizedAsymmetrically() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> mean = layers.tf().constant(new float[] {0.4f, 0.5f, 0.6f});
              x = layers.at("normalize", "sub").math.sub(x, mean);
              return layers.conv("conv", x, 2, 3);
            });
    assertEquals(
        List.of(
            new WeightPoint("conv/Conv2D", 1, Ranges.PER_CHANNEL),
            new WeightPoint("normalize/sub", 1, Ranges.ASYMMETRIC)),
        plan.weights());
    assertEquals(Set.of("image", "normalize/sub", "conv/Conv2D"), tensors(plan));
  }

  @Test
  void additionOfAVector_isABias_ofAMatrixIsNot() {
    QuantizationPlan plan =
        plan(
            Shape.of(2, 4),
            (layers, x) -> {
              x = layers.matMul("first", x, 3);
              x = layers.at("first", "add").math.add(x, layers.vector("first", "bias", x, 0, 1));
              x = layers.matMul("second", x, 3);
              Operand<TFloat32> matrix =
                  layers.weight("second", "matrix", Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
              return layers.at("second", "add").math.add(x, matrix);
            });
    assertEquals(Set.of("image", "first/add", "second/MatMul", "second/add"), tensors(plan));
    assertTrue(plan.weights().contains(new WeightPoint("second/add", 1, Ranges.ASYMMETRIC)));
  }

  @Test
  void matrix_hasOneSymmetricRange() {
    QuantizationPlan plan =
        plan(
            Shape.of(-1, 2),
            (layers, x) -> {
              Operand<TFloat32> kernel = layers.weight("d", "kernel", Shape.of(3, 2), new float[6]);
              return layers.at("d", "MatMul").linalg.matMul(x, kernel, MatMul.transposeB(true));
            });
    assertEquals(List.of(new WeightPoint("d/MatMul", 1, Ranges.SYMMETRIC)), plan.weights());
  }

  @Test
  void productOfTwoActivations_hasNoWeight() {
    QuantizationPlan plan =
        plan(
            Shape.of(2, 2),
            (layers, x) -> layers.at("d", "MatMul").linalg.matMul(x, layers.relu("r", x)));
    assertEquals(List.of(), plan.weights());
    assertEquals("int8 output", details(plan.applied()).get("d/MatMul"));
  }

  @Test
  void unknownOperation_staysInFloatAndIsNamed_whatFlowsOnIsQuantized() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              x = layers.conv("first", x, 4, 3);
              x = layers.at("running", "sum").math.cumsum(x, layers.tf().constant(3));
              return layers.conv("second", x, 2, 3);
            });
    assertEquals(
        Map.of("running/sum", "operation not known to quantization, stays in float"),
        details(plan.skipped()));
    assertEquals(Set.of("image", "first/Conv2D", "running/sum", "second/Conv2D"), tensors(plan));
  }

  @Test
  void outputsOfOneOperation_haveQuantizersOfTheirOwn() {
    QuantizationPlan plan =
        plan(
            Shape.of(-1, 4),
            (layers, x) -> {
              List<Output<TFloat32>> columns =
                  layers.at("s", "unpack").unstack(x, 4L, Unstack.axis(1L)).output();
              return layers.at("s", "add").math.add(columns.get(0), columns.get(1));
            });
    assertEquals(Set.of("image", "s/unpack", "s/unpack:1", "s/add"), tensors(plan));
    assertEquals(4, plan.activations().stream().map(ActivationPoint::quantizer).distinct().count());
  }

  @Test
  void outputsOfOperationsWithAutomaticNames_haveQuantizersOfTheirOwn() {
    QuantizationPlan plan =
        plan(
            Shape.of(-1, 4),
            (layers, x) -> {
              Unstack.Options axis = Unstack.axis(1L);
              List<Output<TFloat32>> one = layers.tf().unstack(x, 4L, axis).output();
              List<Output<TFloat32>> two =
                  layers.tf().unstack(layers.relu("r", x), 4L, axis).output();
              Operand<TFloat32> sum = layers.at("a", "add").math.add(one.get(1), two.get(0));
              return layers.at("b", "add").math.add(sum, one.get(0));
            });
    assertEquals(
        Set.of("image", "Unstack", "Unstack:1", "Unstack_1", "r/relu", "a/add", "b/add"),
        tensors(plan));
    assertEquals(
        plan.activations().size(),
        plan.activations().stream().map(ActivationPoint::quantizer).distinct().count());
  }

  @Test
  void vectorOfOneElement_isNoBiasOfManyChannels() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> offset = layers.weight("c", "offset", Shape.of(1), 0.5f);
              return layers.at("c", "add").math.add(layers.conv("c", x, 4, 3), offset);
            });
    assertEquals(Set.of("image", "c/Conv2D", "c/add"), tensors(plan));
    assertTrue(plan.weights().contains(new WeightPoint("c/add", 1, Ranges.ASYMMETRIC)));
  }

  @Test
  void weightThatIsReadAfterTheInput_staysAWeight() {
    QuantizationPlan plan =
        plan(
            Shape.of(-1, 3),
            (layers, x) -> {
              Operand<TFloat32> kernel =
                  layers
                      .at("d", "ordered")
                      .withControlDependencies(x)
                      .identity(layers.weight("d", "kernel", Shape.of(3, 2), new float[6]));
              return layers.at("d", "MatMul").linalg.matMul(x, kernel);
            });
    assertEquals(List.of(new WeightPoint("d/MatMul", 1, Ranges.SYMMETRIC)), plan.weights());
    assertEquals(Set.of("image", "d/MatMul"), tensors(plan));
    assertEquals(List.of(), plan.skipped());
  }

  @Test
  void depthwiseConvolution_hasARangeForEachOutputChannel() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> kernel =
                  layers.weight("d", "kernel", Shape.of(1, 1, 3, 1), new float[] {1, 2, 3});
              return layers
                  .at("d", "depthwise")
                  .nn
                  .depthwiseConv2dNative(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
            });
    assertEquals(
        List.of(new WeightPoint("d/depthwise", 1, Ranges.PER_DEPTHWISE_CHANNEL)), plan.weights());
    assertEquals(Set.of("image", "d/depthwise"), tensors(plan));
  }

  @Test
  void notSelected_staysInFloat_withAllThatBelongsToIt() {
    QuantizationPlan plan =
        plan(TestLayers.residual(Kind.RESOURCE), LayerSelector.layers().except("stem", "logits"));
    assertEquals(
        Map.of(
            "stem/Conv2D", "not selected",
            "stem/batch_norm", "not selected",
            "stem/relu", "not selected",
            "logits/MatMul", "not selected",
            "logits/BiasAdd", "not selected"),
        details(plan.skipped()));
    assertTrue(tensors(plan).contains("stem/relu"), "flows into conv1 and the sum");
    assertTrue(!tensors(plan).contains("image"));
    assertTrue(!tensors(plan).contains("logits/BiasAdd"));
  }

  @Test
  void convolutionWithTwoUsers_isNotFusedWithEither() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> y = layers.conv("c", x, 3, 3);
              return layers
                  .at("sum", "add")
                  .math
                  .add(layers.batchNorm("c", y), layers.relu("r", y));
            });
    assertEquals(Set.of("image", "c/Conv2D", "c/batch_norm", "r/relu", "sum/add"), tensors(plan));
    assertEquals(List.of(), plan.skipped());
    assertEquals(
        "int8 output of a depthwise convolution", details(plan.applied()).get("c/batch_norm"));
  }

  @Test
  void arithmeticOnShapes_isNotReported() {
    QuantizationPlan plan =
        plan(
            IMAGE,
            (layers, x) -> {
              x = layers.conv("c", x, 2, 3);
              Operand<TInt32> shape = layers.tf().shape(x);
              return layers
                  .at("r", "reshape")
                  .reshape(
                      x, layers.tf().math.mul(shape, layers.tf().constant(new int[] {1, 1, 1, 1})));
            });
    assertEquals(List.of(), plan.skipped());
  }

  @Test
  void nothingToQuantize_isRefused() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> plan(model, (name, type) -> false));
    assertTrue(e.getMessage().contains("stem/Conv2D"), e.getMessage());
  }

  private static QuantizationPlan plan(Shape input, Body body) {
    return plan(TestLayers.model(Kind.RESOURCE, input, body), LayerSelector.layers());
  }

  private static QuantizationPlan plan(GraphModel model, LayerSelector selector) {
    return QuantizationPlanner.plan(model, selector);
  }

  private static Set<String> tensors(QuantizationPlan plan) {
    return plan.activations().stream()
        .map(point -> point.tensor().toString())
        .collect(Collectors.toSet());
  }

  private static Map<String, String> details(List<Entry> entries) {
    return entries.stream().collect(Collectors.toMap(Entry::operation, Entry::detail));
  }
}
