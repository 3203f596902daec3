package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tfmot.gate.claim.Claims.Draft;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.statistics.TwoKeyRule;

class ClaimTest {

  static Arguments bad(String place, Consumer<Draft> change) {
    return Arguments.of(place, change);
  }

  private static void bounded(Claims.Draft draft, double best) {
    Claims.bounded(draft);
    draft.best = best;
  }

  @Test
  void boundedMean_needsNoCalibration_andSaysWhatItCosts() {
    Claims.Draft draft = new Claims.Draft();
    Claims.bounded(draft);
    Registration registered = Registration.of(draft.claim());
    assertTrue(registered.effect().isEmpty());
    draft.limits = new Limits(5, 25, 4);
    String message = assertThrows(IllegalArgumentException.class, draft::claim).getMessage();
    // ln 20 / ln(.9/.8) = 25.4: no test may pass with fewer runs, this one needs a few more.
    assertTrue(
        message.matches("(?s).*25: even if every run is as documented, (2[6-9]|3[0-3]) are.*"),
        message);
  }

  @Test
  void digest_ofAClaimWithoutABestValue_isThatOfBeforeThereWasOne() {
    assertFalse(Json.canonical(Claims.mean()).contains("best"));
    assertFalse(Json.canonical(Claims.mean()).contains("minShare"));
    Claims.Draft draft = new Claims.Draft();
    Claims.bounded(draft);
    Claim bounded = draft.claim();
    draft.best = 0.95;
    assertNotEquals(bounded.digest(), draft.claim().digest());
  }

  @Test
  void minShare_isTheProfileOfTheClaim() {
    Claims.Draft draft = new Claims.Draft();
    assertEquals(0.5, draft.claim().rule().p0());
    draft.minShare = 0.7;
    assertEquals(new TwoKeyRule(0.01, 5, 0.7, 0.95), draft.claim().rule());
    assertNotEquals(Claims.mean().digest(), draft.claim().digest());
    draft.minShare = 0.9;
    assertEquals(new TwoKeyRule(0.01, 5, 0.9, 0.995), draft.claim().rule());
  }

  static Stream<Arguments> badClaims() {
    return Stream.of(
        bad("/id", d -> d.id = "Pruning/resnet/accuracy"),
        bad("/id", d -> d.id = "pruning/accuracy"),
        bad("/alpha", d -> d.alpha = 0),
        bad("/alpha", d -> d.alpha = 0.6),
        bad("/alpha", d -> d.alpha = Double.NaN),
        bad("/documented", d -> d.documented = Double.NaN),
        bad("/floor", d -> d.floor = Double.NEGATIVE_INFINITY),
        bad("/floor", d -> d.floor = 0.91),
        bad("/floor", d -> d.direction = Direction.LOWER_IS_BETTER),
        bad("/worst", d -> d.worst = 0.9),
        bad("/worst", d -> d.worst = Double.NaN),
        bad("/resolution", d -> d.resolution = 0),
        bad("/resolution", d -> d.resolution = -1),
        bad("/resolution", d -> d.resolution = 0.02),
        bad("/limits/minRuns", d -> d.limits = new Limits(1, 12, 4)),
        bad("/limits/maxRuns", d -> d.limits = new Limits(5, 4, 4)),
        bad("/limits/maxMinutesPerRun", d -> d.limits = new Limits(5, 12, 0)),
        bad("/calibration/1", d -> d.calibration = List.of(0.9, Double.NaN)),
        bad("/test", d -> d.test = "no test"),
        bad("/target", d -> d.target = new Target(0.9, 10, 0.5, 0.9)),
        bad("/target", d -> d.kind = Kind.RELIABILITY),
        bad("/minShare", d -> d.minShare = 0.8),
        bad("/minShare", d -> d.minShare = Double.NaN),
        bad(
            "/minShare",
            d -> {
              bounded(d, 1);
              d.minShare = 0.7;
            }),
        bad("/best", d -> d.best = 1.0),
        bad("/best", d -> bounded(d, 0.9)),
        bad("/best", d -> bounded(d, 0.5)),
        bad("/best", d -> bounded(d, Double.POSITIVE_INFINITY)),
        bad(
            "/worst",
            d -> {
              bounded(d, 1);
              d.worst = 0.8;
            }),
        bad(
            "/limits/maxRuns",
            d -> {
              bounded(d, 1);
              d.limits = new Limits(5, 25, 4);
            }),
        bad("/target/p0", d -> reliable(d, new Target(0.9, 10, 0.95, 0.5))),
        bad("/target/p0", d -> reliable(d, new Target(0.9, 10, 0, 0.5))),
        bad("/target/step", d -> reliable(d, new Target(0.9, 0, 0.5, 0.95))),
        bad("/target/value", d -> reliable(d, new Target(Double.NaN, 10, 0.5, 0.95))),
        bad("/worst", d -> reliable(d, new Target(-1, 10, 0.5, 0.95))),
        bad("/documented", d -> reliable(d, new Target(0.9, 10, 0.5, 0.9))),
        bad("/floor", d -> reliable(d, new Target(0.9, 10, 0.6, 0.95))),
        bad(
            "/limits/maxRuns",
            d -> {
              reliable(d, new Target(0.9, 10, 0.5, 0.95));
              d.limits = new Limits(1, 7, 4);
            }),
        bad(
            "/documented",
            d -> {
              reliable(d, new Target(0.9, 10, 0.5, 0.95));
              d.kind = Kind.TIME_TO_TARGET;
              d.documented = 11;
              d.floor = 10;
            }));
  }

  private static void reliable(Draft draft, Target target) {
    draft.kind = Kind.RELIABILITY;
    draft.documented = 0.95;
    draft.floor = 0.5;
    draft.target = target;
  }

  @ParameterizedTest
  @MethodSource("badClaims")
  void claim_bad_isRefusedWithItsPlace(String place, Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    InvalidDescriptorException e = assertThrows(InvalidDescriptorException.class, draft::claim);
    assertTrue(
        e.problems().stream().anyMatch(problem -> problem.startsWith(place + ": ")),
        e.getMessage());
  }

  @Test
  void claim_severalProblems_areNamedAtOnce() {
    Draft draft = new Draft();
    draft.id = "?";
    draft.alpha = 2;
    draft.worst = 1;
    draft.limits = new Limits(0, -1, 0);
    InvalidDescriptorException e = assertThrows(InvalidDescriptorException.class, draft::claim);
    assertEquals(6, e.problems().size(), e.getMessage());
  }

  @Test
  void claim_eightStraightSuccesses_areEnoughForOnePercent() {
    // ln 100 / ln (0.95 / 0.5) = 7.17
    Draft draft = new Draft();
    reliable(draft, new Target(0.9, 10, 0.5, 0.95));
    draft.limits = new Limits(1, 8, 4);
    assertEquals(0.45, draft.claim().margin(), 1e-12);
  }

  @Test
  void overFloor_eitherDirection_isPositiveForBetter() {
    assertEquals(0.005, Claims.mean().overFloor(0.905), 1e-12);
    assertEquals(1000, Claims.exact().overFloor(124000), 1e-12);
    assertTrue(Claims.mean().overFloor(Claims.mean().worst()) < 0);
    assertTrue(Claims.exact().overFloor(Claims.exact().worst()) < 0);
    assertEquals(5000, Claims.exact().margin(), 1e-12);
  }

  @Test
  void digest_anyChange_isAnother() {
    assertEquals(Claims.mean().digest(), Claims.mean().digest());
    Draft draft = new Draft();
    draft.floor = 0.8999;
    assertNotEquals(Claims.mean().digest(), draft.claim().digest());
    TechniqueDescriptor pruning = Claims.pruning();
    TechniqueDescriptor turned =
        Claims.descriptor("pruning", list -> List.of(list.get(2), list.get(0), list.get(1)));
    TechniqueDescriptor fewer = Claims.descriptor("pruning", list -> list.subList(0, 2));
    assertEquals(pruning.claimsDigest(), turned.claimsDigest());
    assertNotEquals(pruning.claimsDigest(), fewer.claimsDigest());
  }
}
