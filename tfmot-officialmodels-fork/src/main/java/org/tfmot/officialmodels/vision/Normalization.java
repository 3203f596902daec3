package org.tfmot.officialmodels.vision;

import java.util.Locale;
import org.apiguardian.api.API;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfmot.officialmodels.modeling.Scopes;

/**
 * Normalization of images to mean 0 and deviation 1 per channel: {@code (x - mean) * (1 /
 * deviation)}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class Normalization {

  private final float[] mean;
  private final float[] reciprocalDeviation;

  /**
   * Takes a mean and a deviation for each channel.
   *
   * @throws IllegalArgumentException if the lengths differ or a deviation is not positive
   */
  public Normalization(float[] mean, float[] deviation) {
    if (mean.length != deviation.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%d means do not fit %d deviations", mean.length, deviation.length));
    }
    this.mean = mean.clone();
    this.reciprocalDeviation = new float[deviation.length];
    for (int i = 0; i < deviation.length; i++) {
      if (!(deviation[i] > 0)) {
        throw new IllegalArgumentException("a deviation must be positive, not " + deviation[i]);
      }
      reciprocalDeviation[i] = 1 / deviation[i];
    }
  }

  Operand<TFloat32> apply(Ops tf, Scopes scopes, Operand<TFloat32> image) {
    Operand<TFloat32> centered =
        scopes.named("normalization/sub").math.sub(image, tf.constant(mean));
    return scopes.named("normalization/mul").math.mul(centered, tf.constant(reciprocalDeviation));
  }
}
