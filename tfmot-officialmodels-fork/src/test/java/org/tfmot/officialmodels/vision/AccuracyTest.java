package org.tfmot.officialmodels.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.officialmodels.data.LabeledImages;

class AccuracyTest {

  /** Its logits are the three channels of a one-pixel image. */
  private static final GraphModel CHANNELS =
      GraphModel.build(
          tf -> {
            Placeholder<TFloat32> image =
                tf.withName("image")
                    .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 1, 1, 3)));
            Operand<TFloat32> logits = tf.reshape(image, tf.array(-1, 3));
            return Endpoints.builder().input("image", image).output("logits", logits).build();
          });

  @Test
  void predictions_areTheBrightestChannelTheFirstAmongEquals() {
    LabeledImages images =
        images(
            new int[][] {{9, 1, 2}, {1, 255, 200}, {0, 0, 1}, {7, 7, 7}, {1, 5, 5}}, 0, 1, 2, 0, 1);
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, Accuracy.predictions(CHANNELS, images));
    assertEquals(1, Accuracy.top1(CHANNELS, images));
  }

  @Test
  void top1_isTheFractionOfRightPredictions() {
    LabeledImages images =
        images(new int[][] {{9, 1, 2}, {9, 1, 2}, {9, 1, 2}, {9, 1, 2}}, 0, 1, 2, 0);
    assertEquals(0.5, Accuracy.top1(CHANNELS, images));
  }

  @Test
  void predictions_moreImagesThanABatch_areAllThere() {
    int count = 2 * 250 + 7;
    int[][] pixels = new int[count][];
    for (int i = 0; i < count; i++) {
      pixels[i] = new int[] {i % 3 == 0 ? 9 : 0, i % 3 == 1 ? 9 : 0, i % 3 == 2 ? 9 : 0};
    }
    LabeledImages images = images(pixels, new int[count]);
    List<String> progress = new ArrayList<>();
    int[] predictions =
        Accuracy.predictions(CHANNELS, images, (done, total) -> progress.add(done + "/" + total));
    for (int i = 0; i < count; i++) {
      assertEquals(i % 3, predictions[i]);
    }
    assertEquals(List.of("250/507", "500/507", "507/507"), progress);
  }

  @Test
  void top1_labelAbove127_isUnsigned() {
    LabeledImages images = images(new int[][] {{0, 0, 0}}, 200);
    assertEquals(1, Accuracy.top1(new int[] {200}, images));
  }

  @Test
  void top1_otherNumberOfPredictions_isRefused() {
    LabeledImages images = images(new int[][] {{9, 1, 2}}, 0);
    assertThrows(IllegalArgumentException.class, () -> Accuracy.top1(new int[] {0, 0}, images));
    assertThrows(
        IllegalArgumentException.class, () -> Accuracy.top1(new int[0], images.subset(0, 0)));
  }

  private static LabeledImages images(int[][] pixels, int... labels) {
    byte[] bytes = new byte[3 * pixels.length];
    byte[] labelBytes = new byte[labels.length];
    for (int i = 0; i < pixels.length; i++) {
      for (int c = 0; c < 3; c++) {
        bytes[3 * i + c] = (byte) pixels[i][c];
      }
      labelBytes[i] = (byte) labels[i];
    }
    return new LabeledImages(bytes, labelBytes, 1, 1, 3);
  }
}
