package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.ChannelRanges;
import org.tfmot.techniques.weights.StaticTensors;

/** The ranges that training left behind, in numbers. */
final class ExportedRanges {

  private ExportedRanges() {}

  /**
   * Reads ranges.
   *
   * @param ranges by the name of the fake-quantization node
   * @return likewise; those whose nodes another technique took out are not in it
   */
  static Map<String, ChannelRanges> read(GraphModel trained, Map<String, TrainedRange> ranges) {
    GraphEditor graph = new GraphEditor(trained.graphDef());
    Map<String, TensorProto> values = new HashMap<>();
    List<String> computed = new ArrayList<>();
    ranges.values().stream()
        .flatMap(range -> Stream.of(range.exportedMin(), range.exportedMax()))
        .forEach(
            tensor -> {
              NodeDef node = graph.find(TensorRef.parse(tensor).node());
              if (node != null && node.getOp().equals("ReadVariableOp")) {
                String variable = graph.input(node, 0).getName();
                values.put(tensor, trained.variable(variable).value());
              } else if (node != null) {
                computed.add(tensor);
              }
            });
    values.putAll(StaticTensors.evaluate(trained, computed));
    Map<String, ChannelRanges> ends = new LinkedHashMap<>();
    ranges.forEach(
        (name, range) -> {
          TensorProto min = values.get(range.exportedMin());
          TensorProto max = values.get(range.exportedMax());
          if (min != null && max != null) {
            ends.put(
                name, new ChannelRanges(TensorProtos.toFloats(min), TensorProtos.toFloats(max)));
          }
        });
    return ends;
  }

  /**
   * The ranges of weights once batch norm is folded into them: those that were found in a way of
   * their own; others have them from the folded weight.
   *
   * @param trained the ranges before, by the name of the fake-quantization node
   * @param scales the factors of channels, by operation: different factors make one range many,
   *     unless the weight is to have one
   */
  static Map<String, ChannelRanges> weights(
      ModelEditor inference,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, ChannelRanges> trained,
      Map<String, double[]> scales) {
    Map<String, ChannelRanges> folded = new LinkedHashMap<>();
    for (WeightPoint point : plan.weightsIn(inference.graph())) {
      ChannelRanges ends = trained.get(point.quantizer());
      if (ends == null) {
        continue;
      }
      ends.require(point.operation());
      double[] scale = scales.get(point.operation());
      if (scale != null) {
        boolean channels = assignment.spec(point).perChannel() || ends.count() > 1;
        ends = ends.scaled(scale, !channels);
      }
      folded.put(point.quantizer(), ends.atLeast());
    }
    return folded;
  }
}
