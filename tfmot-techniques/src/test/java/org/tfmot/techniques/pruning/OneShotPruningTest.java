package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

class OneShotPruningTest {

  private static final List<String> LAYERS = List.of("stem", "conv1", "conv2", "conv3", "logits");

  static List<SparsityPattern> patterns() {
    return List.of(
        SparsityPattern.perTensor(),
        SparsityPattern.global(),
        SparsityPattern.blocks(2, 1, BlockPooling.AVG),
        SparsityPattern.mByN(2, 4));
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void masksAreThoseOfTraining_forVariablesAndConstants(SparsityPattern pattern) {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Optimized training =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0))
            .pattern(pattern)
            .build()
            .apply(model);
    GraphModel trained;
    try (TestTraining run = new TestTraining(training, 2)) {
      run.begin(0, 1);
      training.hooks().forEach(hook -> hook.beforeStep(run.live().session(), 0));
      trained = run.trained().strip();
    }
    Technique once = Pruning.builder().pattern(pattern).oneShot(0.5);
    GraphModel variables = once.apply(model).model();
    for (String layer : LAYERS) {
      Variable expected = trained.variable(layer + "/kernel");
      assertEquals(expected.value(), variables.variable(layer + "/kernel").value(), layer);
    }
    assertEquals(model.graphDef(), variables.graphDef());
    assertTrue(variables.isTraining());

    GraphModel constants = once.apply(model.toInference().freeze()).model();
    assertTrue(constants.variables().isEmpty());
    try (TFloat32 image = TestTraining.random(Shape.of(2, 8, 8, 3), 3)) {
      assertArrayEquals(
          TestTraining.run(trained, image), TestTraining.run(constants, image), 1e-6f);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void modelForInference_ofASavedModel_isPruned_andReported(Kind kind, @TempDir Path folder) {
    TestLayers.residual(kind).toInference().save(folder.resolve("saved"));
    Optimized sparse =
        Pruning.builder()
            .select(LayerSelector.layers().except("stem"))
            .oneShot(0.75)
            .apply(GraphModel.load(folder.resolve("saved")));
    assertEquals(432, zeros(sparse.strip(), "conv1/kernel"));
    assertEquals(0, zeros(sparse.strip(), "stem/kernel"));
    OptimizationReport report = sparse.reports().get(0);
    assertEquals("one-shot pruning", report.technique());
    Map<String, String> details = new HashMap<>();
    report.applied().forEach(entry -> details.put(entry.operation(), entry.detail()));
    assertEquals("432 of 576 weights are 0 (75.0 %)", details.get("conv1/Conv2D"));
    assertEquals("stem/Conv2D", report.skipped().get(0).operation());
  }

  @Test
  void layersThatAnEarlierPruningLeftOut_arePruned_andItsMasksStay() {
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    Optimized masked =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.75, 0))
            .select(LayerSelector.named("conv1"))
            .build()
            .apply(model);
    Technique once = Pruning.builder().select(LayerSelector.named("conv2")).oneShot(0.5);
    Optimized both = once.apply(masked);
    assertEquals(1, both.hooks().size());
    assertEquals(
        once.apply(model).model().variable("conv2/kernel"), both.model().variable("conv2/kernel"));
    assertEquals(0, zeros(both.model(), "conv1/kernel"));
    GraphModel inference = masked.model().toInference();
    assertEquals(288, zeros(once.apply(inference).model(), "conv2/kernel"));
  }

  @Test
  void whatCannotBe_isRefused() {
    assertRefused(() -> Pruning.builder().oneShot(1), "sparsity");
    assertRefused(
        () -> Pruning.builder().pattern(SparsityPattern.mByN(2, 4)).oneShot(0.75), "0.75");
    assertRefused(
        () -> Pruning.builder().schedule(ConstantSparsity.of(0.5, 7)).oneShot(0.5), "steps 7");
    GraphModel empty = TestLayers.model(Kind.RESOURCE, Shape.of(-1, 4), (layers, x) -> x);
    assertRefused(() -> Pruning.builder().oneShot(0.5).apply(empty), "nothing to prune");
  }

  private static int zeros(GraphModel model, String variable) {
    int zeros = 0;
    for (float value : TensorProtos.toFloats(model.variable(variable).value())) {
      zeros += value == 0 ? 1 : 0;
    }
    return zeros;
  }
}
