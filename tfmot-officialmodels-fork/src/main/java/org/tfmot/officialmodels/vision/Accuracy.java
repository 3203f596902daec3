package org.tfmot.officialmodels.vision;

import java.util.Locale;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.officialmodels.core.Progress;
import org.tfmot.officialmodels.data.LabeledImages;

/** Top-1 accuracy of image classifiers. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Accuracy {

  private static final int BATCH = 250;

  private Accuracy() {}

  /** The fraction of images whose highest logit is their label's. */
  public static double top1(GraphModel model, LabeledImages images) {
    return top1(predictions(model, images), images);
  }

  /**
   * The fraction of predicted classes that are the labels.
   *
   * @throws IllegalArgumentException if there is not one prediction per image, or no image
   */
  public static double top1(int[] predictions, LabeledImages images) {
    if (predictions.length != images.size() || images.size() == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d predictions cannot be compared with %d labels",
              predictions.length,
              images.size()));
    }
    int correct = 0;
    for (int i = 0; i < images.size(); i++) {
      if (predictions[i] == images.label(i)) {
        correct++;
      }
    }
    return (double) correct / images.size();
  }

  /** The class with the highest logit for each image; the lowest class among equals. */
  public static int[] predictions(GraphModel model, LabeledImages images) {
    return predictions(model, images, Progress.NONE);
  }

  /** The same, telling after every batch how many images are done. */
  public static int[] predictions(GraphModel model, LabeledImages images, Progress progress) {
    int[] predictions = new int[images.size()];
    try (LiveModel live = model.open()) {
      for (int from = 0; from < images.size(); from += BATCH) {
        int count = Math.min(BATCH, images.size() - from);
        predict(live, images, from, count, predictions);
        progress.update(from + count, images.size());
      }
    }
    return predictions;
  }

  private static void predict(
      LiveModel live, LabeledImages images, int from, int count, int[] predictions) {
    int size = images.height() * images.width() * images.channels();
    float[] pixels = new float[count * size];
    for (int i = 0; i < count; i++) {
      Augmentation.plain(images, from + i, pixels, i * size);
    }
    Shape shape = Shape.of(count, images.height(), images.width(), images.channels());
    try (TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(pixels));
        Result result = live.run(Map.of(CifarResNet.IMAGE, input))) {
      TFloat32 logits = (TFloat32) result.get(0);
      int classes = Math.toIntExact(logits.shape().get(1));
      float[] values = new float[count * classes];
      logits.copyTo(DataBuffers.of(values, false, false));
      for (int i = 0; i < count; i++) {
        predictions[from + i] = argMax(values, i * classes, classes);
      }
    }
  }

  private static int argMax(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }
}
