package org.tfmot.officialmodels.core;

import java.nio.file.Path;
import org.apiguardian.api.API;
import org.tfmot.api.AtomicFile;

/**
 * Everything that decides a training run, in the layout of Official Models. In YAML the keys are
 * those of the records in snake case, {@code trainer.train_steps} for instance.
 *
 * @param task the model and its data
 * @param trainer how it is trained
 * @param runtime what it is trained on
 * @param <T> the kind of task
 */
@API(status = API.Status.EXPERIMENTAL)
public record ExperimentConfig<T extends TaskConfig>(
    T task, TrainerSection trainer, RuntimeSection runtime) {

  static final String PARAMS = "params.yaml";

  /**
   * Checks all values.
   *
   * @throws IllegalArgumentException if one makes no sense; the message names its key
   */
  public void validate() {
    task.validate();
    trainerConfig(); // Checks its parts.
  }

  /**
   * What a {@link Trainer} takes.
   *
   * @throws IllegalArgumentException if a value is out of range; the message names its key
   */
  public TrainerConfig trainerConfig() {
    return trainer.create(runtime.create());
  }

  /** The whole as YAML, which {@link Experiment#configure} reads back. */
  public String toYaml() {
    return ConfigYaml.write(this);
  }

  /** Writes {@link #toYaml} to {@code params.yaml} in a folder. */
  public void write(Path folder) {
    AtomicFile.write(folder.resolve(PARAMS), toYaml());
  }
}
