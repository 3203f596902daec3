package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.pruning.PatternPruning.pruned;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** What pruning of all tensors together makes zero, and what every pattern owes to a schedule. */
class SparsityPatternTest {

  @Test
  void global_theSmallestOfAllTensorsGo_andOneOfEachStays() {
    Random random = new Random(5);
    float[] small = new float[36];
    float[] large = new float[36];
    for (int i = 0; i < 36; i++) {
      small[i] = (float) random.nextGaussian() * 0.01f;
      large[i] = (float) random.nextGaussian() + 3;
    }
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 6),
            (layers, x) -> {
              x =
                  layers
                      .at("a", "MatMul")
                      .linalg
                      .matMul(x, layers.weight("a", "kernel", Shape.of(6, 6), small));
              return layers
                  .at("b", "MatMul")
                  .linalg
                  .matMul(x, layers.weight("b", "kernel", Shape.of(6, 6), large));
            });
    float[] a = pruned(model, "a/kernel", SparsityPattern.global(), 0.25, 0.5);
    float[] b = pruned(model, "b/kernel", SparsityPattern.global(), 0.25, 0.5);
    assertEquals(72 / 2, zeros(a) + zeros(b));
    assertEquals(35, zeros(a), "all but the largest of the small ones");
    int kept = IntStream.range(0, 36).filter(i -> a[i] != 0).findFirst().orElseThrow();
    for (float weight : small) {
      assertTrue(Math.abs(weight) <= Math.abs(small[kept]), "a larger one went");
    }
  }

  @Test
  void global_ofOneTensor_isPerTensor() {
    GraphModel model = PatternPruning.dense(new float[][] {{1, -4}, {3, 2}});
    assertArrayEquals(
        new float[] {0, -4, 3, 0}, pruned(model, "w/kernel", SparsityPattern.global(), 0.5));
  }

  @Test
  void global_tensorOfEqualWeights_leavesTheLargestOfTheNext() {
    float[] next = {0.5f, -2, 1, 0.1f};
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 4),
            (layers, x) -> {
              Operand<TFloat32> zeros = layers.weight("a", "kernel", Shape.of(4, 4), new float[16]);
              x = layers.at("a", "MatMul").linalg.matMul(x, zeros);
              Operand<TFloat32> kernel = layers.weight("b", "kernel", Shape.of(4, 1), next);
              return layers.at("b", "MatMul").linalg.matMul(x, kernel);
            });
    assertArrayEquals(
        new float[] {0.5f, -2, 1, 0.1f}, pruned(model, "b/kernel", SparsityPattern.global(), 0.5));
    assertArrayEquals(
        new float[] {0, -2, 0, 0}, pruned(model, "b/kernel", SparsityPattern.global(), 0.9));
  }

  private static int zeros(float[] values) {
    return (int) IntStream.range(0, values.length).filter(i -> values[i] == 0).count();
  }

  @Test
  void finishedMasks_mayBeTrainedOnForShort() {
    for (SparsityPattern pattern :
        List.of(
            SparsityPattern.global(),
            SparsityPattern.mByN(2, 4),
            SparsityPattern.blocks(3, 1, BlockPooling.AVG))) {
      Optimized optimized =
          Pruning.builder()
              .schedule(ConstantSparsity.of(0.5, 0, 100, 100))
              .pattern(pattern)
              .build()
              .apply(TestLayers.residual(Kind.RESOURCE));
      try (LiveModel live = optimized.model().open()) {
        optimized.hooks().get(0).begin(live.session(), 0, 1);
        optimized.hooks().get(0).beforeStep(live.session(), 0);
        Optimized late =
            Pruning.builder()
                .schedule(ConstantSparsity.of(0.5, 50, 100, 100))
                .pattern(pattern)
                .build()
                .apply(TestLayers.residual(Kind.RESOURCE));
        // This schedule does nothing in the first step: only finished masks may go on with it.
        assertThrows(
            IllegalArgumentException.class,
            () -> {
              try (LiveModel fresh = late.model().open()) {
                late.hooks().get(0).begin(fresh.session(), 0, 1);
              }
            },
            pattern.toString());
        late.hooks().get(0).begin(live.session(), 0, 1);
      }
    }
  }
}
