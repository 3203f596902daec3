package org.tfmot.examples.resnetcifar;

import java.util.Arrays;
import org.tfmot.officialmodels.core.Progress;
import org.tfmot.officialmodels.data.LabeledImages;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/** Classifies images with a TFLite model that takes floats in [0,1] and returns logits. */
final class TfLiteClassifier {

  private static final int BATCH = 100;
  private static final float UNIT = 1f / 255f;

  private TfLiteClassifier() {}

  /** The class with the highest logit for each image; the lowest class among equals. */
  static int[] predictions(
      TfLiteModel model, LabeledImages images, int threads, Progress progress) {
    int[] predictions = new int[images.size()];
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model, threads)) {
      for (int from = 0; from < images.size(); from += BATCH) {
        int count = Math.min(BATCH, images.size() - from);
        float[] logits = interpreter.run(pixels(images, from, count), count);
        int classes = logits.length / count;
        for (int i = 0; i < count; i++) {
          predictions[from + i] =
              argMax(Arrays.copyOfRange(logits, i * classes, (i + 1) * classes));
        }
        progress.update(from + count, images.size());
      }
    }
    return predictions;
  }

  /** Some images as floats in [0,1], one after the other. */
  static float[] pixels(LabeledImages images, int from, int count) {
    int size = images.height() * images.width() * images.channels();
    float[] pixels = new float[count * size];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (images.pixels()[from * size + i] & 0xff) * UNIT;
    }
    return pixels;
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }
}
