package org.tfmot.officialmodels.vision;

import org.apiguardian.api.API;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.ExperimentProvider;
import org.tfmot.officialmodels.core.ExperimentRegistry;
import org.tfmot.officialmodels.core.LearningRateConfig;
import org.tfmot.officialmodels.core.OptimizationConfig;
import org.tfmot.officialmodels.core.OptimizerConfig;
import org.tfmot.officialmodels.core.RuntimeSection;
import org.tfmot.officialmodels.core.TrainerConfig;
import org.tfmot.officialmodels.core.TrainerSection;
import org.tfmot.officialmodels.core.WarmupConfig;

/**
 * {@code resnet20_cifar10}, {@code resnet32_cifar10} and {@code resnet56_cifar10}: 90 epochs of 351
 * steps, 60 under a first half cosine and 30 under a second. The first is the recipe of {@link
 * PretrainedModels#resnet20Cifar10}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class CifarResNetExperiments implements ExperimentProvider {

  private static final int BATCH_SIZE = 128;
  private static final long STEPS_PER_EPOCH = 45_000 / BATCH_SIZE;
  private static final long FIRST_EPOCHS = 60;
  private static final long SECOND_EPOCHS = 30;

  /** For {@link java.util.ServiceLoader}. */
  public CifarResNetExperiments() {}

  @Override
  public void register(ExperimentRegistry registry) {
    for (int depth : new int[] {20, 32, 56}) {
      registry.register(experiment(depth));
    }
  }

  /**
   * Returns the experiment of one depth.
   *
   * @param depth 6n+2 layers
   */
  public static Experiment<ImageClassificationConfig> experiment(int depth) {
    return new Experiment<>(
        "resnet" + depth + "_cifar10",
        "ResNet-" + depth + " (He et al., 2015) on CIFAR-10",
        new ExperimentConfig<>(task(depth), trainer(), RuntimeSection.DEFAULT),
        ImageClassificationConfig.class);
  }

  private static ImageClassificationConfig task(int depth) {
    return new ImageClassificationConfig(
        new ImageClassificationConfig.Model(depth),
        new ImageClassificationConfig.TrainData(
            "cifar10", ImageDataConfig.TRAIN, null, BATCH_SIZE, 4),
        new ImageDataConfig("cifar10", ImageDataConfig.VALIDATION, null),
        null);
  }

  private static TrainerSection trainer() {
    return new TrainerSection(
        (FIRST_EPOCHS + SECOND_EPOCHS) * STEPS_PER_EPOCH,
        STEPS_PER_EPOCH,
        3 * STEPS_PER_EPOCH,
        TrainerConfig.DEFAULT_LOSS_UPPER_BOUND,
        1,
        new OptimizationConfig(
            OptimizerConfig.sgd(0.9, true, 5e-4),
            LearningRateConfig.cosineRestarts(
                0.1, FIRST_EPOCHS * STEPS_PER_EPOCH, (double) SECOND_EPOCHS / FIRST_EPOCHS, 0.5),
            WarmupConfig.linear(STEPS_PER_EPOCH)));
  }
}
