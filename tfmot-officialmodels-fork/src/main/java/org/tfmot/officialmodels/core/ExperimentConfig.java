package org.tfmot.officialmodels.core;

import static org.tfmot.officialmodels.core.ConfigCheck.require;

import java.nio.file.Path;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.api.io.AtomicFile;

/**
 * Everything that decides a training run, in the layout of Official Models. In YAML the keys are
 * those of the records in snake case, {@code trainer.train_steps} for instance.
 *
 * @param task the model and its data
 * @param trainer how it is trained
 * @param runtime what it is trained on
 * @param techniques what is applied to the model, in the order of {@link TechniqueConfig#order}; in
 *     YAML these are sections of {@code task}, such as {@code task.pruning}
 * @param <T> the kind of task
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ExperimentConfig<T extends TaskConfig>(
    T task, TrainerSection trainer, RuntimeSection runtime, List<TechniqueConfig> techniques) {

  static final String PARAMS = "params.yaml";

  /**
   * Sorts the techniques.
   *
   * @throws IllegalArgumentException if two have one section
   */
  public ExperimentConfig {
    techniques = TechniqueSections.inOrder(techniques);
  }

  /** Without techniques. */
  public ExperimentConfig(T task, TrainerSection trainer, RuntimeSection runtime) {
    this(task, trainer, runtime, List.of());
  }

  /** Returns the same with techniques instead of those that there were. */
  public ExperimentConfig<T> withTechniques(TechniqueConfig... configs) {
    return new ExperimentConfig<>(task, trainer, runtime, List.of(configs));
  }

  /**
   * Checks all values.
   *
   * @throws IllegalArgumentException if one makes no sense; the message names its key
   */
  public void validate() {
    task.validate();
    trainerConfig(); // Checks its parts.
    techniques.forEach(TechniqueSections::create);
    requireOneStart();
  }

  /**
   * The first technique's original model is the float model: two checkpoints for it are one too
   * many.
   */
  private void requireOneStart() {
    if (techniques.isEmpty()) {
      return;
    }
    TechniqueConfig first = techniques.get(0);
    require(
        task.initCheckpoint() == null || first.pretrainedOriginalCheckpoint() == null,
        TechniqueSections.key(first, "pretrained_original_checkpoint"),
        "and task.init_checkpoint are both set, and both are for the float model: leave one out");
  }

  /**
   * Returns the configuration of a {@link Trainer}.
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
