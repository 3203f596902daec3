package org.tfmot.officialmodels.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LabeledImagesTest {

  private static final LabeledImages IMAGES =
      new LabeledImages(
          new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
          new byte[] {4, (byte) 200, 6},
          1,
          2,
          2);

  @Test
  void constructor_pixelsDoNotFitLabels_namesBothNumbers() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new LabeledImages(new byte[11], new byte[3], 1, 2, 2));
    assertEquals(
        "3 labels of 1 x 2 x 2 images need 12 bytes of pixels, but there are 11", e.getMessage());
  }

  @Test
  void constructor_sizeNotPositive_throws() {
    assertThrows(
        IllegalArgumentException.class, () -> new LabeledImages(new byte[0], new byte[3], 0, 2, 2));
  }

  @Test
  void label_above127_isUnsigned() {
    assertEquals(200, IMAGES.label(1));
  }

  @Test
  void subset_middle_takesItsPixelsAndLabels() {
    LabeledImages middle = IMAGES.subset(1, 2);
    assertEquals(1, middle.size());
    assertArrayEquals(new byte[] {5, 6, 7, 8}, middle.pixels());
    assertArrayEquals(new byte[] {(byte) 200}, middle.labels());
  }

  @Test
  void subset_empty_hasNoImages() {
    assertEquals(0, IMAGES.subset(3, 3).size());
  }

  @Test
  void subset_outOfRange_throws() {
    assertThrows(IndexOutOfBoundsException.class, () -> IMAGES.subset(2, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> IMAGES.subset(2, 1));
  }

  @Test
  void equals_comparesContents() {
    LabeledImages same = IMAGES.subset(0, 3);
    assertEquals(IMAGES, same);
    assertEquals(IMAGES.hashCode(), same.hashCode());
    same.pixels()[0]++;
    assertNotEquals(IMAGES, same);
  }
}
