package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequentialTTest {
  private static final Boundaries BOUNDARIES = Boundaries.of(0.05, 0.05);
  private static final SequentialT EMPTY = SequentialT.of(2, BOUNDARIES, 2, 1e-4);

  @Test
  void add_evidenceIsTheRatioAtTheTStatistic() {
    double[] values = {0.9, 2.4, 1.7, 1.2, 2.9};
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    double t = Math.sqrt(5) * mean / Math.sqrt(squares / 4);
    SequentialTest test = EMPTY.addAll(values);
    assertEquals(NoncentralRatio.log(5, 2, t), test.logEvidence(), 1e-12);
    assertEquals(Math.exp(test.logEvidence()), test.evidence(), 1e-9);
    assertEquals(5, test.runs());
  }

  @Test
  void add_doesNotChangeTheTest() {
    SequentialT one = EMPTY.add(1);
    one.add(5);
    assertEquals(0, EMPTY.runs());
    assertEquals(1, one.runs());
  }

  @Test
  void oneRun_isNoEvidence() {
    for (double x : new double[] {-1e9, 0, 1e9}) {
      assertEquals(1, EMPTY.add(x).evidence());
      assertEquals(Decision.CONTINUE, EMPTY.add(x).decision());
    }
  }

  @Test
  void identicalValues_giveNoInfiniteEvidence() {
    // Two equal accuracies three resolution steps over the floor.
    SequentialTest two = EMPTY.addAll(3e-4, 3e-4);
    assertEquals(NoncentralRatio.log(2, 2, Math.sqrt(2) * 3), two.logEvidence(), 1e-12);
    assertEquals(Decision.CONTINUE, two.decision());
    // One step over the floor is a standardised mean of 1, whatever the number of ties.
    double[] ties = new double[5];
    Arrays.fill(ties, 1e-4);
    assertEquals(NoncentralRatio.log(5, 2, Math.sqrt(5)), EMPTY.addAll(ties).logEvidence(), 1e-12);
  }

  @Test
  void allAtTheFloor_fails() {
    assertEquals(Decision.FAIL, EMPTY.addAll(0, 0, 0, 0).decision());
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void add_notFinite_isRefusedWithTheWayOut(double x) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> EMPTY.add(1).add(x));
    assertTrue(e.getMessage().contains("run 2 is " + x), e.getMessage());
    assertTrue(e.getMessage().contains("worst value"), e.getMessage());
  }

  @Test
  void add_hugeAndTinyValues_doNotOverflow() {
    SequentialT coarse = SequentialT.of(2, BOUNDARIES, 2, 1e-300);
    double expected = coarse.addAll(1, 1.5, 2).logEvidence();
    assertEquals(expected, coarse.addAll(1e307, 1.5e307, 2e307).logEvidence(), 1e-9);
    assertEquals(expected, coarse.addAll(1e-290, 1.5e-290, 2e-290).logEvidence(), 1e-6);
    assertTrue(Double.isFinite(EMPTY.addAll(Double.MIN_VALUE, 0, 0).logEvidence()));
  }

  @Test
  void evidence_isInvariantToScale_notToShift() {
    SequentialT test = SequentialT.of(1.5, BOUNDARIES, 2, 1e-12);
    double evidence = test.addAll(1, 2, 4).logEvidence();
    assertEquals(evidence, test.addAll(1000, 2000, 4000).logEvidence(), 1e-9);
    assertTrue(test.addAll(2, 3, 5).logEvidence() > evidence);
  }

  @Test
  void pass_waitsForMinRuns() {
    double[] good = {2, 2.1, 1.9, 2.05, 1.95, 2};
    SequentialT test = SequentialT.of(2, BOUNDARIES, 6, 1e-4);
    assertTrue(test.addAll(Arrays.copyOf(good, 5)).evidence() > BOUNDARIES.upper());
    assertEquals(Decision.CONTINUE, test.addAll(Arrays.copyOf(good, 5)).decision());
    assertEquals(Decision.PASS, test.addAll(good).decision());
  }

  @Test
  void fail_isFinal_howeverGoodTheLaterRuns() {
    SequentialTest test = EMPTY.addAll(-1, -1.2, -0.8);
    assertEquals(Decision.FAIL, test.decision());
    for (int i = 0; i < 200; i++) {
      test = test.add(2 + 0.01 * (i % 3));
    }
    assertTrue(test.evidence() > BOUNDARIES.upper());
    assertEquals(Decision.FAIL, test.decision());
  }

  @Test
  void pass_outlivesWeakerEvidence_butNotEvidenceOfFailure() {
    SequentialTest test = EMPTY.addAll(2, 2.1, 1.9, 2);
    assertEquals(Decision.PASS, test.decision());
    test = test.add(-0.3);
    assertTrue(test.evidence() < BOUNDARIES.upper());
    assertEquals(Decision.PASS, test.decision());
    assertEquals(Decision.FAIL, test.addAll(-2, -2, -2, -2).decision());
  }

  @Test
  void of_badArguments_areNamed() {
    assertNames("effect", () -> SequentialT.of(0, BOUNDARIES, 2, 1));
    assertNames("effect", () -> SequentialT.of(Double.NaN, BOUNDARIES, 2, 1));
    assertNames("minRuns", () -> SequentialT.of(1, BOUNDARIES, 1, 1));
    assertNames("resolution", () -> SequentialT.of(1, BOUNDARIES, 2, 0));
    assertNames("alpha", () -> Boundaries.of(0, 0.5));
    assertNames("beta", () -> Boundaries.of(0.5, 1));
    assertNames("lower", () -> new Boundaries(1, 2));
    assertNames("upper", () -> new Boundaries(0, 1));
  }

  private static void assertNames(String name, Runnable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(e.getMessage().startsWith(name + " is "), e.getMessage());
  }
}
