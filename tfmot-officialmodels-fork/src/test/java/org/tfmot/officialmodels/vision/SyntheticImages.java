package org.tfmot.officialmodels.vision;

import java.util.SplittableRandom;
import org.tfmot.officialmodels.data.LabeledImages;

/** Images that need no download. */
final class SyntheticImages {

  private SyntheticImages() {}

  /** Noise of 32x32x3 with ten labels in turn; each label has a brightness of its own. */
  static LabeledImages cifarLike(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] pixels = new byte[count * 32 * 32 * 3];
    byte[] labels = new byte[count];
    for (int i = 0; i < pixels.length; i++) {
      int label = i / (32 * 32 * 3) % 10;
      pixels[i] = (byte) (20 * label + random.nextInt(40));
    }
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
    }
    return new LabeledImages(pixels, labels, 32, 32, 3);
  }

  /**
   * Images whose pixels tell where they are from: every byte of image {@code i} is above 0 and, in
   * channel 0, {@code 1 + y * width + x}, in channel 1 {@code i + 1}. Label {@code i % classes}.
   */
  static LabeledImages coordinates(int count, int height, int width, int classes) {
    byte[] pixels = new byte[count * height * width * 2];
    byte[] labels = new byte[count];
    int to = 0;
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % classes);
      for (int p = 0; p < height * width; p++) {
        pixels[to++] = (byte) (1 + p);
        pixels[to++] = (byte) (i + 1);
      }
    }
    return new LabeledImages(pixels, labels, height, width, 2);
  }
}
