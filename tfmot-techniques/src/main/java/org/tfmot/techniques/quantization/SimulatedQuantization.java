package org.tfmot.techniques.quantization;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.weights.StaticTensors;

/**
 * Writes a plan into an inference graph with constant ranges: the graph that the converter turns
 * into an integer model.
 */
final class SimulatedQuantization {

  private SimulatedQuantization() {}

  /** Quantizes a folded inference model, with activations of 8 bits. */
  static GraphModel insert(
      GraphModel folded,
      QuantizationPlan plan,
      Map<String, float[]> channels,
      Function<TensorRef, Range> ranges) {
    return insert(folded, plan, channels, ranges, 8);
  }

  /**
   * Quantizes a folded inference model. Points of the plan whose node is gone, taken out by another
   * technique since the plan was made, are passed over.
   *
   * @param channels ranges of the channels of some operations' weights; others have them from their
   *     values
   * @param ranges the range of each tensor that has one of its own
   * @param activationBits how many bits activations have
   */
  static GraphModel insert(
      GraphModel folded,
      QuantizationPlan plan,
      Map<String, float[]> channels,
      Function<TensorRef, Range> ranges,
      int activationBits) {
    ModelEditor editor = new ModelEditor(folded);
    FakeQuantNodes nodes = new FakeQuantNodes(editor, activationBits);
    List<WeightPoint> points = plan.weightsIn(editor.graph());
    List<String> weights = points.stream().map(nodes::weight).toList();
    Map<String, TensorProto> values = StaticTensors.evaluate(folded, weights);
    for (WeightPoint point : points) {
      float[] given = channels.get(point.operation());
      if (given == null) {
        nodes.constantWeight(point, Objects.requireNonNull(values.get(nodes.weight(point))));
      } else {
        nodes.channels(point, given);
      }
    }
    for (ActivationPoint point : plan.activations()) {
      if (editor.graph().find(point.tensor().node()) != null) {
        Range fixed = point.fixed();
        nodes.activation(point, fixed == null ? ranges.apply(point.rangeOf()) : fixed);
      }
    }
    return editor.build();
  }
}
