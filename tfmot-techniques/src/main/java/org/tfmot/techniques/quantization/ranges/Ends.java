package org.tfmot.techniques.quantization.ranges;

import java.util.function.IntFunction;
import org.apiguardian.api.API;

/**
 * The two ends of a range in numbers: one pair, or one for each channel. Its arrays are its own.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Ends {

  private final float[] min;
  private final float[] max;

  public Ends(float[] min, float[] max) {
    this.min = min.clone();
    this.max = max.clone();
  }

  /** Symmetric ranges. */
  public static Ends symmetric(float[] max) {
    return of(max.length, c -> new float[] {-max[c], max[c]});
  }

  /** Ranges by a function that returns a minimum and a maximum. */
  static Ends of(int count, IntFunction<float[]> range) {
    float[] min = new float[count];
    float[] max = new float[count];
    for (int i = 0; i < count; i++) {
      float[] ends = range.apply(i);
      min[i] = ends[0];
      max[i] = ends[1];
    }
    return new Ends(min, max);
  }

  public int count() {
    return min.length;
  }

  public float[] min() {
    return min.clone();
  }

  public float[] max() {
    return max.clone();
  }

  /**
   * The one range.
   *
   * @param tensor what it is the range of
   */
  public Range range(String tensor) {
    require(tensor);
    return new Range(min[0], max[0]);
  }

  /**
   * Verifies that training has left a range.
   *
   * @throws IllegalStateException if it is empty or not finite
   */
  public void require(String tensor) {
    for (int i = 0; i < min.length; i++) {
      if (min[i] > max[i]) {
        throw new IllegalStateException(
            "the range of the tensor \"%s\" has seen no data: train before stripping"
                .formatted(tensor));
      }
      if (!Float.isFinite(min[i]) || !Float.isFinite(max[i])) {
        throw new IllegalStateException(
            "the range of the tensor \"%s\" is not finite: [%s, %s]; training has diverged"
                .formatted(tensor, min[i], max[i]));
      }
      if (min[i] > 0 || max[i] < 0) {
        throw new IllegalStateException(
            "the range of the tensor \"%s\" does not contain 0: [%s, %s]"
                .formatted(tensor, min[i], max[i]));
      }
    }
  }

  /**
   * The ranges of a weight that is multiplied by a factor for each channel.
   *
   * @param scale the factors, of either sign
   * @param one whether one range is wanted for all channels: the widest
   */
  public Ends scaled(double[] scale, boolean one) {
    Ends scaled =
        of(
            scale.length,
            c -> {
              float low = (float) (min[min.length == 1 ? 0 : c] * scale[c]);
              float high = (float) (max[max.length == 1 ? 0 : c] * scale[c]);
              return new float[] {Math.min(low, high), Math.max(low, high)};
            });
    return one ? scaled.widest() : scaled;
  }

  /** As wide as {@link SymmetricRanges#LEAST} has it beside the widest of them, at least. */
  public Ends atLeast() {
    Ends widest = widest();
    float largest = Math.max(-widest.min[0], widest.max[0]);
    return of(
        count(),
        c -> {
          float magnitude = Math.max(-min[c], max[c]);
          float least = SymmetricRanges.atLeast(magnitude, largest);
          if (least == magnitude) {
            return new float[] {min[c], max[c]};
          }
          return magnitude < Range.NARROWEST
              ? new float[] {-least, least}
              : new float[] {min[c] * least / magnitude, max[c] * least / magnitude};
        });
  }

  private Ends widest() {
    float low = 0;
    float high = 0;
    for (int i = 0; i < min.length; i++) {
      low = Math.min(low, min[i]);
      high = Math.max(high, max[i]);
    }
    return new Ends(new float[] {low}, new float[] {high});
  }
}
