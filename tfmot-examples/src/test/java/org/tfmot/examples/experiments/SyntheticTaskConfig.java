package org.tfmot.examples.experiments;

import java.util.Random;
import org.tfmot.api.experiment.TechniqueConfig;
import org.tfmot.officialmodels.core.Experiment;
import org.tfmot.officialmodels.core.ExperimentConfig;
import org.tfmot.officialmodels.core.OptimizationConfig;
import org.tfmot.officialmodels.core.RuntimeSection;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.TaskConfig;
import org.tfmot.officialmodels.core.TrainerSection;
import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.officialmodels.vision.ImageClassificationConfig;
import org.tfmot.officialmodels.vision.ImageClassificationTask;
import org.tfmot.officialmodels.vision.ImageDataConfig;
import org.tfmot.officialmodels.vision.Normalization;
import org.tfmot.techniques.experiment.PruningConfig;

/**
 * The section {@code task} of the CIFAR experiments, on a few random images instead of CIFAR-10.
 */
public record SyntheticTaskConfig(
    ImageClassificationConfig.Model model,
    ImageClassificationConfig.TrainData trainData,
    ImageDataConfig validationData,
    String initCheckpoint)
    implements TaskConfig {

  /** Returns an experiment with the same name, techniques and model, of a few steps. */
  static Experiment<SyntheticTaskConfig> of(Experiment<?> experiment, long steps) {
    ImageClassificationConfig task = (ImageClassificationConfig) experiment.defaults().task();
    TrainerSection trainer = experiment.defaults().trainer();
    OptimizationConfig optimization = trainer.optimizerConfig();
    return new Experiment<>(
        experiment.name(),
        experiment.description(),
        new ExperimentConfig<>(
            new SyntheticTaskConfig(
                task.model(), task.trainData(), task.validationData(), task.initCheckpoint()),
            new TrainerSection(steps, steps, 0, 1e6, 1, optimization),
            new RuntimeSection(1, 1),
            experiment.defaults().techniques().stream()
                .map(technique -> within(technique, steps))
                .toList()),
        SyntheticTaskConfig.class);
  }

  /** Returns a pruning that ends within the run. */
  private static TechniqueConfig within(TechniqueConfig technique, long steps) {
    return technique instanceof PruningConfig p
        ? new PruningConfig(
            p.pretrainedOriginalCheckpoint(),
            p.pruningSchedule(),
            0,
            steps - 1,
            p.initialSparsity(),
            p.finalSparsity(),
            1,
            p.sparsityMByN(),
            p.importance(),
            p.excludedLayers())
        : technique;
  }

  @Override
  public String evaluationData() {
    return validationData.split();
  }

  @Override
  public void validate() {}

  @Override
  public Task createTask() {
    return new ImageClassificationTask(
        seed ->
            CifarResNet.build(
                model.depth(), 10, new Normalization(Cifar10.MEAN, Cifar10.STD), seed),
        images(16),
        images(8),
        10,
        4,
        2);
  }

  static LabeledImages images(int count) {
    byte[] pixels = new byte[count * 32 * 32 * 3];
    new Random(count).nextBytes(pixels);
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    return new LabeledImages(pixels, labels, 32, 32, 3);
  }
}
