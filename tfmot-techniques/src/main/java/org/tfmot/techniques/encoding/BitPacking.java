package org.tfmot.techniques.encoding;

import org.apiguardian.api.API;

/**
 * Small unsigned integers side by side in words of 32 bits, the first in the lowest bits. A word
 * holds {@code floor(32 / bits)} of them; none is cut in two.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public final class BitPacking {

  private static final int LARGEST = 16;

  private BitPacking() {}

  /**
   * Packs integers.
   *
   * @param values each in {@code [0, 2^bits)}
   * @param bits of each value, 1 to 16
   * @throws IllegalArgumentException if a number is out of range
   */
  public static int[] pack(int[] values, int bits) {
    int perWord = perWord(bits);
    int[] words = new int[words(values.length, bits)];
    for (int i = 0; i < values.length; i++) {
      if (values[i] < 0 || values[i] >= 1 << bits) {
        throw new IllegalArgumentException(
            "the value %d at %d does not fit into %d bits".formatted(values[i], i, bits));
      }
      words[i / perWord] |= values[i] << (i % perWord * bits);
    }
    return words;
  }

  /**
   * The inverse of {@link #pack}.
   *
   * @param count the number of values
   * @throws IllegalArgumentException if a number is out of range, or so many values have another
   *     number of words
   */
  public static int[] unpack(int[] words, int bits, int count) {
    int perWord = perWord(bits);
    if (count < 0 || words.length != words(count, bits)) {
      throw new IllegalArgumentException(
          "%d words are not those of %d values of %d bits".formatted(words.length, count, bits));
    }
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = (words[i / perWord] >>> (i % perWord * bits)) & ((1 << bits) - 1);
    }
    return values;
  }

  /**
   * The number of words of some values.
   *
   * @throws IllegalArgumentException if the bits are out of range
   */
  public static int words(int count, int bits) {
    return -Math.floorDiv(-count, perWord(bits));
  }

  private static int perWord(int bits) {
    if (bits < 1 || bits > LARGEST) {
      throw new IllegalArgumentException("a value has 1 to 16 bits, not " + bits);
    }
    return Integer.SIZE / bits;
  }
}
