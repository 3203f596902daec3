package org.tfmot.examples.resnetcifar;

import java.util.Random;
import org.tfmot.api.GraphModel;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.officialmodels.vision.CifarResNet;
import org.tfmot.officialmodels.vision.ImageClassificationTask;
import org.tfmot.officialmodels.vision.Normalization;

/** The smallest network of the family on a handful of random images. */
final class TinyResNet {

  static final Normalization NORMALIZATION =
      new Normalization(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.25f, 0.25f, 0.25f});

  private TinyResNet() {}

  static GraphModel model() {
    return CifarResNet.build(8, 10, NORMALIZATION, 1);
  }

  static ImageClassificationTask task() {
    return new ImageClassificationTask(seed -> model(), images(40), images(10), 10, 4, 2);
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
