package org.tfmot.techniques.pruning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.pruning.PatternPruning.dense;
import static org.tfmot.techniques.pruning.PatternPruning.flat;
import static org.tfmot.techniques.pruning.PatternPruning.mask;
import static org.tfmot.techniques.pruning.PatternPruning.pruned;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfmot.api.LiveModel;
import org.tfmot.api.OptimizationReport.Entry;
import org.tfmot.api.Optimized;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Which blocks go, against the Python toolkit's vectors and by hand. */
class BlocksTest {

  @ParameterizedTest
  @EnumSource(BlockPooling.class)
  @DisplayName("vector 7: blocks of 2 x 2")
  void blocks_vector7(BlockPooling pooling) {
    float[][] weights =
        pooling == BlockPooling.AVG
            ? new float[][] {
              {.1f, .1f, .2f, .2f}, {.1f, .1f, .2f, .2f}, {.3f, .3f, .4f, .4f}, {.3f, .3f, .4f, .4f}
            }
            : new float[][] {
              {.1f, 0, .2f, 0}, {0, -.1f, 0, -.2f}, {.3f, 0, .4f, 0}, {0, -.3f, 0, -.4f}
            };
    float[] expected = flat(weights);
    Arrays.fill(expected, 0, 8, 0f);
    assertArrayEquals(
        mask(expected), mask(pruned(dense(weights), SparsityPattern.blocks(2, 2, pooling), 0.5)));
  }

  @Test
  @DisplayName("vector 7: a weight of another rank has no blocks")
  void blocks_ofAKernel_areRefused() {
    Optimized optimized =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 0))
            .pattern(SparsityPattern.blocks(2, 2, BlockPooling.AVG))
            .build()
            .apply(TestLayers.residual(Kind.RESOURCE));
    List<Entry> skipped = optimized.reports().get(0).skipped();
    assertEquals(
        new Entry(
            "stem/Conv2D", "Conv2D", "its weight has 4 dimensions, and blocks are of matrices"),
        skipped.get(0));
    assertEquals(1, optimized.reports().get(0).applied().size());
  }

  @Test
  void blocks_overTheEdge_areJudgedByWhatIsInside() {
    float[][] weights = {{5, 1, 3}, {1, 1, 3}, {2, 2, 9}};
    // Means: 2, 3 / 2, 9. Two of four blocks stay: 9 and 3.
    assertArrayEquals(
        new float[] {0, 0, 1, 0, 0, 1, 0, 0, 1},
        mask(pruned(dense(weights), SparsityPattern.blocks(2, 2, BlockPooling.AVG), 0.5)));
    float[][] row = {{1, 1, 9, 5}};
    assertArrayEquals(
        new float[] {1, 1, 1, 0},
        mask(pruned(dense(row), SparsityPattern.blocks(1, 3, BlockPooling.MAX), 0.5)));
  }

  @Test
  void blocks_ofAWeightThatIsOneBlock_areRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    pruned(
                        dense(new float[][] {{1, 2, 3, 4}}),
                        SparsityPattern.blocks(2, 4, BlockPooling.AVG),
                        0.5))
            .getMessage();
    assertTrue(message.contains("w/MatMul (MatMul): its weight of 1 x 4 is one block"), message);
  }

  @Test
  void blocks_overTheEdge_areNotFinishedBeforeTheyArePruned() {
    Optimized late =
        Pruning.builder()
            .schedule(ConstantSparsity.of(0.5, 50, 100, 100))
            .pattern(SparsityPattern.blocks(2, 3, BlockPooling.MAX))
            .build()
            .apply(dense(new float[][] {{1, 2, 3, 4}}));
    try (LiveModel live = late.model().open()) {
      assertThrows(
          IllegalArgumentException.class, () -> late.hooks().get(0).begin(live.session(), 0, 1));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "4, 0", "-1, 1"})
  void blocks_withoutASize_areRefused(int rows, int columns) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> SparsityPattern.blocks(rows, columns, BlockPooling.MAX))
            .getMessage();
    assertTrue(message.contains("not %d x %d".formatted(rows, columns)), message);
  }
}
