package org.tfmot.techniques.quantization;

import java.util.Arrays;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.ranges.Range;

/** A range that was given, the same for all channels. */
record FixedRange(Range range) implements RangeObserver {

  @Override
  public TrainedRange observe(RangeGraph graph) {
    Range fixed = graph.fitting(range);
    return TrainedRange.of(
        graph.constant("fixed_min", filled(graph, fixed.min())),
        graph.constant("fixed_max", filled(graph, fixed.max())));
  }

  private static TensorProto filled(RangeGraph graph, float value) {
    float[] values = new float[(int) graph.shape().size()];
    Arrays.fill(values, value);
    return TensorProtos.floats(graph.shape(), values);
  }
}
