package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.CentroidInitialization;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.clustering.GradientAggregation;
import org.tfmot.techniques.pruning.BlockPooling;
import org.tfmot.techniques.pruning.PolynomialDecay;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.pruning.SparsityPattern;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;

/**
 * A run that goes on from a checkpoint in the middle of its schedule equals one without a stop,
 * also where the technique was applied to other weights before the checkpoint was restored.
 */
class CheckpointedTrainingTest {

  private static final int STEPS = 8;
  private static final int HALF = STEPS / 2;
  private static final int BATCH = 4;

  @TempDir Path folder;

  static List<Arguments> techniques() {
    List<Arguments> all = new ArrayList<>();
    Technique quantization = QuantizationAwareTraining.create();
    for (SparsityPattern pattern :
        List.of(
            SparsityPattern.perTensor(),
            SparsityPattern.global(),
            SparsityPattern.blocks(2, 2, BlockPooling.AVG),
            SparsityPattern.blocks(1, 2, BlockPooling.MAX),
            SparsityPattern.mByN(2, 4))) {
      all.add(named("pruning " + pattern, pruning(pattern)));
    }
    for (CentroidInitialization each : CentroidInitialization.values()) {
      all.add(named("clustering " + each, clustering().initialization(each).build()));
    }
    all.add(named("per channel", clustering().perChannel().build()));
    all.add(named("sums", clustering().aggregation(GradientAggregation.SUM).build()));
    all.add(named("zeros stay", clustering().preserveZeros().build()));
    all.add(named("quantization", quantization));
    Technique prune = pruning(SparsityPattern.perTensor());
    Technique cluster = clustering().build();
    all.add(named("prune, cluster", prune, cluster));
    all.add(named("prune, quantize", prune, quantization));
    all.add(named("cluster, quantize", cluster, quantization));
    all.add(named("prune, cluster, quantize", prune, cluster, quantization));
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("techniques")
  void restoredInTheMiddle_goesOnToEqualValues(
      String name, Function<GraphModel, Optimized> technique) {
    Path prefix = folder.resolve("ckpt");
    Map<String, Variable> half;
    Map<String, Variable> straight;
    GraphModel model = TestLayers.residual(Kind.RESOURCE);
    try (TestTraining training = new TestTraining(technique.apply(model), BATCH)) {
      training.begin(0, STEPS);
      steps(training, 0, HALF);
      training.live().save(prefix);
      half = training.live().snapshot().variables();
      steps(training, HALF, STEPS);
      straight = training.live().snapshot().variables();
    }
    assertNotEquals(half, straight);
    try (TestTraining training = new TestTraining(technique.apply(negated(model)), BATCH)) {
      training.live().restore(prefix);
      training.begin(HALF, STEPS);
      assertEquals(half, training.live().snapshot().variables());
      steps(training, HALF, STEPS);
      assertEquals(straight, training.live().snapshot().variables());
    }
  }

  private static void steps(TestTraining training, int from, int to) {
    for (int step = from; step < to; step++) {
      training.step(step);
    }
  }

  private static Technique pruning(SparsityPattern pattern) {
    return Pruning.builder()
        .schedule(PolynomialDecay.builder().from(0.1).to(0.5).steps(1, 6).frequency(2).build())
        .pattern(pattern)
        .build();
  }

  private static Clustering.Builder clustering() {
    return Clustering.builder().clusters(5);
  }

  /** Techniques one on top of the other. */
  private static Arguments named(String name, Technique... techniques) {
    Function<GraphModel, Optimized> all =
        model -> {
          Optimized optimized = Optimized.of(model);
          for (Technique each : Arrays.asList(techniques)) {
            optimized = each.apply(optimized);
          }
          return optimized;
        };
    return Arguments.of(name, all);
  }

  /** The same model with other weights: nothing of them may be left after restoring. */
  private static GraphModel negated(GraphModel model) {
    Map<String, TensorProto> values = new HashMap<>();
    for (Variable each : model.variables().values()) {
      if (each.name().endsWith("/kernel")) {
        float[] weights = TensorProtos.toFloats(each.value());
        for (int i = 0; i < weights.length; i++) {
          weights[i] = 0.1f - weights[i];
        }
        values.put(each.name(), TensorProtos.floats(each.shape(), weights));
      }
    }
    return model.withValues(values);
  }
}
