package org.tfmot.techniques.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LayerSelector;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.TrainingHook;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/** Uses of a rewriting that a technique may make, and those that are refused. */
class WeightRewriteTest {

  private static final float[] KERNEL = {1, -2, 3, -4};

  /** A technique in a few lines. */
  private record Small(Function<WeightRewrite, Optimized> rewriting) implements Technique {
    @Override
    public String name() {
      return "small technique";
    }

    @Override
    public Optimized apply(Optimized previous) {
      return rewriting.apply(WeightRewrite.begin(this, previous, LayerSelector.layers(), false));
    }
  }

  private static Technique each(Consumer<WeightGraph> change) {
    return new Small(
        rewrite -> {
          rewrite.weights().forEach(change);
          return rewrite.finish();
        });
  }

  private static Technique doubled(WeightProperty... properties) {
    return each(
        weight ->
            weight.replace(
                weight.add("Mul", "doubled", weight.tensor(), weight.constant("two", 2)),
                "times 2",
                properties));
  }

  private static GraphModel dense(Kind kind) {
    return TestLayers.model(
        kind,
        Shape.of(-1, 2),
        (layers, x) ->
            layers
                .at("dense", "MatMul")
                .linalg
                .matMul(x, layers.weight("dense", "kernel", Shape.of(2, 2), KERNEL)));
  }

  private static float[] kernel(GraphModel model) {
    return TensorProtos.toFloats(model.variable("dense/kernel").value());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void layers_readTheEffectiveWeight_andStripGivesItToTheVariable(Kind kind) {
    GraphModel model = dense(kind);
    Optimized optimized = doubled().apply(model);
    assertArrayEquals(KERNEL, kernel(optimized.model()));
    assertArrayEquals(new float[] {2, -4, 6, -8}, kernel(optimized.strip()));
    try (TFloat32 image = TestTraining.random(Shape.of(3, 2), 1)) {
      assertArrayEquals(
          TestTraining.run(optimized.model().toInference(), image),
          TestTraining.run(optimized.strip(), image));
    }
    assertEquals(model.toInference().graphDef(), optimized.strip().graphDef());
    assertEquals(
        List.of(new Entry("dense/MatMul", "MatMul", "times 2")),
        optimized.reports().get(0).applied());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void effectiveWeights_areComputedFromEachOther_andStrippedOnce(Kind kind) {
    GraphModel model = dense(kind);
    Technique doubled = doubled(WeightProperty.ZEROS_STAY);
    Optimized optimized = Optimized.of(model);
    float[] expected = KERNEL.clone();
    for (int times = 1; times <= 3; times++) {
      optimized = doubled.apply(optimized);
      for (int i = 0; i < expected.length; i++) {
        expected[i] *= 2;
      }
      assertArrayEquals(expected, kernel(optimized.strip()), times + " times");
      assertEquals(model.toInference().graphDef(), optimized.strip().graphDef());
    }
  }

  @Test
  void techniquesAroundQuantization_areStrippedOnce() {
    Technique doubled = doubled(WeightProperty.ZEROS_STAY);
    Optimized optimized = Optimized.of(dense(Kind.RESOURCE));
    List<Technique> techniques =
        List.of(doubled, QuantizationAwareTraining.create(), doubled, doubled);
    for (Technique each : techniques) {
      optimized = each.apply(optimized);
    }
    try (TestTraining training = new TestTraining(optimized, 2)) {
      training.step(0);
      float[] trained = training.value("dense/kernel");
      float[] stripped = kernel(training.trained().strip());
      for (int i = 0; i < trained.length; i++) {
        assertEquals(8 * trained[i], stripped[i]);
      }
    }
  }

  @Test
  void value_isWhatLayersReadNow() {
    List<float[]> values = new ArrayList<>();
    List<String> earlier = new ArrayList<>();
    Technique looking =
        each(
            weight -> {
              values.add(TensorProtos.toFloats(weight.value()));
              earlier.add(String.valueOf(weight.earlier()));
              assertTrue(weight.has(WeightProperty.ZEROS_STAY));
              weight.replace(
                  weight.add("Identity", "same", weight.tensor()),
                  "nothing",
                  WeightProperty.ZEROS_STAY);
            });
    looking.apply(doubled(WeightProperty.ZEROS_STAY).apply(dense(Kind.RESOURCE)));
    assertArrayEquals(new float[] {2, -4, 6, -8}, values.get(0));
    assertEquals(List.of("dense/kernel/doubled"), earlier);
  }

  @Test
  void weightOfTwoLayers_isHandedOutOnce_andReportedForBoth() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 2),
            (layers, x) -> {
              Operand<TFloat32> kernel = layers.weight("dense", "kernel", Shape.of(2, 2), KERNEL);
              Operand<TFloat32> y = layers.at("a", "MatMul").linalg.matMul(x, kernel);
              return layers.at("b", "MatMul").linalg.matMul(y, kernel);
            });
    List<WeightGraph> weights = new ArrayList<>();
    Optimized optimized =
        each(weight -> {
              weights.add(weight);
              weight.replace(weight.add("Neg", "minus", weight.tensor()), "minus");
            })
            .apply(model);
    assertEquals(1, weights.size());
    assertEquals(
        List.of("a/MatMul", "b/MatMul"),
        weights.get(0).layers().stream().map(WeightedLayer::operation).toList());
    assertEquals(OptionalInt.of(0), weights.get(0).inputDimension());
    assertEquals(List.of(1), weights.get(0).outputDimensions());
    assertNull(weights.get(0).earlier());
    assertEquals(2, optimized.reports().get(0).applied().size());
    assertArrayEquals(new float[] {-1, 2, -3, 4}, kernel(optimized.strip()));
  }

  /** Counts steps in a variable and adds them to the weight. */
  @Test
  void hookAndState_runBesideTraining_andTheRuleOfStripDecides() {
    Technique counting =
        new Small(
            rewrite -> {
              List<String> operations = new ArrayList<>();
              for (WeightGraph weight : rewrite.weights()) {
                String steps = weight.variable("steps", TensorProtos.scalar(0f), false);
                String more = weight.add("AddV2", "more", steps, weight.constant("one", 1));
                operations.add(weight.assign("steps", more));
                weight.replace(weight.add("AddV2", "sum", weight.tensor(), steps), "counts");
              }
              operations.forEach(rewrite.model().endpoints()::operation);
              return rewrite.finish(
                  (trained, variable) -> trained.variable(variable).value(),
                  List.of(new Running(operations)));
            });
    Optimized optimized = counting.apply(dense(Kind.RESOURCE));
    assertEquals(optimized.hooks().get(0).operations(), optimized.model().endpoints().operations());
    try (TestTraining training = new TestTraining(optimized, 2)) {
      for (int step = 0; step < 3; step++) {
        training.step(step);
      }
      assertArrayEquals(new float[] {3}, training.value("dense/kernel/steps"));
      GraphModel stripped = training.trained().strip();
      assertArrayEquals(training.value("dense/kernel"), kernel(stripped));
      assertEquals(List.of("dense/kernel"), List.copyOf(stripped.variables().keySet()));
    }
  }

  private record Running(List<String> operations) implements TrainingHook {
    @Override
    public void afterStep(Session session, long step) {
      operations.forEach(operation -> session.runner().addTarget(operation).run().close());
    }
  }

  @Test
  void layersThatAreLeftOut_areReportedWithTheReason() {
    Technique none =
        new Small(
            rewrite -> {
              rewrite.without(layer -> "it is called " + layer.operation());
              rewrite.weights();
              return rewrite.finish();
            });
    assertRefused(
        () -> none.apply(dense(Kind.RESOURCE)),
        "nothing to change by small technique",
        "dense/MatMul (MatMul): it is called dense/MatMul");
    Technique late =
        new Small(
            rewrite -> {
              rewrite.weights();
              rewrite.without(layer -> null);
              return rewrite.finish();
            });
    assertThrows(IllegalStateException.class, () -> late.apply(dense(Kind.RESOURCE)));
  }

  @Test
  void weightThatWasNotReplaced_isAnError() {
    String message =
        assertThrows(
                IllegalStateException.class, () -> each(weight -> {}).apply(dense(Kind.RESOURCE)))
            .getMessage();
    assertTrue(message.contains("did not replace the weight \"dense/kernel\""), message);
  }

  @Test
  void tensorThatIsNoNewNodesFirst_isRefused() {
    for (String tensor : List.of("dense/kernel", "dense/MatMul", "nowhere", "dense/kernel/two:1")) {
      assertRefused(
          () ->
              each(weight -> {
                    weight.constant("two", 2);
                    weight.replace(tensor, "nothing");
                  })
                  .apply(dense(Kind.RESOURCE)),
          "\"" + tensor + "\" is not the first output of a node that was added");
    }
  }

  @Test
  void secondReplacement_isAnError() {
    Technique twice =
        each(
            weight -> {
              String same = weight.add("Identity", "same", weight.tensor());
              weight.replace(same, "once");
              weight.replace(same, "twice");
            });
    String message =
        assertThrows(IllegalStateException.class, () -> twice.apply(dense(Kind.RESOURCE)))
            .getMessage();
    assertEquals(
        "the weight \"dense/kernel\" was replaced already, by \"dense/kernel/same\"", message);
  }

  @Test
  void techniqueThatDoesNotKeepWhatAnEarlierOneGuarantees_isRefused() {
    Technique pruning = Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, 2, 1)).build();
    Technique clustering = Clustering.builder().clusters(2).build();
    GraphModel model = dense(Kind.RESOURCE);
    assertRefused(
        () -> doubled().apply(pruning.apply(model)),
        "\"dense/kernel\" of \"dense/MatMul\" is read through \"dense/kernel_masked\"",
        "zeros that have to stay");
    assertRefused(
        () -> doubled(WeightProperty.ZEROS_STAY).apply(clustering.apply(model)),
        "read through \"dense/kernel_clustered\"",
        "has few distinct values already");
    assertRefused(
        () -> pruning.apply(doubled().apply(model)), "would not keep the zeros of a mask");
  }

  @Test
  void zeros_haveNoSign() {
    Technique half =
        each(
            weight ->
                weight.replace(
                    weight.add(
                        "Mul",
                        "half",
                        weight.tensor(),
                        weight.constant("mask", TensorProtos.floats(Shape.of(2, 2), 0, 0, 1, 1))),
                    "half"));
    float[] kernel = kernel(half.apply(dense(Kind.RESOURCE)).strip());
    assertArrayEquals(
        new int[] {0, 0},
        new int[] {Float.floatToRawIntBits(kernel[0]), Float.floatToRawIntBits(kernel[1])});
    assertEquals(Map.of(3f, -4f), Map.of(kernel[2], kernel[3]));
  }
}
