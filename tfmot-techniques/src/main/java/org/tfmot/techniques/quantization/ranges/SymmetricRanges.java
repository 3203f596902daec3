package org.tfmot.techniques.quantization.ranges;

import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;

/**
 * The largest magnitudes of a weight: of each channel (the last dimension) or of the whole tensor.
 * A channel that is nearly zero takes a ten-thousandth of the tensor's largest: its weights are 0
 * either way, and the scale of its 32-bit bias, which is the product of input and weight scale,
 * does not become so small that the bias overflows.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SymmetricRanges {

  /** A channel's least magnitude, as a fraction of the tensor's largest. */
  public static final float LEAST = 1e-4f;

  /** The least magnitude that the converter takes as it is. */
  public static final float LEAST_MAGNITUDE = (float) (KernelLimits.LEAST_WIDTH / 2);

  private SymmetricRanges() {}

  public static float[] perChannel(float[] weights, Shape shape) {
    int channels = Math.toIntExact(shape.get(shape.numDimensions() - 1));
    float[] ranges = new float[channels];
    for (int i = 0; i < weights.length; i++) {
      ranges[i % channels] = Math.max(ranges[i % channels], Math.abs(weights[i]));
    }
    float largest = perTensor(weights);
    for (int c = 0; c < channels; c++) {
      ranges[c] = atLeast(ranges[c], largest);
    }
    return ranges;
  }

  /** A channel's range, not too small beside the tensor's largest. */
  public static float atLeast(float range, float largest) {
    return Math.max(Math.max(range, largest * LEAST), LEAST_MAGNITUDE);
  }

  /** 1 for a tensor of zeros, whose range does not matter. */
  public static float perTensor(float[] weights) {
    float largest = 0;
    for (float weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    return largest == 0 ? 1 : Math.max(largest, LEAST_MAGNITUDE);
  }
}
