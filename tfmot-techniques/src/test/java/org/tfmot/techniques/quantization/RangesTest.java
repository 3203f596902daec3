package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.quantization.ranges.SymmetricRanges;

class RangesTest {

  @Test
  void perChannel_equalsALoopOverEachChannel() {
    Random random = new Random(5);
    Shape shape = Shape.of(3, 2, 5, 7);
    float[] weights = new float[(int) shape.size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % 7 == 3 ? 0 : (float) random.nextGaussian();
    }
    float[] ranges = SymmetricRanges.perChannel(weights, shape);
    float largest = 0;
    for (int c = 0; c < 7; c++) {
      float expected = 0;
      for (int row = 0; row < 30; row++) {
        expected = Math.max(expected, Math.abs(weights[row * 7 + c]));
      }
      largest = Math.max(largest, expected);
      if (c != 3) {
        assertEquals(expected, ranges[c]);
      }
    }
    assertEquals(largest * 1e-4f, ranges[3], "the channel of zeros");
  }

  @Test
  void perChannel_ofZeros_isPositive() {
    assertArrayEquals(
        new float[] {1e-4f, 1e-4f}, SymmetricRanges.perChannel(new float[6], Shape.of(3, 2)));
    assertEquals(1, SymmetricRanges.perTensor(new float[6]));
  }

  @Test
  void perTensor_isTheLargestMagnitude() {
    assertEquals(3, SymmetricRanges.perTensor(new float[] {1, -3, 2}));
    assertEquals(SymmetricRanges.LEAST_MAGNITUDE, SymmetricRanges.perTensor(new float[] {1e-37f}));
  }

  @Test
  void range_alwaysContainsZero() {
    assertEquals(new Range(0, 3), Range.of(new float[] {2, 3}));
    assertEquals(new Range(-3, 0), Range.of(new float[] {-2, -3}));
    assertEquals(new Range(-1, 5), new Range(-1, 2).union(1, 5));
    assertThrows(IllegalArgumentException.class, () -> new Range(1, 2));
    assertThrows(IllegalArgumentException.class, () -> new Range(-2, -1));
  }

  @Test
  void range_thatFloatCannotDivide_isZero() {
    assertEquals(Range.ZERO, new Range(0, 1e-38f));
    assertEquals(Range.ZERO, Range.of(new float[] {-1e-40f, 0, 1e-40f}));
  }

  @Test
  void range_refusesWhatIsNotFinite() {
    assertThrows(IllegalArgumentException.class, () -> Range.of(new float[] {Float.NaN}));
    assertThrows(IllegalArgumentException.class, () -> new Range(0, Float.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> new Range(-3e38f, 3e38f));
  }
}
