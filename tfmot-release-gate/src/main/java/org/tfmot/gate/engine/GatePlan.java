package org.tfmot.gate.engine;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.statistics.BatchEffect;

/**
 * Plan of a gate: which evidence counts already, what has to be run, how long that will take. Runs
 * are counted once, however many claims share them.
 *
 * @param tests in the order in which they are run
 * @param claims all of them; those with a test first, in its order
 * @param expectedRuns of this shard
 * @param expectedMinutes of this shard
 * @param coverageProblems claims without a test and tests without a claim
 * @param refusals claims that could not be registered, with the reason
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GatePlan(
    List<PlannedTest> tests,
    List<PlannedClaim> claims,
    int expectedRuns,
    double expectedMinutes,
    List<String> coverageProblems,
    List<String> refusals) {

  /** Copies the lists. */
  public GatePlan {
    tests = List.copyOf(tests);
    claims = List.copyOf(claims);
    coverageProblems = List.copyOf(coverageProblems);
    refusals = List.copyOf(refusals);
  }

  /**
   * A test.
   *
   * @param name its name
   * @param key digest of what its runs are evidence about
   * @param undecided ids of the claims that still need runs
   * @param inShard whether this machine runs it
   * @param expectedRuns until its claims are decided, if they are healthy
   * @param minutesPerRun expected time of a run
   * @param measured whether that time is from earlier runs; else it is the claims' limit
   * @param failure estimated probability that one of its claims does not pass
   * @param changes what is not as it was for its last runs, so that they do not count; empty if
   *     they do, or there are none
   */
  public record PlannedTest(
      String name,
      Digest key,
      List<String> undecided,
      boolean inShard,
      int expectedRuns,
      double minutesPerRun,
      boolean measured,
      double failure,
      List<String> changes) {

    /** Copies the lists. */
    public PlannedTest {
      undecided = List.copyOf(undecided);
      changes = List.copyOf(changes);
    }

    /** Expected time until its claims are decided. */
    public double expectedMinutes() {
      return expectedRuns * minutesPerRun;
    }
  }

  /**
   * A claim.
   *
   * @param id its id
   * @param test that proves it
   * @param key digest of what its runs are evidence about; null if it has no test
   * @param state as it is before any run
   * @param runs that count already
   * @param voids that it has had
   * @param next the run that would be started next; null if none is wanted
   * @param expectedRuns until it is decided, if it is healthy; 0 if none is wanted
   * @param expectedMinutes for those, if they were for it alone
   * @param maxRuns its limit, in this try
   * @param tryNumber which try since the last release it is, from 1: the tries share alpha
   * @param alpha of this try
   * @param firstTryRuns expected runs of a healthy claim in a first try, for comparison
   * @param batches what the runs of one machine and day have in common; null if that is not known
   */
  public record PlannedClaim(
      String id,
      String test,
      @Nullable Digest key,
      ClaimState state,
      int runs,
      int voids,
      Evidence.@Nullable Turn next,
      int expectedRuns,
      double expectedMinutes,
      int maxRuns,
      int tryNumber,
      double alpha,
      int firstTryRuns,
      @Nullable BatchEffect batches) {

    /** Returns how it stands, what is wanted, which try it is, and what its batches share. */
    public String text() {
      String text = "%s: %s, %d runs count, about %d more".formatted(id, state, runs, expectedRuns);
      if (tryNumber > 1) {
        text +=
            ("; it is try %d since the last release, with an alpha of %s: a healthy claim takes"
                    + " more runs than the %d of a first try, at most %d")
                .formatted(tryNumber, EvidenceLevel.text(alpha), firstTryRuns, maxRuns);
      }
      return batches == null ? text : text + ";" + Sentences.batches(batches);
    }
  }
}
