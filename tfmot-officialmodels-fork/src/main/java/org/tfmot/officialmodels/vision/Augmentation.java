package org.tfmot.officialmodels.vision;

import java.util.SplittableRandom;
import org.tfmot.officialmodels.data.LabeledImages;

/**
 * Copies images into a batch as floats in [0,1], for training shifted by up to {@code padding}
 * pixels each way (the border is black) and mirrored with probability one half.
 */
record Augmentation(int padding) {

  private static final float UNIT = 1f / 255f;

  void augmented(
      LabeledImages images, int index, SplittableRandom random, float[] out, int offset) {
    int dy = random.nextInt(2 * padding + 1) - padding;
    int dx = random.nextInt(2 * padding + 1) - padding;
    boolean mirror = random.nextInt(2) == 1;
    copy(images, index, dy, dx, mirror, out, offset);
  }

  static void plain(LabeledImages images, int index, float[] out, int offset) {
    copy(images, index, 0, 0, false, out, offset);
  }

  private static void copy(
      LabeledImages images, int index, int dy, int dx, boolean mirror, float[] out, int offset) {
    int height = images.height();
    int width = images.width();
    int channels = images.channels();
    byte[] pixels = images.pixels();
    int base = index * height * width * channels;
    int to = offset;
    for (int y = 0; y < height; y++) {
      int fromY = y + dy;
      for (int x = 0; x < width; x++) {
        int fromX = (mirror ? width - 1 - x : x) + dx;
        boolean inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
        int from = base + (fromY * width + fromX) * channels;
        for (int c = 0; c < channels; c++) {
          out[to++] = inside ? (pixels[from + c] & 0xff) * UNIT : 0f;
        }
      }
    }
  }
}
