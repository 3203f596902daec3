package org.tfmot.examples.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.apiguardian.api.API;

/**
 * The weights of one layer of one variant in numbers.
 *
 * @param variant the variant that holds the layer
 * @param tensor name of the weight tensor; the same layer has the same name in every variant
 * @param shape its shape
 * @param sparsity share of its elements that are exactly zero, in [0, 1]
 * @param distinctValues number of different values among all elements
 * @param binEdges edges of the histogram, increasing, one more than {@code counts}
 * @param counts number of <em>non-zero</em> elements in each bin: the zeros of a pruned layer would
 *     hide all the others, and {@code sparsity} has them already
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record LayerSummary(
    String variant,
    String tensor,
    List<Integer> shape,
    double sparsity,
    long distinctValues,
    List<Double> binEdges,
    List<Long> counts) {

  /** Odd, so that one bin is centred at zero. */
  private static final int BINS = 41;

  /**
   * Copies the lists and checks them.
   *
   * @throws IllegalArgumentException if a number is out of range or the histogram has no bins,
   *     edges that do not increase, or another number of edges than of counts plus one
   */
  public LayerSummary {
    Checks.text("variant of a layer", variant);
    Checks.text("tensor name of a layer of " + variant, tensor);
    String of = " of " + tensor + " in " + variant;
    shape = List.copyOf(shape);
    binEdges = List.copyOf(binEdges);
    counts = List.copyOf(counts);
    Checks.fraction("sparsity" + of, sparsity);
    Checks.positive("distinctValues" + of, distinctValues);
    for (int dimension : shape) {
      Checks.positive("a dimension of the shape " + shape + of, dimension);
    }
    if (counts.isEmpty() || binEdges.size() != counts.size() + 1) {
      throw new IllegalArgumentException(
          String.format(
              "histogram%s has %d edges and %d counts; it needs at least one count and one more"
                  + " edge than counts",
              of, binEdges.size(), counts.size()));
    }
    for (int i = 0; i < binEdges.size(); i++) {
      Checks.finite("histogram edge" + of, binEdges.get(i));
      if (i > 0 && binEdges.get(i) <= binEdges.get(i - 1)) {
        throw new IllegalArgumentException("histogram edges" + of + " must increase: " + binEdges);
      }
    }
    for (long count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("histogram count" + of + " is negative: " + count);
      }
    }
  }

  /**
   * Summarizes a tensor, with a histogram of 41 bins that is symmetric about zero.
   *
   * @param variant the variant that holds the layer
   * @param tensor name of the weight tensor
   * @param shape its shape
   * @param values its elements in any order (for an integer tensor: dequantized)
   * @throws IllegalArgumentException if there are no elements, another number of them than the
   *     shape says, or one that is not finite
   */
  public static LayerSummary of(
      String variant, String tensor, List<Integer> shape, float[] values) {
    long elements = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    if (values.length == 0 || values.length != elements) {
      throw new IllegalArgumentException(
          String.format("%s has shape %s but %d values", tensor, shape, values.length));
    }
    double limit = 0;
    long zeros = 0;
    for (int i = 0; i < values.length; i++) {
      Checks.finite("value " + i + " of " + tensor + " in " + variant, values[i]);
      limit = Math.max(limit, Math.abs(values[i]));
      zeros += values[i] == 0 ? 1 : 0;
    }
    double half = limit == 0 ? 1 : limit; // all zeros: any range will do
    long[] counts = new long[BINS];
    for (float value : values) {
      if (value != 0) {
        int bin = (int) ((value + half) / (2 * half) * BINS);
        counts[Math.min(bin, BINS - 1)]++; // the maximum belongs to the last bin
      }
    }
    double[] edges = new double[BINS + 1];
    Arrays.setAll(edges, i -> half * (2.0 * i / BINS - 1));
    return new LayerSummary(
        variant,
        tensor,
        shape,
        (double) zeros / values.length,
        distinct(values),
        DoubleStream.of(edges).boxed().toList(),
        LongStream.of(counts).boxed().toList());
  }

  /** Number of elements. */
  long elements() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /** The largest magnitude on the axis of the histogram. */
  double limit() {
    return Math.max(Math.abs(binEdges.get(0)), Math.abs(binEdges.get(binEdges.size() - 1)));
  }

  private static long distinct(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    long distinct = 1;
    for (int i = 1; i < sorted.length; i++) {
      distinct += sorted[i] == sorted[i - 1] ? 0 : 1; // -0.0 and 0.0 are one value
    }
    return distinct;
  }
}
