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
 * @param maxVoids how many VOID runs a claim may have under a key, at least 0; with more it does
 *     not pass
 * @param budget the probability that a healthy suite is blocked, shared out over all its claims
 */
@API(status = API.Status.EXPERIMENTAL)
public record GateOptions(
    boolean failFast,
    Shard shard,
    @Nullable Duration timeBudget,
    int maxVoids,
    FalseBlockBudget budget) {

  /** All tests to the end, at most 5 VOID runs for a claim, a false-block budget of 5 %. */
  public static final GateOptions STANDARD =
      new GateOptions(false, Shard.ALL, null, 5, FalseBlockBudget.STANDARD);

  /** Checks the ranges. */
  public GateOptions {
    if (maxVoids < 0) {
      throw new IllegalArgumentException("maxVoids is %d, under 0".formatted(maxVoids));
    }
    if (timeBudget != null && timeBudget.isNegative()) {
      throw new IllegalArgumentException("the time budget is %s, under 0".formatted(timeBudget));
    }
  }

  /** The same, ending at the first FAIL. */
  public GateOptions withFailFast() {
    return new GateOptions(true, shard, timeBudget, maxVoids, budget);
  }

  /** The same for another part. */
  public GateOptions withShard(Shard other) {
    return new GateOptions(failFast, other, timeBudget, maxVoids, budget);
  }

  /** The same with another time budget. */
  public GateOptions withTimeBudget(Duration time) {
    return new GateOptions(failFast, shard, time, maxVoids, budget);
  }

  /** The same with another limit of VOID runs. */
  public GateOptions withMaxVoids(int voids) {
    return new GateOptions(failFast, shard, timeBudget, voids, budget);
  }
}
