package org.tfmot.gate.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Kind;
import org.tfmot.gate.json.Json;
import org.tfmot.gate.statistics.FalseBlockBudget;

/**
 * Requirements of a project for its releases: one committed, reviewed file, {@code
 * gate/policy.json}. Nothing on a command line loosens it.
 *
 * @param schemaVersion 1
 * @param falseBlockBudget the probability that a healthy release is blocked, over all claims, in
 *     (0, 1)
 * @param maxVoids how many VOID runs a claim may have under a key, at least 0
 * @param maxAlpha the largest alpha of a claim, in (0, 0.5]
 * @param minP0 the smallest p0 of a claim with a target, in (0, 1)
 * @param minRuns the fewest runs that a claim about a mean passes with, at least 2; one with a
 *     target needs log(1/alpha) / log(p1/p0) successes anyway
 * @param maxAgeDays how old an attestation may be when it is published, at least 1
 * @param requiredTechniques techniques without whose claims nothing is released
 * @param requireProcess whether a technique is released only when the process of RFC, reproduction
 *     and approvals is through
 * @param runners names of the trusted keys whose runs count for a release; empty for every trusted
 *     runner, and the release job
 * @param maxRunAgeDays how old a run may be when it is attested, at least 1; 90 if it is missing
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record ReleasePolicy(
    int schemaVersion,
    double falseBlockBudget,
    int maxVoids,
    double maxAlpha,
    double minP0,
    int minRuns,
    int maxAgeDays,
    List<String> requiredTechniques,
    boolean requireProcess,
    @Nullable List<String> runners,
    @Nullable Integer maxRunAgeDays) {

  /** The name of the file among the records. */
  public static final String FILE = "policy.json";

  /** Applies where a project has no such file. */
  public static final ReleasePolicy STANDARD =
      new ReleasePolicy(1, 0.05, 5, 0.05, 0.5, 5, 14, List.of(), false);

  private static final int RUN_AGE_DAYS = 90;

  /** A policy that admits every trusted runner. */
  public ReleasePolicy(
      int schemaVersion,
      double falseBlockBudget,
      int maxVoids,
      double maxAlpha,
      double minP0,
      int minRuns,
      int maxAgeDays,
      List<String> requiredTechniques,
      boolean requireProcess) {
    this(
        schemaVersion,
        falseBlockBudget,
        maxVoids,
        maxAlpha,
        minP0,
        minRuns,
        maxAgeDays,
        requiredTechniques,
        requireProcess,
        null,
        null);
  }

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException naming a value that is out of its range
   */
  public ReleasePolicy {
    requiredTechniques = List.copyOf(requiredTechniques);
    runners = runners == null ? List.of() : List.copyOf(runners);
    maxRunAgeDays = maxRunAgeDays == null ? (Integer) RUN_AGE_DAYS : maxRunAgeDays;
    require(maxRunAgeDays >= 1, "maxRunAgeDays", maxRunAgeDays, "at least 1");
    require(schemaVersion == 1, "schemaVersion", schemaVersion, "1");
    require(
        falseBlockBudget > 0 && falseBlockBudget < 1,
        "falseBlockBudget",
        falseBlockBudget,
        "in (0, 1)");
    require(maxVoids >= 0, "maxVoids", maxVoids, "at least 0");
    require(maxAlpha > 0 && maxAlpha <= 0.5, "maxAlpha", maxAlpha, "in (0, 0.5]");
    require(minP0 > 0 && minP0 < 1, "minP0", minP0, "in (0, 1)");
    require(minRuns >= 2, "minRuns", minRuns, "at least 2");
    require(maxAgeDays >= 1, "maxAgeDays", maxAgeDays, "at least 1");
  }

  /**
   * Reads the policy of a project.
   *
   * @param file {@code gate/policy.json}
   * @return {@link #STANDARD} if there is no such file
   * @throws org.tfmot.gate.json.InvalidJsonException if it is no policy, with file, place and
   *     reason
   */
  public static ReleasePolicy read(Path file) throws IOException {
    return Files.exists(file) ? Json.read(file, ReleasePolicy.class) : STANDARD;
  }

  /** Returns the budget that the claims share. */
  public FalseBlockBudget budget() {
    return new FalseBlockBudget(falseBlockBudget);
  }

  /** Returns the same policy with fewer VOID runs; more are not to be had. */
  public ReleasePolicy withMaxVoids(int voids) {
    if (voids > maxVoids) {
      throw new IllegalArgumentException(
          "%d VOID runs are more than the policy allows, %d: a command line tightens, it never loosens"
              .formatted(voids, maxVoids));
    }
    return new ReleasePolicy(
        schemaVersion,
        falseBlockBudget,
        voids,
        maxAlpha,
        minP0,
        minRuns,
        maxAgeDays,
        requiredTechniques,
        requireProcess,
        runners,
        maxRunAgeDays);
  }

  @Override
  public List<String> runners() {
    return runners == null ? List.of() : runners;
  }

  @Override
  public Integer maxRunAgeDays() {
    return maxRunAgeDays == null ? (Integer) RUN_AGE_DAYS : maxRunAgeDays;
  }

  /**
   * Returns why a claim asks for too little to be a claim of this project; empty if it does not.
   */
  List<String> objections(Claim claim) {
    List<String> objections = new ArrayList<>();
    if (claim.alpha() > maxAlpha) {
      objections.add(
          "its alpha is %s, the policy allows at most %s".formatted(claim.alpha(), maxAlpha));
    }
    if (claim.target() != null && claim.target().p0() < minP0) {
      objections.add(
          "its target.p0 is %s, the policy asks for at least %s"
              .formatted(claim.target().p0(), minP0));
    }
    if (claim.kind().isMean() && claim.rule().p0() < minP0) {
      objections.add(
          "its minShare is %s, the policy asks for at least %s (minP0)"
              .formatted(claim.rule().p0(), minP0));
    }
    boolean mean = claim.kind().isMean() || claim.kind() == Kind.BOUNDED_MEAN;
    if (mean && claim.limits().minRuns() < minRuns) {
      objections.add(
          "its limits.minRuns is %d, the policy asks for at least %d"
              .formatted(claim.limits().minRuns(), minRuns));
    }
    return objections;
  }

  private static void require(boolean holds, String name, Object value, String range) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s, it has to be %s".formatted(name, value, range));
    }
  }
}
