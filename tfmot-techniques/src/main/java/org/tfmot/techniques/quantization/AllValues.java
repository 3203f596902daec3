package org.tfmot.techniques.quantization;

/** The range of all values that a tensor ever had. */
final class AllValues implements RangeObserver {

  @Override
  public TrainedRange observe(RangeGraph graph) {
    String oldMin = graph.variable("all_min", MovingRanges.EMPTY_MIN);
    String oldMax = graph.variable("all_max", MovingRanges.EMPTY_MAX);
    String batchMin = graph.snapped("min_value", graph.batchMin(), false);
    String batchMax = graph.snapped("max_value", graph.batchMax(), true);
    // The empty range is the wrong way round, so that whatever a batch has replaces it.
    String min = graph.add("Minimum", "all_min_next", oldMin, batchMin);
    String max = graph.add("Maximum", "all_max_next", oldMax, batchMax);
    graph.assign(oldMin, min);
    graph.assign(oldMax, max);
    return new TrainedRange(min, max, oldMin, oldMax);
  }
}
