package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ExactTestTest {
  @Test
  void oneRun_decides() {
    ExactTest empty = ExactTest.create();
    assertEquals(Decision.CONTINUE, empty.decision());
    assertEquals(1, empty.evidence());
    assertEquals(Decision.PASS, empty.add(0).decision());
    assertEquals(Double.POSITIVE_INFINITY, empty.add(0).evidence());
    assertEquals(Decision.FAIL, empty.add(-1e-12).decision());
    assertEquals(0, empty.add(-1).evidence());
  }

  @Test
  void oneRunUnderTheFloor_failsForGood() {
    assertEquals(Decision.FAIL, ExactTest.create().addAll(-1, 1, 1).decision());
    assertEquals(Decision.FAIL, ExactTest.create().addAll(1, 1, -1).decision());
    assertEquals(3, ExactTest.create().addAll(1, 1, -1).runs());
  }

  @Test
  void notFinite_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> ExactTest.create().add(Double.NaN));
  }
}
