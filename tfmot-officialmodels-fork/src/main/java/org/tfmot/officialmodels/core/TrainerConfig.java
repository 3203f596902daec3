package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;
import org.tfmot.api.Threads;
import org.tfmot.api.optimizer.Optimizer;

/**
 * Length, optimizer and other settings of a training run.
 *
 * @param trainSteps the number of the step after the last; steps count from 0
 * @param optimizer the optimizer
 * @param learningRate its learning rate
 * @param checkpointInterval steps between two checkpoints
 * @param validationInterval steps between two evaluations on the held-out data; 0 for none but the
 *     last
 * @param seed decides the order and augmentation of the training data
 * @param threads of the session
 * @param lossUpperBound training stops at a loss above it
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TrainerConfig(
    long trainSteps,
    Optimizer optimizer,
    LearningRate learningRate,
    long checkpointInterval,
    long validationInterval,
    long seed,
    Threads threads,
    double lossUpperBound) {

  /** The loss at which training stops unless told otherwise. */
  public static final double DEFAULT_LOSS_UPPER_BOUND = 1e6;

  /** Refuses values out of range. */
  public TrainerConfig {
    if (trainSteps <= 0) {
      throw new IllegalArgumentException("train_steps must be positive, not " + trainSteps);
    }
    if (checkpointInterval <= 0) {
      throw new IllegalArgumentException(
          "checkpoint_interval must be positive, not " + checkpointInterval);
    }
    if (validationInterval < 0) {
      throw new IllegalArgumentException(
          "validation_interval must not be negative: " + validationInterval);
    }
    if (!(lossUpperBound > 0)) {
      throw new IllegalArgumentException(
          "loss_upper_bound must be positive, not " + lossUpperBound);
    }
  }

  /** With {@link #DEFAULT_LOSS_UPPER_BOUND}. */
  public TrainerConfig(
      long trainSteps,
      Optimizer optimizer,
      LearningRate learningRate,
      long checkpointInterval,
      long validationInterval,
      long seed,
      Threads threads) {
    this(
        trainSteps,
        optimizer,
        learningRate,
        checkpointInterval,
        validationInterval,
        seed,
        threads,
        DEFAULT_LOSS_UPPER_BOUND);
  }
}
