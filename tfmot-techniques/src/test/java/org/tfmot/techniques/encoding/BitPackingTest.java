package org.tfmot.techniques.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.tfmot.techniques.testing.Refusals.assertRefused;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BitPackingTest {

  @ParameterizedTest(name = "vector 42: {0} bits are {1}, {2}")
  @CsvSource({"1, 13,", "2, 81,", "3, 577,", "4, 4353,", "8, 16842753, 0"})
  void pack_vector42(int bits, int first, Integer second) {
    int[] expected = second == null ? new int[] {first} : new int[] {first, second};
    assertArrayEquals(expected, BitPacking.pack(new int[] {1, 0, 1, 1, 0}, bits));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void unpack_isTheInverse_forEveryLength(int bits) {
    Random random = new Random(bits);
    for (int length = 0; length < 70; length++) {
      int[] values = random.ints(length, 0, 1 << bits).toArray();
      int[] words = BitPacking.pack(values, bits);
      assertEquals(BitPacking.words(length, bits), words.length);
      assertArrayEquals(values, BitPacking.unpack(words, bits, length));
    }
  }

  @Test
  void whatDoesNotFit_isRefused() {
    assertRefused(() -> BitPacking.pack(new int[] {0, 4}, 2), "value 4 at 1");
    assertRefused(() -> BitPacking.pack(new int[] {-1}, 2), "value -1 at 0");
    assertRefused(() -> BitPacking.pack(new int[0], 0), "not 0");
    assertRefused(() -> BitPacking.pack(new int[0], 17), "not 17");
    assertRefused(() -> BitPacking.unpack(new int[1], 8, 5), "5 values of 8 bits");
    assertRefused(() -> BitPacking.unpack(new int[0], 8, -1), "-1 values");
  }
}
