package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

class PruningTest {

  private static final List<String> KERNELS =
      List.of("stem/kernel", "conv1/kernel", "conv2/kernel", "conv3/kernel", "logits/kernel");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void training_keepsPrunedWeightsAtZeroAfterEveryStep(Kind kind) {
    Pruning pruning = pruning(0.75, 2, 6);
    try (TestTraining training = new TestTraining(apply(pruning, kind), 4)) {
      training.begin(0, 8);
      for (int step = 0; step < 8; step++) {
        training.step(step);
        for (String kernel : KERNELS) {
          float[] values = training.value(kernel);
          float[] mask = training.value(kernel + "/pruning_mask");
          for (int i = 0; i < values.length; i++) {
            assertTrue(mask[i] == 1 || values[i] == 0, kernel + "[" + i + "] at step " + step);
          }
          double left = 1 - Math.max(0, Math.min(1, (step - 2) / 4.0));
          assertEquals(0.75 * (1 - Math.pow(left, 3)), zeros(values), 0.02, kernel);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void gradientOfPrunedWeights_isZero_andForwardUsesTheMask(Kind kind) {
    try (TestTraining training = new TestTraining(apply(pruning(0.5, 0, 0), kind), 4)) {
      training.step(0);
      float[] mask = training.value("conv1/kernel/pruning_mask");
      float[] before = training.gradient("conv1/kernel", 1);
      float[] values = training.value("conv1/kernel");
      int gradients = 0;
      for (int i = 0; i < mask.length; i++) {
        assertTrue(mask[i] == 1 || before[i] == 0);
        gradients += before[i] != 0 ? 1 : 0;
        values[i] += mask[i] == 0 ? 100 : 0;
      }
      assertTrue(gradients > mask.length / 4);
      // What a pruned weight's own value is makes no difference to the model.
      LiveModel live = training.live();
      Shape shape = live.model().variable("conv1/kernel").shape();
      live.assign("conv1/kernel", TensorProtos.floats(shape, values));
      assertArrayEquals(before, training.gradient("conv1/kernel", 1));
    }
  }

  @Test
  void checkpointTakenMidTraining_isSparse() {
    Optimized optimized = apply(pruning(0.8, 0, 100), Kind.RESOURCE);
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.step(0);
      training.step(1);
      training.live().save(folder.resolve("checkpoint"));
    }
    GraphModel restored = optimized.model().restore(folder.resolve("checkpoint"));
    for (String kernel : KERNELS) {
      float[] values = TensorProtos.toFloats(restored.variable(kernel).value());
      assertEquals(0.8 - 0.8 * 0.97, zeros(values), 0.06, kernel);
    }
    assertArrayEquals(
        TensorProtos.toFloats(restored.variable("conv1/kernel/pruning_mask").value()),
        indicator(TensorProtos.toFloats(restored.variable("conv1/kernel").value())));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void strip_leavesTheSparsityAndNothingElse(Kind kind) {
    GraphModel model = TestLayers.residual(kind);
    Optimized optimized = pruning(0.75, 0, 0).apply(model);
    GraphModel stripped;
    float[] expected;
    try (TestTraining training = new TestTraining(optimized, 4);
        TFloat32 image = training.image(9)) {
      training.step(0);
      training.step(1);
      Optimized trained = training.trained();
      stripped = trained.strip();
      expected = TestTraining.run(trained.model().toInference(), image);
      assertArrayEquals(expected, TestTraining.run(stripped, image));
    }
    assertFalse(stripped.isTraining());
    assertEquals(model.toInference().variables().keySet(), stripped.variables().keySet());
    assertEquals(names(model.toInference()), names(stripped));
    for (String kernel : KERNELS) {
      float[] values = TensorProtos.toFloats(stripped.variable(kernel).value());
      long kept = Math.round(Math.rint(values.length * 0.25));
      assertEquals(values.length - kept, Math.round(zeros(values) * values.length), kernel);
      for (float value : values) {
        assertFalse(value == 0 && Float.floatToIntBits(value) != 0, "a zero must not be -0");
      }
    }
  }

  @Test
  void selection_prunesWhatIsSelectedAndReportsTheRest() {
    Optimized optimized =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0))
            .select(LayerSelector.layers().except("logits", "stem"))
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    OptimizationReport report = optimized.reports().get(0);
    assertEquals(
        List.of("conv1/Conv2D", "conv2/Conv2D", "conv3/Conv2D"),
        report.applied().stream().map(OptimizationReport.Entry::operation).toList());
    assertEquals(
        Map.of("stem/Conv2D", "not selected", "logits/MatMul", "not selected"), reasons(report));
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.step(0);
      assertEquals(0.5, zeros(training.value("conv1/kernel")), 0.01);
      assertEquals(0, zeros(training.value("stem/kernel")));
    }
    assertFalse(optimized.model().variables().containsKey("stem/kernel/pruning_mask"));
  }

  @Test
  void unknownOperations_areNamedAndKeepTheirMeaning() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4, 4, 3),
            (layers, x) -> {
              // Text on the side, an operation without weights, one that pruning does not know.
              Operand<TFloat32> one =
                  layers.tf().strings.toNumber(layers.tf().constant("1.5"), TFloat32.class);
              x = layers.at("cosine", "Cos").math.cos(layers.tf().math.mul(x, one));
              float[] filter = new float[3 * 3 * 3];
              Arrays.fill(filter, 0.25f);
              Operand<TFloat32> weights =
                  layers.weight("depthwise", "kernel", Shape.of(3, 3, 3, 1), filter);
              List<Long> strides = List.of(1L, 1L, 1L, 1L);
              x =
                  layers
                      .at("depthwise", "conv")
                      .nn
                      .depthwiseConv2dNative(x, weights, strides, "SAME");
              return layers.conv("conv", x, 2, 3);
            });
    Optimized optimized = pruning(0.5, 0, 0).apply(model);
    OptimizationReport report = optimized.reports().get(0);
    assertEquals(
        Map.of("depthwise/conv", "a depthwise convolution, which has to be asked for"),
        reasons(report));
    assertTrue(names(optimized.model()).containsAll(names(model)));
    try (TFloat32 image = TestTraining.random(Shape.of(2, 4, 4, 3), 1)) {
      assertArrayEquals(TestTraining.run(model, image), TestTraining.run(optimized.model(), image));
    }
  }

  @Test
  void weightWithTwoReads_isMaskedForBothOfItsUsers() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 2),
            (layers, x) -> {
              Operand<TFloat32> first =
                  layers.weight("w", "kernel", Shape.of(2, 2), 1f, 2f, 3f, 4f);
              // The second read comes from the same handle.
              Operand<TFloat32> second =
                  layers
                      .tf()
                      .readVariableOp(((GraphOperation) first.op()).input(0), TFloat32.class);
              x = layers.at("w", "once").linalg.matMul(x, first);
              return layers.at("w", "twice").linalg.matMul(x, second);
            });
    Optimized optimized = pruning(0.5, 0, 0).apply(model);
    try (LiveModel live = optimized.model().open();
        TFloat32 x =
            TFloat32.tensorOf(Shape.of(1, 2), data -> data.setFloat(1, 0, 0).setFloat(1, 0, 1))) {
      optimized.hooks().get(0).beforeStep(live.session(), 0);
      live.assign("w/kernel", TensorProtos.floats(Shape.of(2, 2), 100, 100, 3, 4));
      // [1 1] [[0 0] [3 4]] = [3 4]; [3 4] [[0 0] [3 4]] = [12 16].
      try (var result = live.run(Map.of("image", x))) {
        assertArrayEquals(
            new float[] {12, 16}, TensorProtos.toFloats(TensorProtos.of(result.get(0))));
      }
    }
    assertEquals(2, optimized.reports().get(0).applied().size());
  }

  @Test
  void resume_midSchedule_goesOnToEqualResults() {
    Optimized optimized = apply(pruning(0.75, 1, 7), Kind.RESOURCE);
    Path checkpoint = folder.resolve("middle");
    GraphModel straight;
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.begin(0, 8);
      for (int step = 0; step < 8; step++) {
        training.step(step);
        if (step == 3) {
          training.live().save(checkpoint);
        }
      }
      straight = training.live().snapshot();
    }
    try (TestTraining training = new TestTraining(optimized, 4)) {
      training.live().restore(checkpoint);
      training.begin(4, 8);
      for (int step = 4; step < 8; step++) {
        training.step(step);
      }
      GraphModel resumed = training.live().snapshot();
      straight
          .variables()
          .forEach((name, variable) -> assertEquals(variable, resumed.variable(name)));
    }
  }

  @Test
  void begin_refusesAScheduleThatNeverActs() {
    Optimized optimized = apply(pruning(0.5, 100, 200), Kind.RESOURCE);
    try (TestTraining training = new TestTraining(optimized, 2)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> training.begin(0, 100));
      assertTrue(e.getMessage().contains("steps 100 to 200"), e.getMessage());
      assertTrue(e.getMessage().contains("within 100 steps"), e.getMessage());
      training.begin(0, 200);
      training.begin(150, 200);
    }
  }

  @Test
  void apply_modelWithoutModes_needsNoTrainingMode() {
    GraphModel dense =
        TestLayers.model(Kind.RESOURCE, Shape.of(-1, 4), (layers, x) -> layers.matMul("w", x, 3))
            .withTraining(false);
    assertEquals(1, pruning(0.5, 0, 0).apply(dense).reports().get(0).applied().size());
  }

  @Test
  void apply_inferenceModelTakenToTraining_isPruned() {
    GraphModel taken = TestLayers.residual(Kind.RESOURCE).toInference().withTraining(true);
    assertEquals(5, pruning(0.5, 0, 0).apply(taken).reports().get(0).applied().size());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void quantizationThenPruning_masksForwardAndGradients(Kind kind) {
    Optimized quantized = QuantizationAwareTraining.create().apply(TestLayers.residual(kind));
    try (TestTraining training = new TestTraining(pruning(0.5, 0, 0).apply(quantized), 4)) {
      training.step(0);
      float[] mask = training.value("conv1/kernel/pruning_mask");
      float[] before = training.gradient("conv1/kernel", 1);
      float[] values = training.value("conv1/kernel");
      for (int i = 0; i < mask.length; i++) {
        assertTrue(mask[i] == 1 || before[i] == 0);
        values[i] += mask[i] == 0 ? 100 : 0;
      }
      assertEquals(0.5, zeros(mask), 0.01);
      assertTrue(zeros(before) < 0.8);
      Shape shape = training.live().model().variable("conv1/kernel").shape();
      training.live().assign("conv1/kernel", TensorProtos.floats(shape, values));
      assertArrayEquals(before, training.gradient("conv1/kernel", 1));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void strip_leavesANodeThatHasTheMasksName(Kind kind) {
    GraphModel model =
        TestLayers.model(
            kind,
            Shape.of(-1, 2),
            (layers, x) -> {
              Operand<TFloat32> w = layers.weight("w", "kernel", Shape.of(2, 1), 3, 4);
              return layers
                  .at("w", "kernel_masked")
                  .math
                  .mul(layers.at("w", "MatMul").linalg.matMul(x, w), layers.tf().constant(-1f));
            });
    Optimized optimized = pruning(0.5, 0, 0).apply(model);
    try (LiveModel live = optimized.model().open();
        TFloat32 x =
            TFloat32.tensorOf(Shape.of(1, 2), data -> data.setFloat(1, 0, 0).setFloat(1, 0, 1))) {
      optimized.hooks().get(0).beforeStep(live.session(), 0);
      GraphModel stripped = optimized.withModel(live.snapshot()).strip();
      assertArrayEquals(new float[] {-4}, TestTraining.run(stripped, x));
      assertEquals(names(model), names(stripped));
    }
  }

  @Test
  void apply_refusesAnInferenceModel() {
    GraphModel inference = TestLayers.residual(Kind.RESOURCE).toInference();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> pruning(0.5, 0, 0).apply(inference));
    assertTrue(e.getMessage().contains("training mode"), e.getMessage());
    assertTrue(e.getMessage().contains("withTraining(true)"), e.getMessage());
  }

  @Test
  void apply_refusesToPruneNothing() {
    Pruning pruning =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0))
            .select((name, type) -> false)
            .build();
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    assertThrows(IllegalArgumentException.class, () -> pruning.apply(model));
  }

  @Test
  void apply_refusesToPruneAWeightTwice() {
    Optimized once = apply(pruning(0.5, 0, 0), Kind.RESOURCE);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> pruning(0.5, 0, 0).apply(once));
    assertTrue(e.getMessage().contains("stem/kernel"), e.getMessage());
  }

  @Test
  void apply_twiceToDifferentLayers_prunesBoth() {
    Optimized optimized =
        select("stem", 0.25).apply(select("conv1", 0.5).apply(TestLayers.residual(Kind.RESOURCE)));
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.step(0);
      GraphModel stripped = training.trained().strip();
      assertEquals(0.25, zeros(stripped, "stem/kernel"), 0.01);
      assertEquals(0.5, zeros(stripped, "conv1/kernel"), 0.01);
      assertEquals(0, zeros(stripped, "conv2/kernel"));
    }
  }

  @Test
  void build_needsASchedule() {
    assertThrows(IllegalArgumentException.class, () -> Pruning.builder().build());
  }

  private static Pruning select(String layer, double sparsity) {
    return Pruning.builder()
        .schedule(ConstantSparsity.of(sparsity, 0))
        .select(LayerSelector.named(layer))
        .build();
  }

  private static Pruning pruning(double sparsity, long begin, long end) {
    return Pruning.builder()
        .schedule(PolynomialDecay.builder().to(sparsity).steps(begin, end).frequency(1).build())
        .build();
  }

  private static Optimized apply(Pruning pruning, Kind kind) {
    return pruning.apply(TestLayers.residual(kind));
  }

  private static Map<String, String> reasons(OptimizationReport report) {
    return report.skipped().stream()
        .collect(
            Collectors.toMap(
                OptimizationReport.Entry::operation, OptimizationReport.Entry::detail));
  }

  private static Set<String> names(GraphModel model) {
    return model.graphDef().getNodeList().stream()
        .map(NodeDef::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static double zeros(GraphModel model, String variable) {
    return zeros(TensorProtos.toFloats(model.variable(variable).value()));
  }

  private static double zeros(float[] values) {
    int zeros = 0;
    for (float value : values) {
      zeros += value == 0 ? 1 : 0;
    }
    return (double) zeros / values.length;
  }

  private static float[] indicator(float[] values) {
    float[] indicator = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      indicator[i] = values[i] == 0 ? 0 : 1;
    }
    return indicator;
  }
}
