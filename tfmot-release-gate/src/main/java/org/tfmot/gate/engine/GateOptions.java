package org.tfmot.gate.engine;

import java.time.Duration;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.attestation.ConvergencePredicate;
import org.tfmot.gate.ledger.RunAdmission;
import org.tfmot.gate.signature.SigningKey;
import org.tfmot.gate.statistics.FalseBlockBudget;

/**
 * Options of a gate's run.
 *
 * @param failFast whether the first FAIL ends it; else all claims are decided, for the report
 * @param shard the part of the tests that is run
 * @param timeBudget after which no run is started; null for no limit
 * @param policy what the project asks of its claims and runs
 * @param runners whose runs count; null to look at all, which releases nothing
 * @param runner signs the runs that are made; null for runs that are good for looking only
 * @param lastRelease what was attested last: tries since then share alpha; null before the first
 *     release
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record GateOptions(
    boolean failFast,
    Shard shard,
    @Nullable Duration timeBudget,
    ReleasePolicy policy,
    @Nullable Runners runners,
    @Nullable SigningKey runner,
    @Nullable ConvergencePredicate lastRelease) {

  /** All tests to the end, under the standard policy. */
  public static final GateOptions STANDARD =
      new GateOptions(false, Shard.ALL, null, ReleasePolicy.STANDARD);

  /** Options of a gate that looks at all runs, and signs none. */
  public GateOptions(
      boolean failFast, Shard shard, @Nullable Duration timeBudget, ReleasePolicy policy) {
    this(failFast, shard, timeBudget, policy, null, null, null);
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if runs of the runner would not count
   */
  public GateOptions {
    if (runner != null && (runners == null || !runners.admits(runner))) {
      throw new IllegalArgumentException(
          "runs of the key %s would not count: it is no runner of the trusted keys and the policy"
              .formatted(runner.keyId()));
    }
    if (timeBudget != null && timeBudget.isNegative()) {
      throw new IllegalArgumentException("the time budget is %s, under 0".formatted(timeBudget));
    }
  }

  /** Returns the VOID runs that a claim may have under a key; with more it does not pass. */
  public int maxVoids() {
    return policy.maxVoids();
  }

  /** The probability that a healthy suite is blocked, shared out over all its claims. */
  public FalseBlockBudget budget() {
    return policy.budget();
  }

  /** The same, ending at the first FAIL. */
  public GateOptions withFailFast() {
    return new GateOptions(true, shard, timeBudget, policy, runners, runner, lastRelease);
  }

  /** The same for another part. */
  public GateOptions withShard(Shard other) {
    return new GateOptions(failFast, other, timeBudget, policy, runners, runner, lastRelease);
  }

  /** The same with another time budget. */
  public GateOptions withTimeBudget(Duration time) {
    return new GateOptions(failFast, shard, time, policy, runners, runner, lastRelease);
  }

  /** The same with another limit of VOID runs, at most the policy's. */
  public GateOptions withMaxVoids(int voids) {
    return withPolicy(policy.withMaxVoids(voids));
  }

  /** The same under another policy. */
  public GateOptions withPolicy(ReleasePolicy other) {
    return new GateOptions(failFast, shard, timeBudget, other, runners, runner, lastRelease);
  }

  /**
   * The same, where only runs of some runners count.
   *
   * @param own signs the runs that are made; null if none are
   */
  public GateOptions withRunners(Runners others, @Nullable SigningKey own) {
    return new GateOptions(failFast, shard, timeBudget, policy, others, own, lastRelease);
  }

  /** The same after another release. */
  public GateOptions withLastRelease(@Nullable ConvergencePredicate release) {
    return new GateOptions(failFast, shard, timeBudget, policy, runners, runner, release);
  }

  /** Returns which runs count. */
  RunAdmission admission() {
    return runners == null ? RunAdmission.LOOKING : runners;
  }
}
