package org.tfmot.techniques.quantization.ranges;

import java.util.function.IntFunction;
import org.apiguardian.api.API;

/** Ranges of a tensor: one for the whole tensor, or one per channel. Immutable. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ChannelRanges {

  private final float[] min;
  private final float[] max;

  public ChannelRanges(float[] min, float[] max) {
    this.min = min.clone();
    this.max = max.clone();
  }

  /** Returns the ranges {@code [-max, max]}. */
  public static ChannelRanges symmetric(float[] max) {
    return of(max.length, c -> new float[] {-max[c], max[c]});
  }

  /** Returns ranges from a function of the channel that gives minimum and maximum. */
  static ChannelRanges of(int count, IntFunction<float[]> range) {
    float[] min = new float[count];
    float[] max = new float[count];
    for (int i = 0; i < count; i++) {
      float[] ends = range.apply(i);
      min[i] = ends[0];
      max[i] = ends[1];
    }
    return new ChannelRanges(min, max);
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
   * Returns the range of a whole tensor.
   *
   * @param tensor named in errors
   * @throws IllegalStateException if the range is empty or not finite
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
   * Returns the ranges after each channel is multiplied by a factor.
   *
   * @param scale one factor per channel, of either sign
   * @param one whether to return one range for all channels, the widest
   */
  public ChannelRanges scaled(double[] scale, boolean one) {
    ChannelRanges scaled =
        of(
            scale.length,
            c -> {
              float low = (float) (min[min.length == 1 ? 0 : c] * scale[c]);
              float high = (float) (max[max.length == 1 ? 0 : c] * scale[c]);
              return new float[] {Math.min(low, high), Math.max(low, high)};
            });
    return one ? scaled.widest() : scaled;
  }

  /** Widens narrow ranges to at least {@link SymmetricRanges#LEAST} of the widest one. */
  public ChannelRanges atLeast() {
    ChannelRanges widest = widest();
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

  private ChannelRanges widest() {
    float low = 0;
    float high = 0;
    for (int i = 0; i < min.length; i++) {
      low = Math.min(low, min[i]);
      high = Math.max(high, max[i]);
    }
    return new ChannelRanges(new float[] {low}, new float[] {high});
  }
}
