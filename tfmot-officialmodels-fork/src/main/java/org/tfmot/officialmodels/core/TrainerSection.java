package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;
import static org.tfmot.officialmodels.core.ConfigCheck.requirePositive;

import org.apiguardian.api.API;
import org.tfmot.api.Threads;

/**
 * The section {@code trainer} of an {@link ExperimentConfig}. Official Models' {@code
 * recovery_max_trials} is left out: a batch is a pure function of the step here, so that going back
 * to a checkpoint would meet the same divergence again.
 *
 * @param trainSteps how many steps to train
 * @param checkpointInterval steps between two checkpoints
 * @param validationInterval steps between two evaluations; 0 for none but the last
 * @param lossUpperBound training stops at a loss above it
 * @param seed of the initial weights, and of the order and augmentation of the training data
 * @param optimizerConfig optimizer and learning rate
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TrainerSection(
    long trainSteps,
    long checkpointInterval,
    long validationInterval,
    double lossUpperBound,
    long seed,
    OptimizationConfig optimizerConfig) {

  /**
   * Returns the configuration of a {@link Trainer}.
   *
   * @throws IllegalArgumentException if a value is out of range; the message names its key
   */
  TrainerConfig create(Threads threads) {
    requirePositive(trainSteps, "trainer.train_steps");
    requirePositive(checkpointInterval, "trainer.checkpoint_interval");
    require(
        validationInterval >= 0,
        "trainer.validation_interval",
        "must not be negative: %d",
        validationInterval);
    require(
        lossUpperBound > 0, "trainer.loss_upper_bound", "must be positive, not %s", lossUpperBound);
    return new TrainerConfig(
        trainSteps,
        optimizerConfig.optimizer().create(),
        optimizerConfig.warmup().applyTo(optimizerConfig.learningRate().schedule(trainSteps)),
        checkpointInterval,
        validationInterval,
        seed,
        threads,
        lossUpperBound);
  }
}
