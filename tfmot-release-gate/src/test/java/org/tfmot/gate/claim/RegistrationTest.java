package org.tfmot.gate.claim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.tfmot.gate.claim.Claims.Draft;

class RegistrationTest {

  /** scipy: sd * sqrt(7 / chi2.ppf(0.2, 7)), sd = 0.002 * sqrt(8 / 7), of {@link Claims#RUNS}. */
  private static final double UPPER = 0.002893419202;

  private static String refused(Draft draft) {
    Claim claim = draft.claim();
    ClaimRefusedException e =
        assertThrows(ClaimRefusedException.class, () -> Registration.of(claim));
    assertEquals(claim.id(), e.claimId());
    assertTrue(e.getMessage().startsWith(claim.id()), e.getMessage());
    return e.getMessage();
  }

  private static Draft withMargin(double deviations) {
    Draft draft = new Draft();
    draft.floor = draft.documented - deviations * UPPER;
    return draft;
  }

  @Test
  void of_marginInDeviations_isTheEffect() {
    assertEquals(2.5, Registration.of(withMargin(2.5).claim()).effect().orElseThrow(), 1e-6);
    assertEquals(3, Registration.of(withMargin(20).claim()).effect().orElseThrow(), 1e-6);
    assertEquals(1.001, Registration.of(withMargin(1.001).claim()).effect().orElseThrow(), 1e-6);
  }

  @Test
  void of_marginUnderTheNoise_isRefusedWithReasonAndThreeWaysOut() {
    String message = refused(withMargin(0.999));
    assertTrue(message.contains("margin is smaller than the noise of the seeds"), message);
    assertTrue(message.contains("8 reference runs, 80 % bound"), message);
    assertTrue(message.contains("widen the margin"), message);
    assertTrue(message.contains("lengthen the run"), message);
    assertTrue(message.contains("pair the seeds"), message);
    assertTrue(message.contains("kind PAIRED"), message);
  }

  @Test
  void of_floorThatTheRefusalNames_isAdmitted() {
    for (Direction direction : Direction.values()) {
      Draft draft = withMargin(0.5);
      if (direction == Direction.LOWER_IS_BETTER) {
        draft.direction = direction;
        draft.documented = 0.91;
        draft.floor = 0.91 + 0.5 * UPPER;
        draft.worst = 10;
      }
      String message = refused(draft);
      String floor = message.replaceAll("(?s).*a floor of ([0-9.]+) or worse.*", "$1");
      draft.floor = Double.parseDouble(floor);
      assertEquals(1, Registration.of(draft.claim()).effect().orElseThrow(), 0.05, message);
    }
  }

  /** 0.9^n is 0.01 after 44 runs; ln 100 / ln(.995 / .9) = 45.9. */
  @Test
  void of_shareThatItsRunsCannotShow_isRefusedWithTheirNumber() {
    Draft draft = withMargin(3);
    draft.minShare = 0.9;
    String message = refused(draft);
    assertTrue(message.contains("its limits.maxRuns is 12"), message);
    assertTrue(message.contains("48 good runs at least"), message);
    draft.limits = new Limits(5, 48, 4);
    assertEquals(3, Registration.of(draft.claim()).effect().orElseThrow(), 1e-6);
    draft.floor = draft.documented - 1.2 * UPPER;
    assertTrue(refused(draft).contains("not more than p0 = 0.9; widen the margin"), refused(draft));
  }

  @Test
  void grain_isTheResolutionInDeviations() {
    Draft draft = withMargin(2);
    draft.resolution = 0.001;
    Claim claim = draft.claim();
    double effect = Registration.of(claim).effect().orElseThrow();
    assertEquals(0.001 / UPPER, Registration.grain(claim, effect), 1e-6);
  }

  @Test
  void of_pairedUnderTheNoise_isToldToPairMoreClosely() {
    Draft draft = withMargin(0.5);
    draft.kind = Kind.PAIRED;
    assertTrue(refused(draft).contains("pair the seeds more closely"));
  }

  @Test
  void of_lowerIsBetter_isTheSameTurnedRound() {
    Draft draft = new Draft();
    draft.direction = Direction.LOWER_IS_BETTER;
    draft.floor = draft.documented + 2 * UPPER;
    draft.worst = 10;
    assertEquals(2, Registration.of(draft.claim()).effect().orElseThrow(), 1e-6);
  }

  @Test
  void of_tooFewReferenceRuns_isRefused() {
    Draft draft = new Draft();
    draft.calibration = Claims.RUNS.subList(0, 7);
    assertTrue(refused(draft).contains("7 reference runs, a MEAN claim needs at least 8"));
  }

  @Test
  void of_documentedBeyondTheReferenceRuns_isRefused() {
    Draft draft = new Draft();
    draft.documented = 0.93;
    String message = refused(draft);
    assertTrue(message.contains("documented 0.93 is better than its reference runs"), message);
    assertTrue(message.contains("0.91"), message);
  }

  @Test
  void of_referenceRunsAllEqual_hasTheLargestEffect() {
    Draft draft = new Draft();
    draft.calibration = List.of(0.91, 0.91, 0.91, 0.91, 0.91, 0.91, 0.91, 0.91);
    assertEquals(3, Registration.of(draft.claim()).effect().orElseThrow());
  }

  @Test
  void of_claimsNotAboutAMean_needNoCalibration() {
    assertEquals(OptionalDouble.empty(), Registration.of(Claims.exact()).effect());
    assertEquals(OptionalDouble.empty(), Registration.of(Claims.reliability()).effect());
  }

  @Test
  void all_severalRefused_namesEach() {
    Draft one = withMargin(0.5);
    Draft two = withMargin(0.5);
    two.id = "pruning/resnet/recall";
    TechniqueDescriptor descriptor =
        Claims.descriptor("pruning", list -> List.of(one.claim(), Claims.exact(), two.claim()));
    InvalidDescriptorException e =
        assertThrows(InvalidDescriptorException.class, () -> Registration.all(List.of(descriptor)));
    assertEquals(2, e.problems().size());
    assertEquals(3, Registration.all(List.of(Claims.pruning())).size());
  }
}
