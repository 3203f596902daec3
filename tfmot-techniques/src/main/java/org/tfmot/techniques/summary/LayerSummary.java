package org.tfmot.techniques.summary;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;

/**
 * Statistics of one layer's weight, as the layer reads it: masked, clustered, but before it is
 * quantized.
 *
 * @param operation the layer's operation
 * @param type its type, such as {@code Conv2D}
 * @param weight the variable or constant
 * @param shape the weight's shape
 * @param zeros the number of weights that are 0
 * @param threshold the smallest magnitude of those that are not 0; 0 if there are none
 * @param distinct the number of distinct values; 0 and -0 are one
 * @param distinctOfChannel the largest number of distinct values in any output channel; of a
 *     depthwise convolution a channel is one of its inputs' and one of its multiplier
 * @param values each distinct value in ascending order and how many weights have it, of a clustered
 *     weight its centroids in use; empty if there are more than {@value #LISTED}
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record LayerSummary(
    String operation,
    String type,
    String weight,
    List<Long> shape,
    long zeros,
    float threshold,
    int distinct,
    int distinctOfChannel,
    List<ValueCount> values) {

  /** The most distinct values that are listed one by one. */
  public static final int LISTED = 256;

  /**
   * A value and how often it is there.
   *
   * @param value the value, a centroid
   * @param count the number of weights
   */
  public record ValueCount(float value, long count) {}

  /** Copies the lists. */
  public LayerSummary {
    shape = List.copyOf(shape);
    values = List.copyOf(values);
  }

  /** The number of weights. */
  public long count() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** The fraction of weights that are 0. */
  public double sparsity() {
    return (double) zeros / count();
  }

  /**
   * Summarizes a weight.
   *
   * @param channels the dimensions of the weight that run over output channels
   */
  static LayerSummary of(
      String operation,
      String type,
      String weight,
      Shape shape,
      List<Integer> channels,
      float[] all) {
    float[] sorted = sorted(all);
    List<ValueCount> values = counts(sorted);
    long zeros = values.stream().filter(v -> v.value == 0).mapToLong(ValueCount::count).sum();
    float threshold = Float.POSITIVE_INFINITY;
    for (ValueCount each : values) {
      threshold = each.value == 0 ? threshold : Math.min(threshold, Math.abs(each.value));
    }
    return new LayerSummary(
        operation,
        type,
        weight,
        Arrays.stream(shape.asArray()).boxed().toList(),
        zeros,
        zeros == all.length ? 0 : threshold,
        values.size(),
        ofChannel(all, shape, channels),
        values.size() > LISTED ? List.of() : values);
  }

  private static float[] sorted(float[] values) {
    float[] sorted = values.clone();
    for (int i = 0; i < sorted.length; i++) {
      // A sum turns -0 into 0, which sorting would tell apart.
      sorted[i] += 0f;
    }
    Arrays.sort(sorted);
    return sorted;
  }

  private static List<ValueCount> counts(float[] sorted) {
    List<ValueCount> counts = new ArrayList<>();
    int begin = 0;
    for (int i = 1; i <= sorted.length; i++) {
      if (i == sorted.length || Float.compare(sorted[i], sorted[begin]) != 0) {
        counts.add(new ValueCount(sorted[begin], i - begin));
        begin = i;
      }
    }
    return counts;
  }

  private static int ofChannel(float[] all, Shape shape, List<Integer> channels) {
    int[] channelOf = channelOf(shape, channels);
    int count = 1;
    for (int dimension : channels) {
      count *= Math.toIntExact(shape.get(dimension));
    }
    float[][] values = new float[count][all.length / count];
    int[] filled = new int[count];
    for (int i = 0; i < all.length; i++) {
      int channel = channelOf[i];
      values[channel][filled[channel]++] = all[i];
    }
    int most = 0;
    for (float[] each : values) {
      most = Math.max(most, counts(sorted(each)).size());
    }
    return most;
  }

  /** Returns the number of the channel of each weight. */
  private static int[] channelOf(Shape shape, List<Integer> channels) {
    int size = Math.toIntExact(shape.size());
    int[] channelOf = new int[size];
    for (int i = 0; i < size; i++) {
      int rest = i;
      int stride = 1;
      for (int dimension = shape.numDimensions() - 1; dimension >= 0; dimension--) {
        int length = Math.toIntExact(shape.get(dimension));
        if (channels.contains(dimension)) {
          channelOf[i] += stride * (rest % length);
          stride *= length;
        }
        rest /= length;
      }
    }
    return channelOf;
  }
}
