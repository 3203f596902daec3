package org.tfmot.gate.engine;

import java.time.Duration;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.statistics.FalseBlockBudget;

/**
 * How a gate is run.
 *
 * @param failFast whether the first FAIL ends it; else all claims are decided, for the report
 * @param shard the part of the tests that is run
 * @param timeBudget after which no run is started; null for no limit
 * @param policy what the project asks of its claims and runs
 */
@API(status = API.Status.EXPERIMENTAL)
public record GateOptions(
    boolean failFast, Shard shard, @Nullable Duration timeBudget, ReleasePolicy policy) {

  /** All tests to the end, under the standard policy. */
  public static final GateOptions STANDARD =
      new GateOptions(false, Shard.ALL, null, ReleasePolicy.STANDARD);

  /** Checks the ranges. */
  public GateOptions {
    if (timeBudget != null && timeBudget.isNegative()) {
      throw new IllegalArgumentException("the time budget is %s, under 0".formatted(timeBudget));
    }
  }

  /** How many VOID runs a claim may have under a key; with more it does not pass. */
  public int maxVoids() {
    return policy.maxVoids();
  }

  /** The probability that a healthy suite is blocked, shared out over all its claims. */
  public FalseBlockBudget budget() {
    return policy.budget();
  }

  /** The same, ending at the first FAIL. */
  public GateOptions withFailFast() {
    return new GateOptions(true, shard, timeBudget, policy);
  }

  /** The same for another part. */
  public GateOptions withShard(Shard other) {
    return new GateOptions(failFast, other, timeBudget, policy);
  }

  /** The same with another time budget. */
  public GateOptions withTimeBudget(Duration time) {
    return new GateOptions(failFast, shard, time, policy);
  }

  /** The same with another limit of VOID runs, at most the policy's. */
  public GateOptions withMaxVoids(int voids) {
    return withPolicy(policy.withMaxVoids(voids));
  }

  /** The same under another policy. */
  public GateOptions withPolicy(ReleasePolicy other) {
    return new GateOptions(failFast, shard, timeBudget, other);
  }
}
