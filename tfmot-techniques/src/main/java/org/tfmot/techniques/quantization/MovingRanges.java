package org.tfmot.techniques.quantization;

import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * Ranges that follow training by an exponential moving average of each batch's minimum and maximum:
 * {@code range += (1 - decay) * (batch - range)}. The range always contains 0.
 *
 * <p>The first batch sets the range outright unless a first range is given: the variables start
 * with the minimum above the maximum, which means that nothing was seen yet. A range of nothing but
 * zeros gives way to the next batch in the same manner, lest a layer that starts at zero be clipped
 * to it.
 */
final class MovingRanges implements RangeObserver {

  /** The ends of a range that has seen nothing. */
  static final float EMPTY_MIN = 1;

  static final float EMPTY_MAX = -1;

  private final double decay;
  private final @Nullable Range initial;

  /**
   * A moving range.
   *
   * @param initial what it starts with; the first batch's if null
   */
  MovingRanges(double decay, @Nullable Range initial) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("the range decay must be in [0, 1), not " + decay);
    }
    this.decay = decay;
    this.initial = initial;
  }

  @Override
  public TrainedRange observe(RangeGraph graph) {
    Range first = initial == null ? null : graph.fitting(initial);
    String oldMin = graph.variable("moving_min", first == null ? EMPTY_MIN : first.min());
    String oldMax = graph.variable("moving_max", first == null ? EMPTY_MAX : first.max());
    String empty = initial == null ? graph.add("GreaterEqual", "empty", oldMin, oldMax) : null;
    String max = move(graph, "max", oldMax, graph.batchMax(), empty);
    String min = move(graph, "min", oldMin, graph.batchMin(), empty);
    return new TrainedRange(min, max, oldMin, oldMax);
  }

  private String move(
      RangeGraph graph, String end, String old, String batch, @Nullable String empty) {
    String rate = graph.constant(end + "/rate", (float) (1 - decay));
    String difference = graph.add("Sub", end + "/difference", batch, old);
    String change = graph.add("Mul", end + "/change", difference, rate);
    String moved = graph.add("AddV2", end + "/moved", old, change);
    String next = empty == null ? moved : graph.add("SelectV2", end + "/next", empty, batch, moved);
    // The range of a tensor that has become all zeros would shrink until float underflows.
    String range = graph.snapped(end, next, end.equals("max"));
    graph.assign(old, range);
    return range;
  }
}
