package org.tfmot.techniques.quantization;

/**
 * The range of real numbers that an asymmetric 8-bit tensor covers; it always contains 0, which
 * quantization must represent exactly.
 */
record Range(float min, float max) {

  /** Nothing seen yet. */
  static final Range EMPTY = new Range(0, 0);

  Range {
    if (!(min <= 0 && max >= 0)) {
      throw new IllegalArgumentException("a range must contain 0: [" + min + ", " + max + "]");
    }
  }

  static Range of(float[] values) {
    float min = 0;
    float max = 0;
    for (float value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return new Range(min, max);
  }

  /** The smallest range that covers this and another. */
  Range union(float otherMin, float otherMax) {
    return new Range(Math.min(min, otherMin), Math.max(max, otherMax));
  }
}
