package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

class QuantizationAwareTrainingTest {

  private static final Technique QAT = QuantizationAwareTraining.create();
  private static final List<String> KERNELS =
      List.of("stem/kernel", "conv1/kernel", "conv2/kernel", "conv3/kernel", "logits/kernel");

  @ParameterizedTest
  @EnumSource(Kind.class)
  void training_lowersTheLoss(Kind kind) {
    try (TestTraining training = new TestTraining(QAT.apply(TestLayers.residual(kind)), 8)) {
      float first = training.bareStep(0);
      for (int i = 0; i < 30; i++) {
        training.bareStep(0);
      }
      float last = training.bareStep(0);
      assertTrue(last < 0.7 * first, first + " to " + last);
    }
  }

  @Test
  void everyOutputIsTheFakeQuantizedTensor() {
    Optimized optimized = QAT.apply(TestLayers.residual(Kind.RESOURCE));
    Map<String, String> quantized = Map.of("logits", "logits/BiasAdd/fake_quant:0");
    assertEquals(quantized, optimized.model().outputs());
    GraphModel stripped = trained(optimized).strip();
    assertEquals(quantized, stripped.outputs());
    GraphEditor graph = new GraphEditor(stripped.graphDef());
    assertEquals(
        List.of("image/fake_quant"),
        graph.consumers("image").stream().map(NodeDef::getName).toList());
    assertEquals(10, count(stripped, "FakeQuantWithMinMaxVars"));
    assertEquals(4, count(stripped, "FakeQuantWithMinMaxVarsPerChannel"));
    assertEquals(0, count(stripped, "FusedBatchNormV3"));
    assertTrue(
        stripped.variables().keySet().stream().noneMatch(name -> name.contains("moving_")),
        stripped.variables().keySet().toString());
  }

  @Test
  void strippedRanges_areConstantsThatContainZero() {
    GraphModel stripped = trained(QAT.apply(TestLayers.residual(Kind.RESOURCE))).strip();
    GraphEditor graph = new GraphEditor(stripped.graphDef());
    for (NodeDef node : graph.nodes()) {
      if (node.getOp().startsWith("FakeQuant")) {
        float[] min = constant(graph.input(node, 1));
        float[] max = constant(graph.input(node, 2));
        boolean weight = node.getName().contains("/input1/");
        for (int i = 0; i < min.length; i++) {
          assertTrue(min[i] <= 0 && max[i] >= 0 && max[i] > min[i], node.getName());
          assertTrue(!weight || min[i] == -max[i], node.getName());
        }
        assertEquals(weight, node.getAttrOrThrow("narrow_range").getB(), node.getName());
        assertEquals(8, node.getAttrOrThrow("num_bits").getI());
      }
    }
  }

  @Test
  void quantizingBeforeBatchNormScales_equalsQuantizingFoldedWeights() {
    // Scales of both signs; the last is 0.
    float[] gamma = {1.3f, -0.7f, 0.01f, -2, 0};
    float[] variance = {0.3f, 2, 1, 0.5f, 1};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6, 6, 3),
            (layers, x) -> layers.batchNorm("c", layers.conv("c", x, 5, 3), gamma, variance));
    Optimized trained = trained(QAT.apply(model));
    double[] scale = new double[5];
    float[] moving = floats(trained.model(), "c/moving_variance");
    for (int c = 0; c < 5; c++) {
      scale[c] = floats(trained.model(), "c/gamma")[c] / Math.sqrt(moving[c] + 1e-3);
    }
    float[] unfolded = evaluate(trained.model(), "c/Conv2D/input1/fake_quant");
    float[] folded = evaluate(trained.strip(), "c/Conv2D/input1/fake_quant");
    float largest = Values.largest(folded);
    for (int i = 0; i < unfolded.length; i++) {
      assertEquals(unfolded[i] * scale[i % 5], folded[i], 1e-6 * largest, "weight " + i);
    }
  }

  @Test
  void trainingGraphInInferenceMode_answersAsTheStrippedGraph() {
    Optimized optimized = QAT.apply(TestLayers.residual(Kind.RESOURCE));
    try (TestTraining training = new TestTraining(optimized, 8)) {
      for (int step = 0; step < 20; step++) {
        training.step(step);
      }
      Optimized trained = training.trained();
      // Both compute the same up to the folding's rounding.
      GraphModel unfolded = trained.model().toInference();
      try (TFloat32 image = training.image(99)) {
        float[] expected = TestTraining.run(trained.strip(), image);
        float[] actual = TestTraining.run(unfolded, image);
        float step = step(trained, "logits/BiasAdd/fake_quant");
        // A rounding that falls to the other side moves a value by a step here and there.
        assertTrue(Values.distance(expected, actual) <= 2.01 * step);
        float same = 0;
        for (int i = 0; i < expected.length; i++) {
          same += Math.abs(expected[i] - actual[i]) < step / 2 ? 1 : 0;
        }
        assertTrue(same / expected.length > 0.8, "same: " + same / expected.length);
      }
    }
  }

  @Test
  void matrixOfEveryShapeAndBiasOfItsOwn_isTrained() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              // A transposed matrix, an addition of its own, both zero at first.
              Operand<TFloat32> kernel =
                  layers.weight("d", "kernel", Shape.of(4, 6), new float[24]);
              x = layers.at("d", "MatMul").linalg.matMul(x, kernel, MatMul.transposeB(true));
              x = layers.at("m", "max").math.maximum(x, layers.tf().constant(-1f));
              Operand<TFloat32> bias = layers.weight("b", "bias", Shape.of(4), new float[4]);
              return layers.at("b", "add").math.add(x, bias);
            });
    try (TestTraining training = new TestTraining(QAT.apply(model), 8)) {
      float first = training.bareStep(0);
      for (int i = 0; i < 40; i++) {
        training.bareStep(0);
      }
      assertTrue(training.bareStep(0) < 0.9 * first);
      assertTrue(Values.largest(training.value("d/kernel")) > 0.01);
      assertTrue(Values.largest(training.value("b/bias")) > 0.01);
      // The range of the weight follows the weight.
      float[] kernel = training.value("d/kernel");
      float[] quantized = evaluate(training.live().snapshot(), "d/MatMul/input1/fake_quant");
      assertEquals(0, Values.distance(kernel, quantized), Values.largest(kernel) / 253);
    }
  }

  @Test
  void weightsOfZeros_giveNoNaN() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              Operand<TFloat32> kernel =
                  layers.weight("d", "kernel", Shape.of(6, 4), new float[24]);
              return layers.at("d", "MatMul").linalg.matMul(x, kernel);
            });
    try (TestTraining training = new TestTraining(QAT.apply(model), 8)) {
      float first = training.bareStep(0);
      for (int i = 0; i < 20; i++) {
        training.bareStep(0);
      }
      assertTrue(training.bareStep(0) < first);
    }
  }

  @Test
  void unknownOperation_keepsItsMeaning() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4, 4, 3),
            (layers, x) -> {
              x = layers.conv("c", x, 2, 3);
              x = layers.at("unknown", "sum").math.cumsum(x, layers.tf().constant(3));
              return layers.at("unknown", "again").math.cumsum(x, layers.tf().constant(3));
            });
    Optimized optimized = QAT.apply(model);
    assertEquals(
        List.of("unknown/sum", "unknown/again"),
        optimized.reports().get(0).skipped().stream().map(e -> e.operation()).toList());
    GraphModel stripped = trained(optimized).strip();
    float[] quantized = evaluate(stripped, "c/Conv2D/fake_quant");
    float[] output = evaluate(stripped, "unknown/again");
    for (int i = 0; i < output.length; i += 2) {
      assertEquals(quantized[i], output[i], 1e-5);
      assertEquals(2 * quantized[i] + quantized[i + 1], output[i + 1], 1e-5);
    }
  }

  @Test
  void notSelected_computesAsBefore() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Optimized optimized =
        QuantizationAwareTraining.builder()
            .select(LayerSelector.named("logits"))
            .build()
            .apply(model);
    try (LiveModel before = model.open();
        LiveModel after = optimized.model().open();
        TFloat32 image = TestTraining.random(Shape.of(4, 8, 8, 3), 1)) {
      assertArrayEquals(fetch(before, image, "mean/Mean"), fetch(after, image, "mean/Mean"));
    }
    assertEquals(3, count(optimized.model(), "FakeQuantWithMinMaxVars"));
    assertEquals(3, count(trained(optimized).strip(), "FakeQuantWithMinMaxVars"));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void pruningThenQuantization_equalsQuantizationThenPruning(Kind kind) {
    Technique pruning = Pruning.builder().schedule(ConstantSparsity.of(0.6, 0)).build();
    GraphModel model = TestLayers.residual(kind);
    Optimized pruned = QAT.apply(pruning.apply(model));
    Optimized quantized = pruning.apply(QAT.apply(model));
    try (TestTraining one = new TestTraining(pruned, 4);
        TestTraining two = new TestTraining(quantized, 4);
        TFloat32 image = one.image(50)) {
      for (int step = 0; step < 5; step++) {
        assertEquals(one.step(step), two.step(step), "loss at step " + step);
      }
      for (String kernel : KERNELS) {
        assertArrayEquals(one.value(kernel), two.value(kernel), kernel);
      }
      GraphModel first = one.trained().strip();
      GraphModel second = two.trained().strip();
      assertArrayEquals(TestTraining.run(first, image), TestTraining.run(second, image));
      assertEquals(
          count(first, "FakeQuantWithMinMaxVars"), count(second, "FakeQuantWithMinMaxVars"));
    }
  }

  @Test
  void prunedWeights_areZeroInTheQuantizedWeights() {
    Technique pruning = Pruning.builder().schedule(ConstantSparsity.of(0.6, 0)).build();
    for (Optimized optimized :
        List.of(
            QAT.apply(pruning.apply(TestLayers.residual(Kind.RESOURCE))),
            pruning.apply(QAT.apply(TestLayers.residual(Kind.RESOURCE))))) {
      Optimized trained = trained(optimized);
      GraphModel stripped = trained.strip();
      for (String kernel : KERNELS) {
        float[] mask = floats(trained.model(), kernel + "/pruning_mask");
        String layer = kernel.substring(0, kernel.indexOf('/'));
        String operation = layer + (layer.equals("logits") ? "/MatMul" : "/Conv2D");
        float[] values = evaluate(stripped, operation + "/input1/fake_quant");
        for (int i = 0; i < mask.length; i++) {
          assertTrue(mask[i] == 1 || values[i] == 0, kernel + "[" + i + "]");
        }
      }
      assertFalse(stripped.variables().keySet().stream().anyMatch(name -> name.contains("mask")));
    }
  }

  @Test
  void quantizedModel_isRefusedASecondTime() {
    Optimized once = QAT.apply(TestLayers.residual(Kind.RESOURCE));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> QAT.apply(once));
    assertTrue(e.getMessage().contains("quantized already"), e.getMessage());
  }

  @Test
  void inferenceModel_isRefused() {
    GraphModel inference = TestLayers.residual(Kind.RESOURCE).toInference();
    assertThrows(IllegalArgumentException.class, () -> QAT.apply(inference));
  }

  private static Optimized trained(Optimized optimized) {
    try (TestTraining training = new TestTraining(optimized, 8)) {
      for (int step = 0; step < 5; step++) {
        training.step(step);
      }
      return training.trained();
    }
  }

  private static float step(Optimized trained, String quantizer) {
    return (floats(trained.model(), quantizer + "/moving_max")[0]
            - floats(trained.model(), quantizer + "/moving_min")[0])
        / 255;
  }

  private static float[] evaluate(GraphModel model, String tensor) {
    try (LiveModel live = model.open();
        TFloat32 image = TestTraining.random(withBatch(live.input("image").shape(), 2), 1)) {
      return fetch(live, image, tensor);
    }
  }

  private static float[] fetch(LiveModel live, TFloat32 image, String tensor) {
    try (var result =
        live.session().runner().feed(live.input("image"), image).fetch(tensor).run()) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static Shape withBatch(Shape shape, int batch) {
    long[] sizes = shape.asArray();
    sizes[0] = batch;
    return Shape.of(sizes);
  }

  private static float[] floats(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value());
  }

  private static float[] constant(NodeDef node) {
    assertEquals("Const", node.getOp());
    return TensorProtos.toFloats(node.getAttrOrThrow("value").getTensor());
  }

  private static long count(GraphModel model, String op) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getOp).filter(op::equals).count();
  }
}
