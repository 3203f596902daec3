package org.tfmot.officialmodels.vision;

import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.officialmodels.core.Batch;
import org.tfmot.officialmodels.core.BatchSource;
import org.tfmot.officialmodels.data.LabeledImages;

/**
 * Augmented training batches in an order that depends only on the seed: every epoch has its own
 * permutation of the images, and what does not fill a batch is left out of the epoch.
 */
final class ImageBatches implements BatchSource {

  private static final long EPOCH_SALT = 0x9E3779B97F4A7C15L;
  private static final long STEP_SALT = 0xC2B2AE3D27D4EB4FL;

  private final LabeledImages images;
  private final int classes;
  private final int batchSize;
  private final Augmentation augmentation;
  private final long seed;
  private long permutedEpoch = -1;
  private int[] permutation = new int[0];

  ImageBatches(
      LabeledImages images, int classes, int batchSize, Augmentation augmentation, long seed) {
    if (batchSize <= 0 || batchSize > images.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the batch size must be between 1 and the %d training images, not %d",
              images.size(),
              batchSize));
    }
    this.images = images;
    this.classes = classes;
    this.batchSize = batchSize;
    this.augmentation = augmentation;
    this.seed = seed;
  }

  @Override
  public synchronized Batch batch(long step) {
    int perEpoch = images.size() / batchSize;
    int[] order = permutation(step / perEpoch);
    int start = (int) (step % perEpoch) * batchSize;
    int imageSize = images.height() * images.width() * images.channels();
    float[] pixels = new float[batchSize * imageSize];
    float[] labels = new float[batchSize * classes];
    SplittableRandom random = new SplittableRandom(seed ^ (step + 1) * STEP_SALT);
    for (int i = 0; i < batchSize; i++) {
      int index = order[start + i];
      augmentation.augmented(images, index, random, pixels, i * imageSize);
      labels[i * classes + images.label(index)] = 1;
    }
    Shape shape = Shape.of(batchSize, images.height(), images.width(), images.channels());
    return new Batch(
        Map.of(
            CifarResNet.IMAGE,
            TFloat32.tensorOf(shape, DataBuffers.of(pixels)),
            ImageClassificationTask.LABEL,
            TFloat32.tensorOf(Shape.of(batchSize, classes), DataBuffers.of(labels))),
        batchSize);
  }

  private int[] permutation(long epoch) {
    if (epoch != permutedEpoch) {
      int[] order = new int[images.size()];
      SplittableRandom random = new SplittableRandom(seed ^ (epoch + 1) * EPOCH_SALT);
      for (int i = 0; i < order.length; i++) {
        int j = random.nextInt(i + 1);
        order[i] = order[j];
        order[j] = i;
      }
      permutation = order;
      permutedEpoch = epoch;
    }
    return permutation;
  }
}
