package org.tfmot.techniques.quantization;

import org.tfmot.techniques.testing.Values;

/**
 * Simulated quantization as its paper and TensorFlow's kernel define it, in plain Java: the range
 * is nudged until 0 is one of its integers, then values are clipped and rounded.
 */
record FakeQuantFormula(int bits, boolean narrow) {

  static final FakeQuantFormula WIDE = new FakeQuantFormula(8, false);
  static final FakeQuantFormula NARROW = new FakeQuantFormula(8, true);

  float step(float min, float max) {
    return (max - min) / (highest() - lowest());
  }

  float[] apply(float min, float max, float... values) {
    return Values.of(values.length, i -> apply(min, max, values[i]));
  }

  double apply(float min, float max, float value) {
    if (min == 0 && max == 0) {
      return 0;
    }
    // Ends that lie exactly between two integers are in the vectors: as exact as the kernel, no
    // more.
    float step = step(min, max);
    long zero = Math.round(lowest() - min / step);
    zero = Math.max(lowest(), Math.min(highest(), zero));
    double low = (double) (lowest() - zero) * step;
    double high = (double) (highest() - zero) * step;
    double clipped = Math.max(low, Math.min(high, value));
    return low + Math.floor((clipped - low) / step + 0.5) * step;
  }

  private int lowest() {
    return narrow ? 1 : 0;
  }

  private int highest() {
    return (1 << bits) - 1;
  }
}
