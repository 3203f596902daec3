package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;
import org.tfmot.api.Threads;

/**
 * How long and how a model is trained.
 *
 * @param trainSteps the number of the step after the last; steps count from 0
 * @param optimizer the optimizer
 * @param learningRate its learning rate
 * @param checkpointInterval steps between two checkpoints
 * @param validationInterval steps between two evaluations on the held-out data; 0 for none but the
 *     last
 * @param seed decides the order and augmentation of the training data
 * @param threads of the session
 */
@API(status = API.Status.EXPERIMENTAL)
public record TrainerConfig(
    long trainSteps,
    SgdMomentum optimizer,
    LearningRate learningRate,
    long checkpointInterval,
    long validationInterval,
    long seed,
    Threads threads) {

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
  }
}
