package org.tfmot.techniques.summary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.PruningSchedule;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.summary.LayerSummary.ValueCount;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

class WeightSummaryTest {

  private static final GraphModel SMALL =
      TestLayers.model(
          Kind.RESOURCE,
          Shape.of(-1, 3),
          (layers, x) ->
              layers
                  .tf()
                  .withName("mm")
                  .linalg
                  .matMul(
                      x, layers.weight("w", "kernel", Shape.of(3, 2), -0f, 2, -0.5f, 2, 0, -0.5f)));

  @ParameterizedTest
  @EnumSource(Kind.class)
  void modelInAnyState_hasTheSameLayers(Kind kind) {
    GraphModel model = TestLayers.residual(kind);
    List<LayerSummary> layers = WeightSummary.of(model).layers();
    assertEquals(
        List.of("stem/Conv2D", "conv1/Conv2D", "conv2/Conv2D", "conv3/Conv2D", "logits/MatMul"),
        layers.stream().map(LayerSummary::operation).toList());
    assertEquals(List.of(3L, 3L, 3L, 8L), layers.get(0).shape());
    assertEquals(layers, WeightSummary.of(model.toInference()).layers());
    List<LayerSummary> frozen = WeightSummary.of(model.toInference().freeze()).layers();
    assertEquals(layers.get(1).distinct(), frozen.get(1).distinct());
    assertEquals(layers.get(1).threshold(), frozen.get(1).threshold());
  }

  @Test
  void modelFrozenBeforeItIsStripped_isRefused_andAfterwardsNot() {
    Optimized pruned =
        Pruning.builder()
            .schedule(PruningSchedule.of(step -> 0.5, 0, 1, 1))
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    GraphModel frozen = pruned.model().toInference().freeze();
    String message =
        assertThrows(IllegalArgumentException.class, () -> WeightSummary.of(frozen)).getMessage();
    assertTrue(message.contains("stem/kernel") && message.contains("strip()"), message);
    try (TestTraining training = new TestTraining(pruned, 2)) {
      training.begin(0, 1);
      training.step(0);
      GraphModel stripped = training.trained().strip();
      assertEquals(5, WeightSummary.of(stripped.freeze()).layers().size());
    }
  }

  @Test
  void weightOfSeveralLayers_countsOnceInTheTotal() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 2),
            (layers, x) -> {
              Operand<TFloat32> w = layers.weight("w", "kernel", Shape.of(2, 2), 1, 0, -3, 2);
              Operand<TFloat32> y = layers.at("one", "MatMul").linalg.matMul(x, w);
              return layers.at("two", "MatMul").linalg.matMul(y, w);
            });
    WeightSummary summary = WeightSummary.of(model);
    assertEquals(2, summary.layers().size());
    assertEquals(4, summary.count());
    assertEquals(1, summary.zeros());
    String[] lines = summary.toString().split("\\R");
    assertTrue(lines[lines.length - 1].matches("all +4 +1 +25.0 %.*"), summary.toString());
  }

  @Test
  void channels_areThoseOfTheLayer() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(2, 4, 4, 3),
            (layers, x) -> {
              List<Long> one = List.of(1L, 1L, 1L, 1L);
              // 3 channels of input by a multiplier of 2: six of 2 x 2.
              Operand<TFloat32> deep =
                  layers.weight("d", "kernel", Shape.of(2, 2, 3, 2), count(24));
              Operand<TFloat32> y =
                  layers.at("d", "deep").nn.depthwiseConv2dNative(x, deep, one, "SAME");
              // 5 outputs before 6 inputs.
              Operand<TFloat32> wide =
                  layers.weight("t", "kernel", Shape.of(1, 1, 5, 6), count(30));
              return layers
                  .at("t", "transposed")
                  .nn
                  .conv2dBackpropInput(
                      layers.tf().constant(new int[] {2, 4, 4, 5}), wide, y, one, "SAME");
            });
    List<LayerSummary> layers = WeightSummary.of(model).layers();
    assertEquals(4, layers.get(0).distinctOfChannel());
    assertEquals(6, layers.get(1).distinctOfChannel());
  }

  private static float[] count(int size) {
    return Values.of(size, i -> i + 1);
  }

  @Test
  void values_areCounted() {
    LayerSummary layer = WeightSummary.of(SMALL).layers().get(0);
    assertEquals("w/kernel", layer.weight());
    assertEquals(6, layer.count());
    assertEquals(2, layer.zeros());
    assertEquals(1 / 3.0, layer.sparsity());
    assertEquals(0.5f, layer.threshold());
    assertEquals(3, layer.distinct());
    assertEquals(2, layer.distinctOfChannel());
    assertEquals(
        List.of(new ValueCount(-0.5f, 2), new ValueCount(0, 2), new ValueCount(2, 2)),
        layer.values());
  }

  @Test
  void table_isReadable() {
    assertEquals(
        List.of(
            "layer  shape   weights  zeros  sparsity  smallest non-zero  distinct values  most in a"
                + " channel",
            "mm     [3, 2]        6      2    33.3 %              0.500                3          "
                + "        2",
            "all                  6      2    33.3 %"),
        WeightSummary.of(SMALL).toString().lines().toList());
  }

  @Test
  void hook_tellsOfPrunedAndClusteredWeights_whileTheyTrain() {
    Map<Long, LayerSummary> seen = new TreeMap<>();
    PruningSchedule schedule = PruningSchedule.of(step -> step / 8.0, 2, 6, 2);
    Optimized optimized = Pruning.builder().schedule(schedule).build().apply(model());
    optimized = Clustering.builder().clusters(4).build().apply(optimized);
    optimized = QuantizationAwareTraining.create().apply(optimized);
    optimized =
        WeightSummary.every(3, (summary, step) -> seen.put(step, summary.layers().get(0)))
            .apply(optimized);
    assertEquals("watched: w/kernel", optimized.reports().get(3).applied().get(0).detail());
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.begin(0, 8);
      for (int step = 0; step < 8; step++) {
        training.step(step);
      }
      optimized = training.trained();
    }
    assertEquals(List.of(3L, 6L, 8L), new ArrayList<>(seen.keySet()));
    assertAtLeast(10, seen.get(3L).zeros());
    assertAtLeast(20, seen.get(6L).zeros());
    assertAtLeast(30, seen.get(8L).zeros());
    for (LayerSummary layer : seen.values()) {
      assertTrue(layer.distinct() <= 4, layer::toString);
      assertEquals(40, layer.values().stream().mapToLong(ValueCount::count).sum());
    }
    assertEquals(seen.get(8L), WeightSummary.of(optimized.model()).layers().get(0));
  }

  @Test
  void every_withoutSteps_isRefused() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> WeightSummary.every(0, (summary, step) -> {}));
    assertTrue(String.valueOf(e.getMessage()).contains("not 0"), e.getMessage());
  }

  private static void assertAtLeast(long least, long actual) {
    assertTrue(actual >= least, actual + " < " + least);
  }

  private static GraphModel model() {
    return TestLayers.model(
        Kind.RESOURCE, Shape.of(-1, 8), (layers, x) -> layers.matMul("w", x, 5));
  }
}
