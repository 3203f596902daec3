package org.tfmot.techniques.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperation;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.clustering.GradientAggregation;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/** Training with native kernels and with stock operations: the same curves, the same models. */
class TrainingCurvesTest {

  private static final int STEPS = 50;

  private static final GraphModel MODEL = TestLayers.residual(Kind.RESOURCE);

  @AfterEach
  void asBefore() {
    System.clearProperty(Kernels.PROPERTY);
  }

  @Test
  void quantization_onOneThread_hasTheSameCurveBitForBit() {
    Optimized quantized = QuantizationAwareTraining.create().apply(MODEL);

    assertArrayEquals(curve(quantized, "off"), curve(quantized, "on"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SUM", "AVG"})
  void clustering_hasTheSameCurve(String aggregation) {
    Clustering clustering =
        Clustering.builder()
            .clusters(8)
            .aggregation(GradientAggregation.valueOf(aggregation))
            .build();

    // The kernel adds the gradients of a centroid in double.
    assertSameCurve(clustering.apply(MODEL));
  }

  @Test
  void prunedClusteredQuantized_hasTheSameCurve() {
    Optimized pruned =
        Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, -1, 10)).build().apply(MODEL);
    Clustering clustering = Clustering.builder().clusters(16).preserveZeros().build();

    assertSameCurve(QuantizationAwareTraining.create().apply(clustering.apply(pruned)));
  }

  @Test
  void liveGraph_hasKernels_andNothingThatIsSavedDoes() {
    Optimized optimized =
        QuantizationAwareTraining.create()
            .apply(Clustering.builder().clusters(8).build().apply(MODEL));

    try (LiveModel live = optimized.model().open(Threads.ONE)) {
      List<String> types = types(live);
      assertTrue(types.contains(NativeKernels.FAKE_QUANT));
      assertTrue(types.contains(NativeKernels.CLUSTER));
      assertFalse(types.stream().anyMatch(type -> type.startsWith("FakeQuantWithMinMaxVars")));
      assertStock(live.snapshot());
    }
    assertStock(optimized.model());
  }

  @Test
  void turnedOff_theLiveGraphHasStockOperationsAlone() {
    System.setProperty(Kernels.PROPERTY, "off");
    Optimized optimized = QuantizationAwareTraining.create().apply(MODEL);

    try (LiveModel live = optimized.model().open(Threads.ONE)) {
      assertTrue(types(live).stream().noneMatch(type -> type.startsWith("Tfmot")));
    }
    assertEquals("stock operations (turned off)", Kernels.description());
  }

  private static void assertSameCurve(Optimized optimized) {
    float[] stock = curve(optimized, "off");
    float[] kernels = curve(optimized, "on");
    for (int i = 0; i < STEPS; i++) {
      assertEquals(stock[i], kernels[i], 1e-4 * Math.abs(stock[i]), "step " + i);
    }
    assertTrue(stock[STEPS - 1] < stock[0], "the loss falls");
  }

  private static float[] curve(Optimized optimized, String kernels) {
    System.setProperty(Kernels.PROPERTY, kernels);
    try (TestTraining training = new TestTraining(optimized, 16)) {
      assertEquals(
          kernels.equals("on"),
          types(training.live()).stream().anyMatch(type -> type.startsWith("Tfmot")),
          Kernels.description());
      training.begin(0, STEPS);
      float[] losses = new float[STEPS];
      for (int step = 0; step < STEPS; step++) {
        losses[step] = training.step(step);
      }
      return losses;
    }
  }

  private static List<String> types(LiveModel live) {
    List<String> types = new ArrayList<>();
    Iterator<GraphOperation> operations = live.graph().operations();
    operations.forEachRemaining(operation -> types.add(operation.type()));
    return types;
  }

  private static void assertStock(GraphModel model) {
    assertTrue(
        model.graphDef().getNodeList().stream().noneMatch(n -> n.getOp().startsWith("Tfmot")));
  }
}
