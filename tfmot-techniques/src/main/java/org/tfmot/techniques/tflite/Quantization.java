package org.tfmot.techniques.tflite;

import java.util.List;
import org.apiguardian.api.API;

/**
 * Affine quantization of a tensor: {@code real = (q - zeroPoint) * scale}.
 *
 * @param scales one scale for the whole tensor, or one for each slice along {@code axis}
 * @param zeroPoints as many as there are scales
 * @param axis the dimension that the scales belong to; of no meaning with a single scale
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Quantization(List<Float> scales, List<Long> zeroPoints, int axis) {

  /** Copies the lists. */
  public Quantization {
    scales = List.copyOf(scales);
    zeroPoints = List.copyOf(zeroPoints);
  }

  /** Returns whether there is a scale for each slice along the axis. */
  public boolean isPerChannel() {
    return scales.size() > 1;
  }
}
