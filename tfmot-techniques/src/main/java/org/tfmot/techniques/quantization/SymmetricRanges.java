package org.tfmot.techniques.quantization;

import org.tensorflow.ndarray.Shape;

/**
 * The largest magnitude of each channel (the last dimension) of a weight. A channel that is all but
 * zero takes a ten-thousandth of the tensor's largest: its weights are 0 either way, and the scale
 * of its 32-bit bias, which is the product of input and weight scale, does not become so small that
 * the bias overflows.
 */
final class SymmetricRanges {

  /** A channel's least magnitude, as a fraction of the tensor's largest. */
  static final float LEAST = 1e-4f;

  private SymmetricRanges() {}

  static float[] of(float[] weights, Shape shape) {
    int channels = Math.toIntExact(shape.get(shape.numDimensions() - 1));
    float[] ranges = new float[channels];
    float largest = 0;
    for (int i = 0; i < weights.length; i++) {
      float magnitude = Math.abs(weights[i]);
      ranges[i % channels] = Math.max(ranges[i % channels], magnitude);
      largest = Math.max(largest, magnitude);
    }
    float least = largest == 0 ? 1 : largest * LEAST;
    for (int c = 0; c < channels; c++) {
      ranges[c] = Math.max(ranges[c], least);
    }
    return ranges;
  }
}
