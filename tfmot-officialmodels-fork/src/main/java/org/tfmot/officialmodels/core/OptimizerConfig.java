package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requireSet;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code trainer.optimizer_config.optimizer}.
 *
 * @param type {@code sgd}
 * @param sgd see {@link SgdMomentum}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@API(status = API.Status.EXPERIMENTAL)
public record OptimizerConfig(String type, @Nullable Sgd sgd) {

  private static final String KEY = "trainer.optimizer_config.optimizer";

  /** The values of {@link SgdMomentum}. */
  public record Sgd(double momentum, boolean nesterov, double weightDecay) {}

  /** Stochastic gradient descent. */
  public static OptimizerConfig sgd(double momentum, boolean nesterov, double weightDecay) {
    return new OptimizerConfig("sgd", new Sgd(momentum, nesterov, weightDecay));
  }

  /**
   * The optimizer.
   *
   * @throws IllegalArgumentException if a value is missing or out of range; the message names it
   */
  SgdMomentum create() {
    require("sgd".equals(type), KEY + ".type", "must be sgd, not \"%s\"", type);
    Sgd values = requireSet(sgd, KEY + ".sgd");
    require(
        values.momentum() >= 0 && values.momentum() < 1,
        KEY + ".sgd.momentum",
        "must be in [0, 1), not %s",
        values.momentum());
    require(
        values.weightDecay() >= 0 && Double.isFinite(values.weightDecay()),
        KEY + ".sgd.weight_decay",
        "must not be negative: %s",
        values.weightDecay());
    return new SgdMomentum(values.momentum(), values.nesterov(), values.weightDecay());
  }
}
