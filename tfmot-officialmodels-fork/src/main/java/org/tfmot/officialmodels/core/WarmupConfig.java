package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requireSet;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code trainer.optimizer_config.warmup}.
 *
 * @param type {@code linear}, or null for no warm-up
 * @param linear see {@link Linear}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record WarmupConfig(@Nullable String type, @Nullable Linear linear) {

  private static final String KEY = "trainer.optimizer_config.warmup";

  /**
   * A linear rise, see {@link LearningRate#withWarmup}.
   *
   * @param warmupSteps how many steps it takes
   */
  public record Linear(long warmupSteps) {}

  /** No warm-up. */
  public static WarmupConfig none() {
    return new WarmupConfig(null, null);
  }

  /** A linear rise. */
  public static WarmupConfig linear(long warmupSteps) {
    return new WarmupConfig("linear", new Linear(warmupSteps));
  }

  /**
   * The schedule with the warm-up.
   *
   * @throws IllegalArgumentException if a value is missing or out of range; the message names it
   */
  LearningRate applyTo(LearningRate schedule) {
    if (type == null) {
      require(linear == null, KEY + ".linear", "is set, but %s.type is null", KEY);
      return schedule;
    }
    require(type.equals("linear"), KEY + ".type", "must be linear or null, not \"%s\"", type);
    long steps = requireSet(linear, KEY + ".linear").warmupSteps();
    require(steps >= 0, KEY + ".linear.warmup_steps", "must not be negative: %d", steps);
    return schedule.withWarmup(steps);
  }
}
