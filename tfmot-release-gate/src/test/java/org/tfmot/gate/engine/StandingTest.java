package org.tfmot.gate.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.attestation.Interval;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Direction;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.claim.Limits;
import org.tfmot.gate.claim.Registration;
import org.tfmot.gate.claim.Target;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.ledger.LedgerRecord.RunFinished;
import org.tfmot.gate.ledger.RunStatus;
import org.tfmot.gate.ledger.Seeds;
import org.tfmot.gate.run.Curves;

/** The rules of the kinds, and the error rates that they keep as they are wired here. */
class StandingTest {

  private static final Digest KEY = Toy.digest("key");
  private static final double BETA = 0.05;
  private static final int REPLICATIONS = 1500;

  private static Claim claim(Kind kind, Direction direction, double documented, double floor) {
    boolean higher = direction == Direction.HIGHER_IS_BETTER;
    boolean reached = kind == Kind.TIME_TO_TARGET;
    List<Double> calibration = new ArrayList<>();
    for (int i = 0; i < 8 && kind.isMean(); i++) {
      calibration.add(documented + (i % 2 == 0 ? 0.01 : -0.01) * 0.9);
    }
    return new Claim(
        "t/e/m",
        "m",
        direction,
        kind,
        documented,
        floor,
        0.05,
        kind == Kind.EXACT ? new Limits(1, 1, 1) : new Limits(5, 60, 1),
        reached ? new Target(0.5, (long) floor, 0.5, 0.95) : null,
        1e-6,
        higher ? -100 : kind == Kind.BOUNDED_MEAN ? 100 : 1e9,
        calibration,
        "train",
        "docs/rfc/t.md",
        kind == Kind.BOUNDED_MEAN ? (Double) (2 * documented - floor) : null,
        null);
  }

  private static ClaimRule rule(Claim claim) {
    return ClaimRule.of(Registration.of(claim), BETA);
  }

  private static RunFinished run(int index, String metric, double value) {
    TreeMap<String, Double> metrics = new TreeMap<>();
    metrics.put(metric, value);
    return new RunFinished(
        KEY, index, Seeds.seed(KEY, index), RunStatus.OK, metrics, null, 1, null);
  }

  private static Standing standing(ClaimRule rule, List<RunFinished> runs) {
    Evidence.Turn next = new Evidence.Turn(runs.size() + 1, 1, false);
    return Standing.of(
        rule,
        new Evidence(KEY, "t/e/m", runs, List.of(), List.of(), 0, List.of(next)),
        GateOptions.STANDARD.maxVoids());
  }

  /** How many of many simulated claims end in a state. */
  private static double share(ClaimRule rule, DoubleSupplier value, ClaimState state) {
    int count = 0;
    for (int i = 0; i < REPLICATIONS; i++) {
      List<RunFinished> runs = new ArrayList<>();
      Standing standing = standing(rule, runs);
      while (standing.undecided()) {
        runs.add(run(runs.size() + 1, "m", value.getAsDouble()));
        standing = standing(rule, runs);
      }
      count += standing.state() == state ? 1 : 0;
    }
    return count / (double) REPLICATIONS;
  }

  @Test
  void mean_atTheFloor_passesAtMostAlpha() {
    ClaimRule rule = rule(claim(Kind.MEAN, Direction.HIGHER_IS_BETTER, 0.92, 0.9));
    SplittableRandom random = new SplittableRandom(1);
    double passes = share(rule, () -> 0.9 + 0.01 * random.nextGaussian(), ClaimState.PASS);
    // Three standard errors of a share of .05.
    assertTrue(passes <= 0.05 + 3 * Math.sqrt(0.05 * 0.95 / REPLICATIONS), "share " + passes);
    assertTrue(passes > 0, "else it would never pass at all");
  }

  @Test
  void mean_lowerIsBetter_atTheFloorPassesAtMostAlphaAndDocumentedFailsAtMostBeta() {
    ClaimRule rule = rule(claim(Kind.PAIRED, Direction.LOWER_IS_BETTER, 10, 10.02));
    SplittableRandom random = new SplittableRandom(2);
    double passes = share(rule, () -> 10.02 + 0.01 * random.nextGaussian(), ClaimState.PASS);
    assertTrue(passes <= 0.05 + 3 * Math.sqrt(0.05 * 0.95 / REPLICATIONS), "share " + passes);
    double fails = share(rule, () -> 10 + 0.01 * random.nextGaussian(), ClaimState.FAIL);
    assertTrue(fails <= BETA + 3 * Math.sqrt(0.05 * 0.95 / REPLICATIONS), "share " + fails);
    double worse = share(rule, () -> 10.04 + 0.01 * random.nextGaussian(), ClaimState.FAIL);
    assertTrue(worse > 0.999, "a loss is found: " + worse);
  }

  /**
   * Worst -100, floor 0, documented 10: a seed in eleven that collapses makes the mean the floor.
   */
  @Test
  void boundedMean_withSeedsThatCollapse_passesAtMostAlpha_andHealthyOnesPass() {
    ClaimRule rule = rule(claim(Kind.BOUNDED_MEAN, Direction.HIGHER_IS_BETTER, 10, 0));
    SplittableRandom random = new SplittableRandom(3);
    double passes =
        share(
            rule,
            () -> random.nextInt(11) == 0 ? -100 : 10 + 0.1 * random.nextGaussian(),
            ClaimState.PASS);
    assertTrue(passes <= 0.05 + 3 * Math.sqrt(0.05 * 0.95 / REPLICATIONS), "share " + passes);
    assertTrue(
        share(rule, () -> 10 + 0.1 * random.nextGaussian(), ClaimState.PASS) > 0.99, "healthy");
    assertTrue(share(rule, () -> -50, ClaimState.FAIL) > 0.99, "lost");
    // ln 20 / ln 1.1 = 31.4 runs at least.
    assertTrue(rule.expectedRuns() > 31 && rule.expectedRuns() < 40, "" + rule.expectedRuns());
  }

  @Test
  void boundedMean_lowerIsBetter_hasAnIntervalWithinItsBounds_andCountsWhatIsBeyondAsThem() {
    ClaimRule rule = rule(claim(Kind.BOUNDED_MEAN, Direction.LOWER_IS_BETTER, 10, 40));
    // Worst 100, best -20.
    List<RunFinished> runs = List.of(run(1, "m", 10), run(2, "m", 12), run(3, "m", -900));
    Standing standing = standing(rule, runs);
    assertEquals(-20, standing.runs().get(2).value());
    assertEquals((10 + 12 - 20) / 3.0, standing.estimate(), 1e-12);
    Interval interval = standing.interval();
    assertTrue(interval.low() >= -20 && interval.low() <= standing.estimate(), interval::toString);
    assertTrue(interval.high() <= 100 && interval.high() > 40, interval::toString);
    assertEquals(100, rule.value(run(1, "m", Double.NaN)));
    assertEquals(100, rule.value(run(1, "m", 1e12)));
  }

  /** Nine good runs and one that collapsed: nobody knows how many seeds do. */
  @Test
  void mean_ofWhichARunCollapsed_doesNotPassAnyMore_andNeedsNoFurtherRun() {
    ClaimRule rule = rule(claim(Kind.MEAN, Direction.HIGHER_IS_BETTER, 0.92, 0.9));
    List<RunFinished> runs = new ArrayList<>();
    for (int i = 1; i <= 9; i++) {
      runs.add(run(i, "m", 0.92 + 0.001 * (i % 2)));
    }
    assertEquals(ClaimState.PASS, standing(rule, runs).state());
    assertNull(standing(rule, runs).collapse());
    runs.add(run(10, "m", Double.NaN));
    Standing collapsed = standing(rule, runs);
    assertEquals("run 10 collapsed to m -100", collapsed.collapse());
    assertTrue(
        collapsed.state() == ClaimState.INCONCLUSIVE || collapsed.state() == ClaimState.FAIL);
    assertFalse(collapsed.undecided());
    Standing later =
        Standing.of(rule, standing(rule, runs.subList(0, 9)).evidence(), 5, "run 3 collapsed");
    assertEquals(ClaimState.INCONCLUSIVE, later.state());
    assertFalse(later.undecided());
  }

  /** Where no run is good the code was broken, and the seeds say nothing. */
  @Test
  void mean_ofACodeThatIsBroken_hasNoCollapse() {
    ClaimRule rule = rule(claim(Kind.MEAN, Direction.HIGHER_IS_BETTER, 0.92, 0.9));
    List<RunFinished> runs = List.of(run(1, "m", Double.NaN), run(2, "m", 0.1));
    assertNull(standing(rule, runs).collapse());
    assertEquals(ClaimState.FAIL, standing(rule, runs).state());
  }

  @Test
  void exact_atItsFloor_passesAndJustUnderItFails() {
    ClaimRule higher = rule(claim(Kind.EXACT, Direction.HIGHER_IS_BETTER, 0.8, 0.79));
    assertEquals(ClaimState.PASS, standing(higher, List.of(run(1, "m", 0.79))).state());
    assertEquals(ClaimState.FAIL, standing(higher, List.of(run(1, "m", 0.7899))).state());
    ClaimRule lower = rule(claim(Kind.EXACT, Direction.LOWER_IS_BETTER, 100, 110));
    assertEquals(ClaimState.PASS, standing(lower, List.of(run(1, "m", 110))).state());
    Standing fail = standing(lower, List.of(run(1, "m", 111)));
    assertEquals(ClaimState.FAIL, fail.state());
    assertNull(fail.level());
    assertNull(fail.interval());
    assertEquals(111, fail.estimate());
  }

  @Test
  void metricThatWasNotReportedOrIsNotFinite_countsAsTheWorst() {
    ClaimRule rule = rule(claim(Kind.MEAN, Direction.HIGHER_IS_BETTER, 0.92, 0.9));
    assertEquals(-100, rule.value(run(1, "other", 0.9)));
    assertEquals(-100, rule.value(run(1, "m", Double.NaN)));
    assertEquals(-100, rule.value(run(1, "m", Double.POSITIVE_INFINITY)));
  }

  @Test
  void timeToTarget_countsRunsThatReachedItInTime(@TempDir Path folder) throws IOException {
    Claim claim = claim(Kind.TIME_TO_TARGET, Direction.LOWER_IS_BETTER, 200, 300);
    ClaimRule rule = rule(claim);
    Path file = folder.resolve("curves.jsonl");
    Files.writeString(
        file,
        """
        {"metric":"m","step":100,"value":0.9}
        {"metric":"m","step":200,"value":0.6}
        {"metric":"m","step":300,"value":0.5}
        {"metric":"m","step":400,"value":0.7}
        """);
    TreeMap<String, Double> metrics = new TreeMap<>();
    TargetSteps.add(claim, claim.target(), Curves.read(file), metrics);
    assertEquals(300, metrics.get("reached:t/e/m"));
    assertEquals(1, rule.value(run(1, "reached:t/e/m", 300)));
    assertEquals(0, rule.value(run(1, "reached:t/e/m", 301)));
    assertEquals(0, rule.value(run(1, "reached:t/e/m", Double.POSITIVE_INFINITY)));
    assertEquals(0, rule.value(run(1, "m", 0.1)), "the last value alone says nothing");
    Files.writeString(file, "{\"metric\":\"m\",\"step\":100,\"value\":0.51}\n");
    TargetSteps.add(claim, claim.target(), Curves.read(file), metrics);
    assertEquals(Double.POSITIVE_INFINITY, metrics.get("reached:t/e/m"));
  }

  @Test
  void share_interval_isWilsons() {
    ClaimRule rule = rule(claim(Kind.TIME_TO_TARGET, Direction.HIGHER_IS_BETTER, 200, 300));
    List<RunFinished> runs = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      runs.add(run(i, "reached:t/e/m", i <= 7 ? 100 : 900));
    }
    // (0.7 + z^2/20 -+ z sqrt(0.021 + z^2/400)) / (1 + z^2/10) with z = 1.959964.
    Interval interval = standing(rule, runs).interval();
    assertEquals(0.3968, interval.low(), 1e-4);
    assertEquals(0.8922, interval.high(), 1e-4);
    Interval all = standing(rule, runs.subList(0, 7)).interval();
    assertEquals(1, all.high());
    assertTrue(all.low() > 0.6 && all.low() < 1);
  }

  @Test
  void runsOfOthersThatWeakenAPass_openItAgain() {
    ClaimRule rule = rule(claim(Kind.TIME_TO_TARGET, Direction.HIGHER_IS_BETTER, 200, 300));
    List<RunFinished> runs = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      runs.add(run(i, "reached:t/e/m", 100));
    }
    assertEquals(ClaimState.PASS, standing(rule, runs).state());
    runs.add(run(6, "reached:t/e/m", 900));
    Standing weakened = standing(rule, runs);
    assertEquals(ClaimState.INCONCLUSIVE, weakened.state());
    assertTrue(weakened.undecided());
  }
}
