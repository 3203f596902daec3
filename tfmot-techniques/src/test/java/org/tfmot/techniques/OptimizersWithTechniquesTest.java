package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Threads;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.Adam;
import org.tfmot.api.optimizer.AdamW;
import org.tfmot.api.optimizer.GradientClipping;
import org.tfmot.api.optimizer.Lamb;
import org.tfmot.api.optimizer.Optimizer;
import org.tfmot.api.optimizer.RmsProp;
import org.tfmot.api.optimizer.WeightDecay;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestTraining;

/**
 * Techniques keep their guarantees under every optimizer, and decay reaches none of their state.
 */
class OptimizersWithTechniquesTest {

  private static final int STEPS = 12;
  private static final int CLUSTERS = 4;
  private static final Shape INPUT = Shape.of(4, 6, 6, 2);

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Adam(),
        new AdamW(WeightDecay.of(0.5)).clipped(GradientClipping.byGlobalNorm(1)),
        new RmsProp(0.9, 0.9, 1e-7, true),
        new Lamb(WeightDecay.of(0.5)));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void zerosAndValues_holdAtEveryStepAndToTheEnd(Optimizer optimizer) {
    for (TestLayers.Kind kind : List.of(TestLayers.Kind.RESOURCE, TestLayers.Kind.REFERENCE)) {
      Optimized optimized = prunedAndClustered(kind);
      Optimized trained = train(optimized, optimizer, optimizer + " " + kind);
      GraphModel stripped = trained.strip();
      for (String name : kernels(optimized.model())) {
        float[] values = TensorProtos.toFloats(stripped.variable(name).value());
        check(values, optimizer + " " + kind + " " + name);
      }
    }
  }

  private static void check(float[] values, String message) {
    Set<Float> distinct = new HashSet<>();
    int zeros = 0;
    for (float value : values) {
      distinct.add(value == 0 ? 0f : value);
      zeros += value == 0 ? 1 : 0;
    }
    assertTrue(zeros >= values.length / 2, message + ": " + zeros + " of " + values.length);
    assertTrue(distinct.size() <= CLUSTERS, message + ": " + distinct);
    assertTrue(distinct.size() > 1, message);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void slots_areOfTrainableVariablesAlone(Optimizer optimizer) {
    try (LiveModel live = all(TestLayers.Kind.RESOURCE).model().open(Threads.ONE)) {
      optimizer.minimize(live, loss(live), 0.01);
      Set<String> slotted = new TreeSet<>();
      for (Variable added : live.addedVariables()) {
        if (!added.name().equals("optimizer/iterations")) {
          slotted.add(added.name().replaceFirst("/[A-Za-z]+/[a-z]+$", ""));
        }
      }
      Set<String> trainable = new TreeSet<>();
      live.trainableVariables().forEach(v -> trainable.add(v.name()));
      assertEquals(trainable, slotted);
    }
  }

  @Test
  void decay_reachesTrainableVariablesAlone() {
    Map<String, float[]> without = afterOneStep(new AdamW(WeightDecay.NONE));
    Map<String, float[]> with = afterOneStep(new AdamW(WeightDecay.of(0.5)));
    GraphModel model = all(TestLayers.Kind.RESOURCE).model();
    int others = 0;
    for (Variable variable : model.variables().values()) {
      float[] expected = without.get(variable.name());
      float[] decayed = with.get(variable.name());
      if (!variable.trainable()) {
        assertArrayEquals(expected, decayed, 0f, variable.name());
        others++;
      } else if (Arrays.equals(expected, new float[expected.length])) {
        assertArrayEquals(expected, decayed, 0f, variable.name());
      } else {
        assertNotEquals(Arrays.toString(expected), Arrays.toString(decayed), variable.name());
      }
    }
    assertTrue(others > 8, "masks, ranges and statistics are variables: " + others);
  }

  @Test
  void centroids_areTrainedByAdam() {
    Optimized clustered =
        Clustering.builder().clusters(CLUSTERS).build().apply(model(TestLayers.Kind.RESOURCE));
    Optimized trained = train(clustered, new Adam(), "clustered");
    int moved = 0;
    for (Variable variable : clustered.model().variables().values()) {
      if (variable.name().contains("centroids")) {
        float[] before = TensorProtos.toFloats(variable.value());
        float[] after = TensorProtos.toFloats(trained.model().variable(variable.name()).value());
        moved += Arrays.equals(before, after) ? 0 : 1;
      }
    }
    assertEquals(2, moved, clustered.model().variables().keySet().toString());
  }

  private static Map<String, float[]> afterOneStep(Optimizer optimizer) {
    Map<String, float[]> values = new LinkedHashMap<>();
    GraphModel model = train(all(TestLayers.Kind.RESOURCE), optimizer, 1, "").model();
    model.variables().forEach((n, v) -> values.put(n, toFloats(v)));
    return values;
  }

  private static float[] toFloats(Variable variable) {
    return variable.dtype() == org.tensorflow.proto.DataType.DT_FLOAT
        ? TensorProtos.toFloats(variable.value())
        : new float[] {variable.value().hashCode()};
  }

  private static GraphModel model(TestLayers.Kind kind) {
    return TestLayers.model(
        kind,
        Shape.of(-1, 6, 6, 2),
        (layers, x) ->
            layers.conv("second", layers.relu("r", layers.convNorm("first", x, 4, 3)), 3, 3));
  }

  private static Optimized all(TestLayers.Kind kind) {
    return QuantizationAwareTraining.create().apply(prunedAndClustered(kind));
  }

  private static Optimized prunedAndClustered(TestLayers.Kind kind) {
    Optimized pruned =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0, 2, 1))
            .build()
            .apply(Optimized.of(model(kind)));
    return Clustering.builder().clusters(CLUSTERS).build().apply(pruned);
  }

  private static List<String> kernels(GraphModel model) {
    return model.variables().values().stream()
        .filter(v -> v.trainable() && v.shape().numDimensions() == 4)
        .map(Variable::name)
        .toList();
  }

  private static Optimized train(Optimized optimized, Optimizer optimizer, String message) {
    return train(optimized, optimizer, STEPS, message);
  }

  private static Optimized train(
      Optimized optimized, Optimizer optimizer, int steps, String message) {
    try (LiveModel live = optimized.model().open(Threads.ONE)) {
      Operand<TFloat32> loss = loss(live);
      Op step = optimizer.minimize(live, loss, 0.01);
      Session session = live.session();
      optimized.hooks().forEach(hook -> hook.begin(session, 0, steps));
      for (long i = 0; i < steps; i++) {
        long now = i;
        optimized.hooks().forEach(hook -> hook.beforeStep(session, now));
        try (TFloat32 image = TestTraining.random(INPUT, i)) {
          session.runner().feed(live.input("image"), image).addTarget(step).run().close();
        }
        optimized.hooks().forEach(hook -> hook.afterStep(session, now));
      }
      GraphModel snapshot = live.snapshot();
      for (Variable variable : snapshot.variables().values()) {
        for (float value : toFloats(variable)) {
          assertTrue(Float.isFinite(value), message + " " + variable.name());
        }
      }
      return optimized.withModel(snapshot);
    }
  }

  /** The squares of what comes out: every weight has a gradient. */
  @SuppressWarnings("unchecked")
  private static Operand<TFloat32> loss(LiveModel live) {
    Ops tf = live.ops();
    String output = live.model().outputs().keySet().iterator().next();
    return tf.nn.l2Loss((Operand<TFloat32>) (Operand<?>) live.output(output));
  }
}
