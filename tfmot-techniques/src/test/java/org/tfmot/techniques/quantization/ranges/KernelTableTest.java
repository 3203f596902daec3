package org.tfmot.techniques.quantization.ranges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelTableTest {

  private static final double STEP = 1 / 32767.0;

  /**
   * A line between two points is beside the curve by h^2 / 8, of which its ends take half. The
   * entries are 65535 / 512 steps from each other and are read as if they were 128, so that the
   * middle one is half a step beside 0.
   */
  @Test
  void lineOfAnExponential_isBesideTheCurveByAnEighthOfItsDifferences() {
    double end = 11;
    double distance = 65535 * end * STEP / 512;
    double error = table("Exp", end * STEP, STEP).error(-end, 0);
    assertEquals(distance * distance / 16 / STEP + end / 2, error, 1);
  }

  @Test
  void exponentialWithEntriesFarFromEachOther_wrapsRound() {
    KernelTable table = table("Exp", 3000 * STEP, STEP);
    assertTrue(table.get(0) < 0 || table.error(-3000, 0) > 16384, "error of " + table.get(0));
  }

  @Test
  void reciprocalRoot_isWrongNearItsPole() {
    double error = table("Rsqrt", 4 * STEP, 8 * STEP).error(1 / 64.0, 4);
    double far = table("Rsqrt", 4 * STEP, STEP).error(1, 4);
    assertTrue(error * 8 * STEP > 0.1, "near " + error);
    assertTrue(far * STEP < 1e-4, "far " + far);
  }

  @Test
  void functionsOfOtherKernels_haveNone() {
    assertNull(KernelTable.of("Tanh", STEP, STEP));
  }

  private static KernelTable table(String op, double input, double output) {
    KernelTable table = KernelTable.of(op, input, output);
    assertNotNull(table);
    return table;
  }
}
