package org.tfmot.officialmodels.data;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * The order of the images in every form of CIFAR-10: some batches for training, then one for
 * testing, all of one size. Only tests use another size than {@link #OFFICIAL}.
 *
 * @param trainingBatches how many batches there are for training
 * @param imagesPerBatch how many images each batch has
 */
record Cifar10Layout(int trainingBatches, int imagesPerBatch) {

  static final Cifar10Layout OFFICIAL = new Cifar10Layout(5, 10_000);

  static final int SIDE = 32;
  static final int CHANNELS = 3;
  static final int PLANE = SIDE * SIDE;
  static final int IMAGE = PLANE * CHANNELS;

  /** {@code data_batch_1}, {@code data_batch_2}, ... {@code test_batch}. */
  List<String> batchNames() {
    ImmutableList.Builder<String> names = ImmutableList.builder();
    for (int i = 1; i <= trainingBatches; i++) {
      names.add("data_batch_" + i);
    }
    return names.add("test_batch").build();
  }

  /** Images of all batches. */
  int images() {
    return (trainingBatches + 1) * imagesPerBatch;
  }

  /** Images of the batches for training. */
  int training() {
    return trainingBatches * imagesPerBatch;
  }

  /** The first image that is held out from training: the last tenth is. */
  int firstHeldOut() {
    return training() - training() / 10;
  }

  /** All images, to be filled in any order of the batches. */
  final class Builder {
    final byte[] pixels = new byte[images() * IMAGE];
    final byte[] labels = new byte[images()];
    private final BitSet filled = new BitSet();

    /** Returns the index of a batch's first image. */
    int first(int batch) {
      filled.set(batch);
      return batch * imagesPerBatch;
    }

    /**
     * Checks that nothing is missing.
     *
     * @throws IOException if a batch was not filled, or a label is above 9
     */
    LabeledImages build(Path origin) throws IOException {
      int missing = filled.nextClearBit(0);
      if (missing <= trainingBatches) {
        throw new IOException("%s has no %s".formatted(origin, batchNames().get(missing)));
      }
      for (int i = 0; i < labels.length; i++) {
        int label = Byte.toUnsignedInt(labels[i]);
        if (label >= Cifar10.CLASSES.size()) {
          throw new IOException(
              String.format(Locale.ROOT, "%s: image %d has the label %d", origin, i, label));
        }
      }
      return new LabeledImages(pixels, labels, SIDE, SIDE, CHANNELS);
    }
  }
}
