package org.tfmot.gate.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TwoKeyTest {
  private static final TwoKey EMPTY = TwoKeyRule.STANDARD.test(2, 0.01, 1e-4);

  private static TwoKey add(double... values) {
    return (TwoKey) EMPTY.addAll(values);
  }

  @Test
  void pass_needsBothKeys() {
    TwoKey five = add(2, 2.2, 1.8, 2.1, 1.9);
    assertEquals(Decision.PASS, five.decision());
    // The mean alone: far over the floor, but one run of six under it.
    TwoKey oneUnder = add(2, 2.2, 1.8, 2.1, -0.01, 1.9, 2, 2.1);
    assertTrue(oneUnder.mean().evidence() >= 20);
    assertEquals(Decision.CONTINUE, oneUnder.decision());
    // The share alone: always just over the floor, but with a spread that hides the mean.
    TwoKey spread = add(0.01, 5, 0.02, 0.01, 0.01);
    assertTrue(spread.share().evidence() >= 20);
    assertEquals(Decision.CONTINUE, spread.decision());
  }

  @Test
  void eitherKey_fails() {
    TwoKey byMean = add(0.01, 0.011, 0.5, 0.01, 0.01, 0.012, 0.011, 0.01);
    assertTrue(byMean.share().evidence() >= 20);
    assertEquals(Decision.FAIL, byMean.decision());
    TwoKey byShare = add(9, -0.1, 9, -0.1, 9, -0.1, 9, -0.1);
    assertTrue(byShare.share().evidence() <= 0.005);
    assertEquals(Decision.FAIL, byShare.decision());
  }

  @Test
  void evidence_isThatOfTheWeakerKey_andBetaIsHalved() {
    TwoKey test = add(2, 2.2, 1.8);
    assertEquals(Math.min(test.mean().evidence(), test.share().evidence()), test.evidence(), 1e-12);
    assertEquals(0.005, test.boundaries().lower(), 1e-15);
    assertEquals(20, test.boundaries().upper(), 1e-12);
  }

  @Test
  void fourRuns_neverPass_withTheStandardRule() {
    assertEquals(Decision.CONTINUE, add(2, 2, 2, 2).decision());
    assertEquals(Decision.PASS, add(2, 2, 2, 2, 2).decision());
  }

  @Test
  void divergedRun_withTheWorstValue_failsTheClaim() {
    assertEquals(Decision.PASS, add(2, 2.2, 2.1, 1.9, 2).decision());
    assertEquals(Decision.FAIL, add(2, 2.2, -90, 2.1, 1.9, 2, 2.1, 2.2).decision());
  }

  @Test
  void fail_isFinal() {
    SequentialTest test = add(-1, -1.1, -0.9, -1);
    assertEquals(Decision.FAIL, test.decision());
    for (int i = 0; i < 300; i++) {
      test = test.add(3 + 0.1 * (i % 2));
    }
    assertTrue(test.evidence() > 20);
    assertEquals(Decision.FAIL, test.decision());
  }

  @Test
  void smallMargin_lowersTheHealthyShareToTheNormalOne() {
    BernoulliSprt share = TwoKeyRule.STANDARD.test(1, 0.01, 1e-4).share().add(1);
    assertEquals(0.8413447460685429 / 0.5, share.evidence(), 1e-12);
    BernoulliSprt wide = TwoKeyRule.STANDARD.test(3, 0.01, 1e-4).share().add(1);
    assertEquals(1.9, wide.evidence(), 1e-12);
  }

  @Test
  void coarseMetric_lowersTheHealthyShareByHalfALevel() {
    // A normal value that is half a level over the floor: Phi(1 - 0.8 / 2).
    BernoulliSprt share = TwoKeyRule.STANDARD.test(1, 0.8, 0.01, 1e-4).share().add(1);
    assertEquals(0.7257468822499265 / 0.5, share.evidence(), 1e-12);
    assertEquals(9, TwoKeyRule.STANDARD.fewestRuns(1, 0.8));
    assertEquals(5, TwoKeyRule.STANDARD.fewestRuns(3, 0.8));
  }

  /** 0.9^29 is under 0.05: no test of fewer runs could pass. */
  @Test
  void strict_needsThirtyGoodRuns() {
    assertEquals(30, TwoKeyRule.STRICT.fewestRuns(3, 0));
    SequentialTest test = TwoKeyRule.STRICT.test(3, 0.01, 1e-4);
    while (test.decision() == Decision.CONTINUE) {
      test = test.add(3 + 0.1 * (test.runs() % 2));
    }
    assertEquals(Decision.PASS, test.decision());
    assertEquals(30, test.runs());
  }

  @Test
  void rule_badArguments_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TwoKeyRule(0, 5, 0.5, 0.95));
    assertThrows(IllegalArgumentException.class, () -> new TwoKeyRule(0.05, 1, 0.5, 0.95));
    assertThrows(IllegalArgumentException.class, () -> new TwoKeyRule(0.05, 5, 0.95, 0.5));
    assertThrows(IllegalArgumentException.class, () -> TwoKeyRule.STANDARD.test(2, 0, 1));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> TwoKeyRule.CRITICAL.test(0.5, 0.01, 1));
    assertTrue(e.getMessage().contains("not more than p0 = 0.7"), e.getMessage());
  }
}
