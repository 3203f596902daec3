package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchEffectTest {

  private static BatchEffect of(double[]... batches) {
    return BatchEffect.of(List.of(batches)).orElseThrow();
  }

  @Test
  void unequalBatches_theAnalysisOfVariance() {
    BatchEffect effect = of(new double[] {1, 2, 3}, new double[] {2, 3, 4, 4, 5});
    // scipy.stats.f_oneway: F = 4.0, p = 0.09242631153167512; n0 = 8 - 34 / 8.
    assertEquals((4 - 1) / (4 + 3.75 - 1), effect.share(), 1e-12);
    assertEquals(0.09242631153167512, effect.chance(), 1e-9);
    assertEquals(2, effect.batches());
    assertTrue(effect.exceedsWarning());
  }

  @Test
  void batchesLessDifferentThanTheirRuns_shareNothing() {
    BatchEffect effect = of(new double[] {1, 3}, new double[] {1.1, 2.9});
    assertEquals(0, effect.share());
    assertEquals(1, effect.chance(), 1e-9);
    assertFalse(effect.exceedsWarning());
  }

  @Test
  void batchesWithoutSpread_shareAll() {
    BatchEffect effect = of(new double[] {1, 1}, new double[] {2, 2});
    assertEquals(1, effect.share());
    assertEquals(0, effect.chance());
  }

  @Test
  void oneBatch_singleRuns_orEqualValues_tellNothing() {
    assertEquals(Optional.empty(), BatchEffect.of(List.of(new double[] {1, 2})));
    assertEquals(Optional.empty(), BatchEffect.of(List.of(new double[] {1}, new double[] {2})));
    assertEquals(
        Optional.empty(), BatchEffect.of(List.of(new double[] {1, 1}, new double[] {1, 1})));
  }

  /**
   * The estimate is of the share that was drawn; where there is none, 5 % of chances are under .05.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 0.8})
  void drawnEffect_isEstimated(double share) {
    SplittableRandom random = new SplittableRandom(7);
    double sum = 0;
    int rare = 0;
    int replications = 4000;
    for (int i = 0; i < replications; i++) {
      List<double[]> batches = new ArrayList<>();
      for (int b = 0; b < 20; b++) {
        double common = Math.sqrt(share) * random.nextGaussian();
        double[] runs = new double[5];
        for (int r = 0; r < runs.length; r++) {
          runs[r] = common + Math.sqrt(1 - share) * random.nextGaussian();
        }
        batches.add(runs);
      }
      BatchEffect effect = BatchEffect.of(batches).orElseThrow();
      sum += effect.share();
      rare += effect.chance() < 0.05 ? 1 : 0;
    }
    assertEquals(share, sum / replications, 0.03);
    if (share == 0) {
      assertEquals(0.05, rare / (double) replications, 0.012);
    }
  }
}
