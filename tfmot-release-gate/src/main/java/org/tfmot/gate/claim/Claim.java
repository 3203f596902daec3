package org.tfmot.gate.claim;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.statistics.AlphaSpending;
import org.tfmot.gate.statistics.BettingMean;
import org.tfmot.gate.statistics.TwoKeyRule;

/**
 * A documented benefit, in the words that a test can hold it to.
 *
 * <p>{@code documented} and {@code floor} are values of the metric for EXACT, MEAN, BOUNDED_MEAN,
 * PAIRED (PAIRED: of technique minus base, which the run reports itself). For RELIABILITY they are
 * the shares of runs, {@code target.p1} and {@code target.p0}. For TIME_TO_TARGET they are steps:
 * the documented step, and the last one that will do, {@code target.step}.
 *
 * @param id {@code technique/example/metric}, lower case
 * @param metric the name under which runs report it
 * @param direction which way the metric is better
 * @param kind how it is proven
 * @param documented what the documentation says
 * @param floor the value that must be beaten; for EXACT it must be reached
 * @param alpha the probability of a release although the benefit is gone, in (0, 0.5]
 * @param limits how much may be spent on it
 * @param target what a run has to reach; only for RELIABILITY and TIME_TO_TARGET
 * @param resolution the smallest difference that the metric can show, such as 1/test-set size
 * @param worst what a diverged run counts as
 * @param calibration the metric's values in the reference runs; needed for MEAN and PAIRED
 * @param test {@code package.Class#method}, or the name of a command
 * @param marginSource where the margin was agreed on, such as the RFC
 * @param best the best value that the metric can have, only for BOUNDED_MEAN; null if there is none
 * @param minShare more than this share of runs has to reach the floor, only for MEAN and PAIRED:
 *     .5, .7 or .9; null for .5
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Claim(
    String id,
    String metric,
    Direction direction,
    Kind kind,
    double documented,
    double floor,
    double alpha,
    Limits limits,
    @Nullable Target target,
    double resolution,
    double worst,
    List<Double> calibration,
    String test,
    String marginSource,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double best,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double minShare) {

  /** Allowed values of {@code minShare}. */
  public static final List<Double> SHARES = List.of(0.5, 0.7, 0.9);

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException naming everything that is wrong with the claim
   */
  public Claim {
    calibration = List.copyOf(calibration);
    Problems problems = new Problems(id);
    ClaimRules.check(
        new ClaimRules.Values(
            id,
            metric,
            direction,
            kind,
            documented,
            floor,
            alpha,
            limits,
            target,
            resolution,
            worst,
            calibration,
            test,
            marginSource,
            best,
            minShare),
        true,
        problems);
    problems.throwIfAny();
  }

  /**
   * Returns the alpha of one of the tries that share it.
   *
   * @param number of the try, from 1
   */
  public double alpha(int number) {
    return AlphaSpending.of(alpha, number);
  }

  /** Returns how much evidence a claim about a mean needs. */
  public TwoKeyRule rule() {
    TwoKeyRule profile =
        minShare == null || minShare == 0.5
            ? TwoKeyRule.STANDARD
            : minShare == 0.7 ? TwoKeyRule.CRITICAL : TwoKeyRule.STRICT;
    return new TwoKeyRule(alpha, limits.minRuns(), profile.p0(), profile.p1());
  }

  /** The distance from floor to documented value, oriented so that it is positive. */
  public double margin() {
    return switch (kind) {
      case EXACT, MEAN, BOUNDED_MEAN, PAIRED ->
          direction.oriented(documented) - direction.oriented(floor);
      case RELIABILITY -> documented - floor;
      case TIME_TO_TARGET -> floor - documented;
    };
  }

  /** A value of the metric, from the floor, turned so that higher is better: X' of the method. */
  public double overFloor(double value) {
    return direction.oriented(value) - direction.oriented(floor);
  }

  /** Returns what a BOUNDED_MEAN claim says of its metric, over the floor. */
  public BettingMean.Range range() {
    return new BettingMean.Range(
        overFloor(worst), margin(), best == null ? null : (Double) overFloor(best));
  }

  /** The digest of all that the claim says. Any change of it voids evidence and approvals. */
  public Digest digest() {
    return Digest.ofJson(this);
  }
}
