package org.tfmot.officialmodels.vision;

import static org.tfmot.officialmodels.core.ConfigCheck.require;

import java.util.List;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.officialmodels.core.Task;
import org.tfmot.officialmodels.core.TaskConfig;
import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.officialmodels.data.LabeledImages;

/**
 * The section {@code task} of the experiments that classify CIFAR-10 with a {@link CifarResNet}.
 *
 * @param model the model
 * @param trainData the images to train on
 * @param validationData the images to evaluate on
 * @param initCheckpoint a checkpoint to start from, or a folder of checkpoints; null for none
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ImageClassificationConfig(
    Model model,
    TrainData trainData,
    ImageDataConfig validationData,
    @Nullable String initCheckpoint)
    implements TaskConfig {

  /**
   * The model.
   *
   * @param depth 6n+2 layers: 20, 32, 44, 56, ...
   */
  public record Model(int depth) {}

  /**
   * The training data.
   *
   * @param dataset see {@link ImageDataConfig}
   * @param split {@code train}
   * @param dataDir see {@link ImageDataConfig}
   * @param globalBatchSize images in a step
   * @param cropPadding how many pixels the random crop may shift an image
   */
  public record TrainData(
      String dataset,
      String split,
      @Nullable String dataDir,
      int globalBatchSize,
      int cropPadding) {

    ImageDataConfig images() {
      return new ImageDataConfig(dataset, split, dataDir);
    }
  }

  @Override
  public String evaluationData() {
    return validationData.split();
  }

  @Override
  public void validate() {
    CifarResNet.requireDepth("task.model.depth", model.depth());
    trainData.images().validate("task.train_data", List.of(ImageDataConfig.TRAIN));
    require(
        trainData.globalBatchSize() > 0,
        "task.train_data.global_batch_size",
        "must be positive, not %d",
        trainData.globalBatchSize());
    require(
        trainData.cropPadding() >= 0,
        "task.train_data.crop_padding",
        "must not be negative: %d",
        trainData.cropPadding());
    validationData.validate(
        "task.validation_data", List.of(ImageDataConfig.VALIDATION, ImageDataConfig.TEST));
  }

  /** The test images decide nothing: they are for the evaluation of what is finished. */
  @Override
  public void validateForTraining() {
    require(
        !ImageDataConfig.TEST.equals(validationData.split()),
        "task.validation_data.split",
        "may be test with --mode=eval only: train and average with validation");
  }

  @Override
  public Task createTask() {
    Cifar10 train = trainData.images().load();
    boolean sameFolder = Objects.equals(trainData.dataDir(), validationData.dataDir());
    Cifar10 validation = sameFolder ? train : validationData.load();
    return createTask(trainData.images().select(train), validationData.select(validation));
  }

  Task createTask(LabeledImages train, LabeledImages validation) {
    int classes = Cifar10.CLASSES.size();
    return new ImageClassificationTask(
        seed -> CifarResNet.build(model.depth(), classes, cifar10Normalization(), seed),
        train,
        validation,
        classes,
        trainData.globalBatchSize(),
        trainData.cropPadding());
  }

  static Normalization cifar10Normalization() {
    return new Normalization(Cifar10.MEAN, Cifar10.STD);
  }
}
