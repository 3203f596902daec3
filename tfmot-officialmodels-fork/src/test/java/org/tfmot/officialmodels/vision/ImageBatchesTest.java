package org.tfmot.officialmodels.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tfmot.officialmodels.core.Batch;
import org.tfmot.officialmodels.data.LabeledImages;

class ImageBatchesTest {

  private static final int COUNT = 30;
  private static final int SIZE = 6;
  private static final int CLASSES = 5;
  private static final int BATCH = 4;
  private static final int PER_EPOCH = COUNT / BATCH;
  private static final int PADDING = 2;
  private static final LabeledImages IMAGES =
      SyntheticImages.coordinates(COUNT, SIZE, SIZE, CLASSES);

  @Test
  void batch_hasTheShapesAndNamesOfTheTask() {
    try (Batch batch = batches(1).batch(0)) {
      assertEquals(BATCH, batch.size());
      assertEquals(Shape.of(BATCH, SIZE, SIZE, 2), batch.tensor("image").shape());
      assertEquals(Shape.of(BATCH, CLASSES), batch.tensor("label").shape());
      assertThrows(IllegalArgumentException.class, () -> batch.tensor("mask"));
    }
  }

  @Test
  void batch_isAPureFunctionOfSeedAndStep() {
    ImageBatches inOrder = batches(1);
    List<float[]> expected = new ArrayList<>();
    for (int step = 0; step < 3 * PER_EPOCH; step++) {
      expected.add(pixels(inOrder, step));
    }
    ImageBatches backwards = batches(1);
    for (int step = 3 * PER_EPOCH - 1; step >= 0; step--) {
      assertArrayEquals(expected.get(step), pixels(backwards, step), "step " + step);
    }
    assertFalse(Arrays.equals(expected.get(0), pixels(batches(2), 0)), "the seed has no effect");
  }

  @Test
  void epoch_showsEveryImageAtMostOnceAndLeavesOutTheRest() {
    ImageBatches batches = batches(1);
    List<List<Integer>> epochs = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      List<Integer> seen = new ArrayList<>();
      for (int step = 0; step < PER_EPOCH; step++) {
        seen.addAll(indices(batches, (long) epoch * PER_EPOCH + step));
      }
      assertEquals(PER_EPOCH * BATCH, new HashSet<>(seen).size());
      epochs.add(seen);
    }
    assertEquals(3, new HashSet<>(epochs).size(), "epochs have the same order");
  }

  @Test
  void epoch_ofAsManyImagesAsFit_showsAll() {
    ImageBatches batches = new ImageBatches(IMAGES, CLASSES, 10, new Augmentation(PADDING), 3);
    Set<Integer> seen = new TreeSet<>();
    for (int step = 0; step < 3; step++) {
      seen.addAll(indices(batches, step));
    }
    assertEquals(COUNT, seen.size());
  }

  @Test
  void labels_areOneHotAndThoseOfTheImages() {
    ImageBatches batches = batches(1);
    for (int step = 0; step < PER_EPOCH; step++) {
      List<Integer> indices = indices(batches, step);
      try (Batch batch = batches.batch(step)) {
        float[] labels = values(batch, "label");
        for (int i = 0; i < BATCH; i++) {
          float[] expected = new float[CLASSES];
          expected[indices.get(i) % CLASSES] = 1;
          assertArrayEquals(expected, Arrays.copyOfRange(labels, i * CLASSES, (i + 1) * CLASSES));
        }
      }
    }
  }

  /** Every pixel says where it is from, so the shift can be read off and all others checked. */
  @Test
  void augmentation_shiftsAndMirrorsExactlyAndInEveryWay() {
    ImageBatches batches = batches(1);
    Set<String> ways = new HashSet<>();
    for (int step = 0; step < 150; step++) {
      float[] pixels = pixels(batches, step);
      for (int i = 0; i < BATCH; i++) {
        ways.add(wayOf(Arrays.copyOfRange(pixels, i * SIZE * SIZE * 2, (i + 1) * SIZE * SIZE * 2)));
      }
    }
    int shifts = 2 * PADDING + 1;
    assertEquals(2 * shifts * shifts, ways.size(), ways.toString());
  }

  @Test
  void augmentation_ofNoPadding_onlyMirrors() {
    ImageBatches batches = new ImageBatches(IMAGES, CLASSES, BATCH, new Augmentation(0), 1);
    Set<String> ways = new HashSet<>();
    for (int step = 0; step < PER_EPOCH; step++) {
      ways.add(wayOf(Arrays.copyOf(pixels(batches, step), SIZE * SIZE * 2)));
    }
    assertEquals(Set.of("0 0 false", "0 0 true"), ways);
  }

  @Test
  void plain_isTheImageInUnitsOf255() {
    float[] out = new float[SIZE * SIZE * 2];
    Augmentation.plain(IMAGES, 7, out, 0);
    for (int p = 0; p < SIZE * SIZE; p++) {
      assertEquals((1 + p) / 255f, out[2 * p], 1e-7f);
      assertEquals(8 / 255f, out[2 * p + 1], 1e-7f);
    }
  }

  @Test
  void plain_brightestByte_isOne() {
    LabeledImages white = new LabeledImages(new byte[] {-1}, new byte[] {0}, 1, 1, 1);
    float[] out = new float[1];
    Augmentation.plain(white, 0, out, 0);
    assertEquals(1f, out[0], 1e-7f);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, COUNT + 1})
  void batchSize_outOfRange_isRefused(int size) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ImageBatches(IMAGES, CLASSES, size, new Augmentation(0), 1));
  }

  /** Finds the one shift and mirroring that explains an image; the border is black. */
  private static String wayOf(float[] image) {
    for (int dy = -PADDING; dy <= PADDING; dy++) {
      for (int dx = -PADDING; dx <= PADDING; dx++) {
        for (boolean mirror : new boolean[] {false, true}) {
          if (explains(image, dy, dx, mirror)) {
            return dy + " " + dx + " " + mirror;
          }
        }
      }
    }
    throw new AssertionError("neither shifted nor mirrored: " + Arrays.toString(image));
  }

  private static boolean explains(float[] image, int dy, int dx, boolean mirror) {
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int fromY = y + dy;
        int fromX = (mirror ? SIZE - 1 - x : x) + dx;
        boolean black = fromY < 0 || fromY >= SIZE || fromX < 0 || fromX >= SIZE;
        int expected = black ? 0 : 1 + fromY * SIZE + fromX;
        if (Math.round(image[(y * SIZE + x) * 2] * 255) != expected) {
          return false;
        }
      }
    }
    return true;
  }

  private static ImageBatches batches(long seed) {
    return new ImageBatches(IMAGES, CLASSES, BATCH, new Augmentation(PADDING), seed);
  }

  /** The numbers of the images, which their second channel tells. */
  private static List<Integer> indices(ImageBatches batches, long step) {
    float[] pixels = pixels(batches, step);
    int length = SIZE * SIZE * 2;
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < pixels.length / length; i++) {
      float brightest = 0;
      for (int p = 1; p < length; p += 2) {
        brightest = Math.max(brightest, pixels[i * length + p]);
      }
      indices.add(Math.round(brightest * 255) - 1);
    }
    assertTrue(indices.stream().allMatch(index -> index >= 0 && index < COUNT));
    return indices;
  }

  private static float[] pixels(ImageBatches batches, long step) {
    try (Batch batch = batches.batch(step)) {
      return values(batch, "image");
    }
  }

  private static float[] values(Batch batch, String name) {
    TFloat32 tensor = (TFloat32) batch.tensor(name);
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.copyTo(DataBuffers.of(values, false, false));
    return values;
  }
}
