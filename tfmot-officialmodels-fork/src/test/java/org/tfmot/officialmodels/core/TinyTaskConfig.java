package org.tfmot.officialmodels.core;

import org.jspecify.annotations.Nullable;

/** The section {@code task} of an experiment that trains {@link TinyTask}. */
public record TinyTaskConfig(int filters, @Nullable String initCheckpoint) implements TaskConfig {

  /** Forty steps on one thread. */
  public static Experiment<TinyTaskConfig> experiment() {
    return new Experiment<>(
        "tiny",
        "a tiny model",
        new ExperimentConfig<>(
            new TinyTaskConfig(4, null),
            new TrainerSection(
                40,
                20,
                20,
                1e6,
                7,
                new OptimizationConfig(
                    OptimizerConfig.sgd(0.9, true, 1e-3),
                    LearningRateConfig.cosine(0.05),
                    WarmupConfig.linear(10))),
            new RuntimeSection(1, 1)),
        TinyTaskConfig.class);
  }

  @Override
  public String evaluationData() {
    return "held-out";
  }

  @Override
  public void validate() {
    ConfigCheck.requirePositive(filters, "task.filters");
  }

  @Override
  public Task createTask() {
    return new TinyTask(filters);
  }
}
