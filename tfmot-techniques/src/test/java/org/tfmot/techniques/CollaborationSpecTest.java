package org.tfmot.techniques;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tfmot.api.Optimized;
import org.tfmot.api.Technique;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.clustering.Clustering;
import org.tfmot.techniques.pruning.ConstantSparsity;
import org.tfmot.techniques.pruning.Pruning;
import org.tfmot.techniques.quantization.QuantizationAwareTraining;
import org.tfmot.techniques.testing.LayerCase;
import org.tfmot.techniques.testing.TechniqueSpec;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.weights.StaticTensors;

/** All three techniques in every order on every layer: zeros and few values, at every step. */
class CollaborationSpecTest {

  private static final int CLUSTERS = 4;
  private static final int STEPS = 2;
  private static final String CLUSTERED = LayerCase.KERNEL + "_clustered";
  private static final String MASK = LayerCase.KERNEL + "/pruning_mask";

  private static final Technique PRUNE =
      Pruning.builder().schedule(ConstantSparsity.of(0.5, 0, 1, 1)).depthwise().build();
  private static final Technique CLUSTER =
      Clustering.builder().clusters(CLUSTERS).preserveZeros().depthwise().build();
  private static final Technique QUANTIZE = QuantizationAwareTraining.create();

  enum Order {
    PRUNE_CLUSTER_QUANTIZE(PRUNE, CLUSTER, QUANTIZE),
    PRUNE_QUANTIZE_CLUSTER(PRUNE, QUANTIZE, CLUSTER),
    CLUSTER_PRUNE_QUANTIZE(CLUSTER, PRUNE, QUANTIZE),
    CLUSTER_QUANTIZE_PRUNE(CLUSTER, QUANTIZE, PRUNE),
    QUANTIZE_PRUNE_CLUSTER(QUANTIZE, PRUNE, CLUSTER),
    QUANTIZE_CLUSTER_PRUNE(QUANTIZE, CLUSTER, PRUNE);

    private final List<Technique> techniques;

    Order(Technique... techniques) {
      this.techniques = List.of(techniques);
    }

    Optimized apply(LayerCase layer) {
      Optimized optimized = Optimized.of(layer.model(Kind.RESOURCE));
      for (Technique each : techniques) {
        optimized = each.apply(optimized);
      }
      return optimized;
    }
  }

  @TechniqueSpec
  void zerosAndFewValues_holdAtEveryStep_andAreWhatStripLeaves(LayerCase layer, Order order) {
    try (TestTraining training = new TestTraining(order.apply(layer), LayerCase.BATCH)) {
      training.begin(0, STEPS);
      float[] values = {};
      for (int step = 0; step < STEPS; step++) {
        training.step(step);
        values =
            TensorProtos.toFloats(
                StaticTensors.evaluate(training.live().session(), List.of(CLUSTERED))
                    .get(CLUSTERED));
        assertInvariants(values, training.value(MASK));
      }
      float[] stripped =
          TensorProtos.toFloats(training.trained().strip().variable(LayerCase.KERNEL).value());
      assertArrayEquals(values, stripped);
    }
  }

  private static void assertInvariants(float[] values, float[] mask) {
    Set<Float> distinct = new HashSet<>();
    int zeros = 0;
    for (int i = 0; i < values.length; i++) {
      distinct.add(values[i]);
      zeros += mask[i] == 0 ? 1 : 0;
      assertTrue(mask[i] == 1 || values[i] == 0, "weight " + i + " is " + values[i]);
    }
    assertTrue(distinct.size() <= CLUSTERS, distinct.toString());
    assertEquals(values.length - (int) Math.rint(values.length * 0.5), zeros);
  }
}
