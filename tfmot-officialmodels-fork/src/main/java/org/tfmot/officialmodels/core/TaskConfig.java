package org.tfmot.officialmodels.core;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code task} of an {@link ExperimentConfig}; each kind of task has a record for it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public interface TaskConfig {

  /**
   * A checkpoint, or a folder of checkpoints, whose values the model starts from; null for fresh
   * weights.
   */
  @Nullable String initCheckpoint();

  /** A short name of the data that the task is evaluated on, such as {@code validation}. */
  String evaluationData();

  /**
   * Checks the values, before any data are loaded.
   *
   * @throws IllegalArgumentException if one makes no sense; the message names its key
   */
  void validate();

  /**
   * Checks what is allowed in an evaluation but not where choices are made by its result: while a
   * model is trained or averaged.
   *
   * @throws IllegalArgumentException if a value is not allowed there; the message names its key
   */
  default void validateForTraining() {}

  /** The task with its data loaded. */
  Task createTask();
}
