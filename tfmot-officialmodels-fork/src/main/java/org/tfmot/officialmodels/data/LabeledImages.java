package org.tfmot.officialmodels.data;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkPositionIndexes;

import java.util.Arrays;
import java.util.Locale;
import org.apiguardian.api.API;

/**
 * Images of one size, each with a label. Holds the given arrays and not copies of them, because
 * they are large: whoever changes an array changes the images. Two instances are equal if their
 * contents are.
 *
 * @param pixels unsigned bytes, [image, y, x, channel], one image after the other
 * @param labels one class number per image, an unsigned byte
 * @param height rows of an image, in pixels
 * @param width columns of an image, in pixels
 * @param channels values per pixel: 3 for red, green, blue
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
@SuppressWarnings("ArrayRecordComponent") // Large arrays, and equals compares their contents.
public record LabeledImages(byte[] pixels, byte[] labels, int height, int width, int channels) {

  /**
   * Checks that the arrays fit each other.
   *
   * @throws IllegalArgumentException if a size is not positive, or {@code pixels} is not {@code
   *     labels.length * height * width * channels} long
   */
  public LabeledImages {
    checkArgument(
        height > 0 && width > 0 && channels > 0,
        "an image needs positive sizes, not %s x %s x %s",
        height,
        width,
        channels);
    long expected = (long) labels.length * height * width * channels;
    checkArgument(
        pixels.length == expected,
        "%s labels of %s x %s x %s images need %s bytes of pixels, but there are %s",
        labels.length,
        height,
        width,
        channels,
        expected,
        pixels.length);
  }

  /** Returns the number of images. */
  public int size() {
    return labels.length;
  }

  /** Bytes of one image: {@code height * width * channels}. */
  public int imageLength() {
    return height * width * channels;
  }

  /**
   * The label of one image, 0 to 255.
   *
   * @throws IndexOutOfBoundsException if there is no such image
   */
  public int label(int index) {
    return Byte.toUnsignedInt(labels[index]);
  }

  /**
   * A copy of the images {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @throws IndexOutOfBoundsException if the range is not within 0 to {@link #size()}
   */
  public LabeledImages subset(int from, int to) {
    checkPositionIndexes(from, to, size());
    int length = imageLength();
    return new LabeledImages(
        Arrays.copyOfRange(pixels, from * length, to * length),
        Arrays.copyOfRange(labels, from, to),
        height,
        width,
        channels);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LabeledImages that
        && height == that.height
        && width == that.width
        && channels == that.channels
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labels) + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d images of %d x %d x %d", size(), height, width, channels);
  }
}
