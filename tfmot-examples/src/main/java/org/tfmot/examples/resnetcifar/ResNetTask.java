package org.tfmot.examples.resnetcifar;

import org.tfmot.officialmodels.data.Cifar10;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.officialmodels.vision.ImageClassificationTask;
import org.tfmot.officialmodels.vision.Normalization;

/**
 * ResNet-20 on CIFAR-10 with the batches and the augmentation that the float model was trained
 * with.
 *
 * @param data the images
 * @param task the task over them
 */
record ResNetTask(Cifar10 data, ImageClassificationTask task) {

  static final int BATCH_SIZE = 128;

  private static final int DEPTH = 20;
  private static final int CROP_PADDING = 4;

  /**
   * Loads the data.
   *
   * @param validationImages how many of the held-out images an evaluation takes
   */
  static ResNetTask load(int validationImages) {
    Cifar10 data = Cifar10.load();
    int classes = Cifar10.CLASSES.size();
    ImageClassificationTask task =
        new ImageClassificationTask(
            seed ->
                CifarResNet.build(
                    DEPTH, classes, new Normalization(Cifar10.MEAN, Cifar10.STD), seed),
            data.train(),
            data.validation().subset(0, validationImages),
            classes,
            BATCH_SIZE,
            CROP_PADDING);
    return new ResNetTask(data, task);
  }
}
