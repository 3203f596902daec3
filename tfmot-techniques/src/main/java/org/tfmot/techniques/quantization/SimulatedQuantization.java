package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;

/**
 * Writes a plan into an inference graph with constant ranges: the graph that the converter turns
 * into an integer model.
 */
final class SimulatedQuantization {

  private SimulatedQuantization() {}

  /** Quantizes a folded inference model; a point for which no range is given stays in float. */
  static GraphModel insert(
      GraphModel folded, QuantizationPlan plan, Function<ActivationPoint, Range> ranges) {
    ModelEditor editor = new ModelEditor(folded);
    List<String> weights = new ArrayList<>();
    for (WeightPoint point : plan.weights()) {
      weights.add(weight(editor, point));
    }
    Map<String, TensorProto> values = StaticTensors.evaluate(folded, weights);
    FakeQuantNodes nodes = new FakeQuantNodes(editor);
    for (WeightPoint point : plan.weights()) {
      TensorProto value = values.get(weight(editor, point));
      if (value == null) {
        throw new IllegalStateException("no value for an input of " + point.operation());
      }
      nodes.constantWeight(point, TensorProtos.toFloats(value), TensorProtos.shape(value));
    }
    plan.activations().forEach(point -> nodes.activation(point, ranges.apply(point)));
    return editor.build();
  }

  private static String weight(ModelEditor editor, WeightPoint point) {
    return editor.graph().node(point.operation()).getInput(point.input());
  }
}
