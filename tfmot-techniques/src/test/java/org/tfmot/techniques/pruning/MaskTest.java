package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.Optimized;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** What TensorFlow computes for masks, against numbers from elsewhere. */
class MaskTest {

  @Test
  @DisplayName("vector 4: of 1 to 10, 0.200000018 zeroes the two smallest")
  void update_vector4() {
    float[] weights = linspace(1, 10, 10);
    assertArrayEquals(
        new float[] {0, 0, 3, 4, 5, 6, 7, 8, 9, 10}, pruned(Kind.RESOURCE, weights, 0.200000018));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @DisplayName("vector 6: linspace(1, 100, 100) under a schedule")
  void update_vector6(Kind kind) {
    double[] sparsity = {0, .1, .1, .3, .3, .5, .5, .5, .5, .5};
    int[] expected = {100, 90, 90, 70, 70, 50, 50, 50, 50, 50};
    PruningSchedule schedule =
        new PruningSchedule() {
          @Override
          public boolean updatesAt(long step) {
            return true;
          }

          @Override
          public double sparsity(long step) {
            return sparsity[(int) step];
          }
        };
    Optimized optimized =
        Pruning.builder().schedule(schedule).build().apply(dense(kind, linspace(1, 100, 100)));
    try (LiveModel live = optimized.model().open()) {
      for (int step = 0; step < sparsity.length; step++) {
        optimized.hooks().get(0).beforeStep(live.session(), step);
        float[] values = TensorProtos.toFloats(live.value("w/kernel"));
        assertEquals(expected[step], nonZeros(values), "step " + step);
      }
    }
  }

  @Test
  void update_withTies_keepsExactlyKByIndex() {
    float[] equal = new float[10];
    Arrays.fill(equal, 0.5f);
    assertArrayEquals(
        new float[] {.5f, .5f, .5f, .5f, .5f, 0, 0, 0, 0, 0}, pruned(Kind.RESOURCE, equal, 0.5));
    float[] mixed = {-1, 2, 1, -2, 1, -1};
    assertArrayEquals(new float[] {-1, 2, 1, -2, 0, 0}, pruned(Kind.RESOURCE, mixed, 1 / 3.0));
  }

  @Test
  void update_alwaysKeepsOneWeight() {
    assertArrayEquals(
        new float[] {0, 0, -3, 0}, pruned(Kind.RESOURCE, new float[] {1, 2, -3, 0.5f}, 0.999));
    assertArrayEquals(new float[] {7}, pruned(Kind.RESOURCE, new float[] {7}, 0.9));
  }

  @ParameterizedTest(name = "{0} weights at {1} keep {2}")
  @CsvSource({
    // 2.5 and 3.5 round to the even neighbour.
    "5, 0.5, 2", "7, 0.5, 4", "3, 0.5, 2", "9, 0.5, 4",
    // In float, 1 - 0.85 is 0.14999998; in double it would be 0.15 and 1.5 would round to 2.
    "10, 0.85, 1", "30, 0.95, 2", "50, 0.95, 3", "10, 0.75, 2"
  })
  void update_roundsHalfToEvenInFloat32(int size, double sparsity, int kept) {
    float[] weights = linspace(1, size, size);
    assertEquals(kept, nonZeros(pruned(Kind.RESOURCE, weights, sparsity)));
    assertEquals(kept, kept(size, sparsity));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void update_ofRandomTensors_equalsASort(Kind kind) {
    Random random = new Random(3);
    for (int i = 0; i < 12; i++) {
      float[] weights = new float[1 + random.nextInt(400)];
      for (int j = 0; j < weights.length; j++) {
        // Coarse values, so that there are ties; some tensors are all zeros.
        weights[j] = i == 0 ? 0 : Math.round(random.nextGaussian() * 8) / 4f;
      }
      double sparsity = random.nextDouble() * 0.999;
      assertArrayEquals(
          sorted(weights, sparsity),
          pruned(kind, weights, sparsity),
          weights.length + " weights at " + sparsity);
    }
  }

  /** The oracle: a stable sort by falling magnitude. */
  private static float[] sorted(float[] weights, double sparsity) {
    int[] order =
        IntStream.range(0, weights.length)
            .boxed()
            .sorted(Comparator.comparing(i -> -Math.abs(weights[i])))
            .mapToInt(i -> i)
            .toArray();
    float[] kept = new float[weights.length];
    for (int i = 0; i < kept(weights.length, sparsity); i++) {
      kept[order[i]] = weights[order[i]];
    }
    return kept;
  }

  private static int kept(int size, double sparsity) {
    return (int) Math.max(1, Math.rint(size * (1f - (float) sparsity)));
  }

  private static float[] pruned(Kind kind, float[] weights, double sparsity) {
    Optimized optimized =
        Pruning.builder()
            .schedule(ConstantSparsity.of(sparsity, 0))
            .build()
            .apply(dense(kind, weights));
    try (LiveModel live = optimized.model().open()) {
      optimized.hooks().get(0).beforeStep(live.session(), 0);
      float[] values = TensorProtos.toFloats(live.value("w/kernel"));
      for (int i = 0; i < values.length; i++) {
        values[i] += 0; // A pruned negative weight is -0.
      }
      return values;
    }
  }

  private static GraphModel dense(Kind kind, float[] weights) {
    return TestLayers.model(
        kind,
        Shape.of(-1, weights.length),
        (layers, x) ->
            layers
                .at("w", "MatMul")
                .linalg
                .matMul(x, layers.weight("w", "kernel", Shape.of(weights.length, 1), weights)));
  }

  private static float[] linspace(float first, float last, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + (last - first) * i / Math.max(1, count - 1);
    }
    return values;
  }

  private static int nonZeros(float[] values) {
    return (int) IntStream.range(0, values.length).filter(i -> values[i] != 0).count();
  }
}
