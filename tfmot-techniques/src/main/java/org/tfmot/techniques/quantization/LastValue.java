package org.tfmot.techniques.quantization;

import org.jspecify.annotations.Nullable;

/**
 * The range that a tensor has in the step. That of a weight needs no variable: the weight is still
 * there when it is exported.
 */
final class LastValue implements RangeObserver {

  @Override
  public TrainedRange observe(RangeGraph graph) {
    String min = graph.snapped("min_value", graph.batchMin(), false);
    String max = graph.snapped("max_value", graph.batchMax(), true);
    if (graph.ofWeight()) {
      return TrainedRange.of(min, max);
    }
    String lastMin = graph.variable("last_min", MovingRanges.EMPTY_MIN);
    String lastMax = graph.variable("last_max", MovingRanges.EMPTY_MAX);
    graph.assign(lastMin, min);
    graph.assign(lastMax, max);
    return new TrainedRange(min, max, lastMin, lastMax);
  }

  /** Returns whether a quantizer finds ranges so, by default for weights. */
  static boolean is(@Nullable RangeObserver observer) {
    return observer == null || observer instanceof LastValue;
  }
}
