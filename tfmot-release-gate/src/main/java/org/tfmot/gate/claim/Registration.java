package org.tfmot.gate.claim;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apiguardian.api.API;
import org.tfmot.gate.statistics.Calibration;

/**
 * A claim that may be tested. A claim about a mean is admitted only if its reference runs carry it:
 * a margin under the noise of the seeds could never be told from luck, and would block at random.
 *
 * @param claim the claim
 * @param effect the margin in standard deviations that the sequential test is built for, in [1, 3];
 *     empty for a claim that is not about a mean
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Registration(Claim claim, OptionalDouble effect) {

  /** The reference runs that a claim about a mean needs. */
  public static final int REFERENCE_RUNS = Calibration.MIN_RUNS;

  /** Standard errors by which the documented value may be better than the reference runs. */
  private static final double STANDARD_ERRORS = 3;

  /**
   * Registers a claim.
   *
   * @throws ClaimRefusedException with every reason, and the ways out
   */
  public static Registration of(Claim claim) {
    if (!claim.kind().isMean()) {
      return new Registration(claim, OptionalDouble.empty());
    }
    int runs = claim.calibration().size();
    if (runs < REFERENCE_RUNS) {
      throw new ClaimRefusedException(
          claim.id(),
          List.of(
              "its calibration has %d reference runs, a %s claim needs at least %d; run the"
                      .formatted(runs, claim.kind(), REFERENCE_RUNS)
                  + " example with more seeds and add the values"));
    }
    Calibration calibration =
        Calibration.of(
            claim.calibration().stream().mapToDouble(claim.direction()::oriented).toArray(),
            claim.resolution());
    double documented = claim.direction().oriented(claim.documented());
    double floor = claim.direction().oriented(claim.floor());
    List<String> reasons = new ArrayList<>();
    if (!calibration.admits(documented, floor)) {
      reasons.add(underNoise(claim, calibration));
    }
    double reach =
        calibration.mean()
            + STANDARD_ERRORS * calibration.deviation() / Math.sqrt(runs)
            + claim.resolution();
    if (documented > reach) {
      reasons.add(
          ("documented %s is better than its reference runs, which average %s: document what they"
                  + " reach")
              .formatted(claim.documented(), text(claim.direction().oriented(calibration.mean()))));
    }
    if (reasons.isEmpty()) {
      tooFewRuns(claim, calibration.effect(documented, floor)).ifPresent(reasons::add);
    }
    if (!reasons.isEmpty()) {
      throw new ClaimRefusedException(claim.id(), reasons);
    }
    return new Registration(claim, OptionalDouble.of(calibration.effect(documented, floor)));
  }

  /**
   * Returns the resolution of a claim's metric in standard deviations of its seed noise.
   *
   * @param effect its margin in the same unit
   */
  public static double grain(Claim claim, double effect) {
    return claim.resolution() * effect / claim.margin();
  }

  /** Returns why the claim could not pass whatever its runs were; empty if it could. */
  private static Optional<String> tooFewRuns(Claim claim, double effect) {
    int fewest;
    try {
      fewest = claim.rule().withAlpha(claim.alpha(1)).fewestRuns(effect, grain(claim, effect));
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    int most = claim.limits().maxRuns();
    return fewest <= most
        ? Optional.empty()
        : Optional.of(
            ("its limits.maxRuns is %d, and that more than %s of all runs reach the floor is shown"
                    + " by %d good runs at least")
                .formatted(most, claim.rule().p0(), fewest));
  }

  /**
   * Registers all claims of some techniques.
   *
   * @throws InvalidDescriptorException naming every claim that is refused
   */
  public static List<Registration> all(Collection<TechniqueDescriptor> techniques) {
    List<Registration> registered = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (TechniqueDescriptor technique : techniques) {
      for (Claim claim : technique.claims()) {
        try {
          registered.add(of(claim));
        } catch (ClaimRefusedException e) {
          refused.add(e.getMessage());
        }
      }
    }
    if (!refused.isEmpty()) {
      throw new InvalidDescriptorException("the registration of claims", refused);
    }
    return List.copyOf(registered);
  }

  private static String underNoise(Claim claim, Calibration calibration) {
    double noise = calibration.upper();
    // Rounded to the worse side: the floor that is named must be admitted.
    BigDecimal lowest =
        new BigDecimal(claim.direction().oriented(claim.documented()) - noise)
            .round(new MathContext(4, RoundingMode.FLOOR));
    double wide = claim.direction().oriented(lowest.doubleValue());
    return ("its margin is smaller than the noise of the seeds: from the floor %s to the documented"
            + " %s it is %s, one standard deviation is up to %s (%d reference runs, 80 %% bound)."
            + " Three ways out: widen the margin (a floor of %s or worse); lengthen the run, until"
            + " seeds differ by less than %s; or %s")
        .formatted(
            claim.floor(),
            claim.documented(),
            text(claim.margin()),
            text(noise),
            claim.calibration().size(),
            text(wide),
            text(claim.margin()),
            claim.kind() == Kind.PAIRED
                ? "pair the seeds more closely (the same initial values and order of the data in"
                    + " both trainings)"
                : "pair the seeds (kind PAIRED: technique minus base, trained with the same seed)");
  }

  private static String text(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }
}
