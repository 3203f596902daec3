package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;

/**
 * The section {@code trainer.optimizer_config}.
 *
 * @param optimizer the optimizer
 * @param learningRate its learning rate
 * @param warmup the learning rate's first steps
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record OptimizationConfig(
    OptimizerConfig optimizer, LearningRateConfig learningRate, WarmupConfig warmup) {}
