package org.tfmot.gate.attestation;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.statistics.BatchEffect;

/**
 * A claim in a release.
 *
 * @param id the claim's id
 * @param alpha the probability of a release although the benefit is gone, of all tries together
 * @param beta the probability of FAIL although the benefit holds
 * @param n how many runs counted
 * @param seeds of those runs, in their order
 * @param evidence for the benefit, at least 1/tryAlpha for PASS; null for an EXACT claim, which has
 *     none
 * @param decision how the claim stands
 * @param estimate of the metric; null without runs
 * @param interval around the estimate; null for fewer than two runs
 * @param tryNumber which try since the last release it is: the tries share alpha. Null for an EXACT
 *     claim, and in attestations of before there was such a number
 * @param tryAlpha the alpha of this try; evidence of its inverse passes
 * @param batches what runs of one machine and day have in common; null if that is not known
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record AttestedClaim(
    String id,
    double alpha,
    double beta,
    int n,
    List<Integer> seeds,
    @Nullable Double evidence,
    ClaimState decision,
    @Nullable Double estimate,
    @Nullable Interval interval,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer tryNumber,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double tryAlpha,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable BatchEffect batches) {

  /** Largest relative difference between two computations of the same number. */
  private static final double TOLERANCE = 1e-9;

  /** A claim without tries and batches. */
  public AttestedClaim(
      String id,
      double alpha,
      double beta,
      int n,
      List<Integer> seeds,
      @Nullable Double evidence,
      ClaimState decision,
      @Nullable Double estimate,
      @Nullable Interval interval) {
    this(id, alpha, beta, n, seeds, evidence, decision, estimate, interval, null, null, null);
  }

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if the numbers contradict each other
   */
  public AttestedClaim {
    seeds = List.copyOf(seeds);
    if (seeds.size() != n) {
      throw new IllegalArgumentException(
          "%s has %d runs and %d seeds".formatted(id, n, seeds.size()));
    }
    if (new HashSet<>(seeds).size() != n) {
      throw new IllegalArgumentException("%s counts a seed twice: %s".formatted(id, seeds));
    }
    if (!(alpha > 0 && alpha < 1) || !(beta >= 0 && beta < 1)) {
      throw new IllegalArgumentException(
          "%s has alpha %s and beta %s: both are probabilities".formatted(id, alpha, beta));
    }
    if (decision == ClaimState.PASS) {
      if (n == 0) {
        throw new IllegalArgumentException(id + " passed without a run");
      }
      double least = 1 / (tryAlpha == null ? alpha : tryAlpha);
      if (evidence != null && !(evidence >= (1 - TOLERANCE) * least)) {
        throw new IllegalArgumentException(
            "%s passed with evidence %s, under 1/alpha = %s".formatted(id, evidence, least));
      }
    }
  }

  /** Describes what another computation of this claim gives differently; empty if nothing. */
  String difference(AttestedClaim other) {
    if (decision != other.decision) {
      return "decision %s, not %s".formatted(other.decision, decision);
    }
    if (!seeds.equals(other.seeds)) {
      return "seeds %s, not %s".formatted(other.seeds, seeds);
    }
    if (!close(alpha, other.alpha) || !close(beta, other.beta)) {
      return "alpha %s and beta %s, not %s and %s".formatted(other.alpha, other.beta, alpha, beta);
    }
    boolean tries = Objects.equals(tryNumber, other.tryNumber) && close(tryAlpha, other.tryAlpha);
    if (tryNumber != null && !tries) {
      return "try %s with alpha %s, not %s with %s"
          .formatted(other.tryNumber, other.tryAlpha, tryNumber, tryAlpha);
    }
    if (!close(batches, other.batches)) {
      return "batches %s, not %s".formatted(other.batches, batches);
    }
    if (!close(evidence, other.evidence)) {
      return "evidence %s, not %s".formatted(other.evidence, evidence);
    }
    if (!close(estimate, other.estimate)) {
      return "estimate %s, not %s".formatted(other.estimate, estimate);
    }
    Interval mine = interval;
    Interval theirs = other.interval;
    boolean same = Objects.equals(mine, theirs);
    if (mine != null && theirs != null) {
      same =
          close(mine.low(), theirs.low())
              && close(mine.high(), theirs.high())
              && close(mine.confidence(), theirs.confidence());
    }
    return same ? "" : "interval %s, not %s".formatted(theirs, mine);
  }

  /** Returns which try it is; 1 if the attestation does not say. */
  public int numberOfTry() {
    return tryNumber == null ? 1 : tryNumber;
  }

  private static boolean close(@Nullable BatchEffect a, @Nullable BatchEffect b) {
    if (a == null || b == null) {
      return Objects.equals(a, b);
    }
    return a.batches() == b.batches()
        && close((Double) a.share(), (Double) b.share())
        && close((Double) a.chance(), (Double) b.chance());
  }

  private static boolean close(@Nullable Double a, @Nullable Double b) {
    if (a == null || b == null) {
      return Objects.equals(a, b);
    }
    return a.equals(b) || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  }
}
