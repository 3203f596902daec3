package org.tfmot.techniques.quantization;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.functions.ScalarFunctions;
import org.tfmot.techniques.lowering.SquaredDifferences;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.AttentionSoftmax;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.ranges.ChannelRanges;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.weights.StaticTensors;
import org.tfmot.techniques.weights.Weight;

/**
 * Inserts fake quantization with constant ranges into an inference graph, from which the converter
 * makes an integer model.
 */
final class FakeQuantExport {

  private FakeQuantExport() {}

  /**
   * Quantizes a folded inference model. Points of the plan whose node is gone, taken out by another
   * technique since the plan was made, are passed over.
   *
   * @param assignment the quantizer of each point
   * @param weights ranges of some weights, by the name of the fake-quantization node; others have
   *     them from their values
   * @param ranges the range of each tensor that has one of its own
   */
  static GraphModel insert(
      GraphModel folded,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, ChannelRanges> weights,
      Function<TensorRef, Range> ranges) {
    return insert(folded, plan, assignment, weights, ranges, Map.of());
  }

  /**
   * Quantizes a model some of whose functions are left in float.
   *
   * @param results ranges of tensors that the plan may leave in float: what of a function's inputs
   *     does not tell in its result is not part of the inputs' ranges
   * @see #insert(GraphModel, QuantizationPlan, QuantizerAssignment, Map, Function)
   */
  static GraphModel insert(
      GraphModel folded,
      QuantizationPlan plan,
      QuantizerAssignment assignment,
      Map<String, ChannelRanges> weights,
      Function<TensorRef, Range> ranges,
      Map<TensorRef, Range> results) {
    ModelEditor editor = new ModelEditor(folded);
    FakeQuantNodes nodes = new FakeQuantNodes(editor);
    List<WeightPoint> points = plan.weightsIn(editor.graph());
    BiasRounding biases = BiasRounding.find(editor, points);
    List<String> tensors = points.stream().map(nodes::weight).toList();
    Map<String, TensorProto> values = StaticTensors.evaluate(folded, tensors);
    OperandCuts cuts = OperandCuts.find(editor, plan, assignment, values, ranges, results);
    for (WeightPoint point : points) {
      ChannelRanges given = weights.get(point.quantizer());
      TensorProto value =
          nodes.cut(point, Objects.requireNonNull(values.get(nodes.weight(point))), cuts);
      if (given == null) {
        nodes.constantWeight(point, assignment.spec(point), value);
      } else {
        Weight.requireFinite(nodes.weight(point), TensorProtos.toFloats(value));
        nodes.weight(point, assignment.spec(point), given);
      }
    }
    Function<TensorRef, Range> derived =
        DerivedRanges.of(editor.graph(), plan, assignment, cuts::range, results);
    JoinedRanges.Joined joined = JoinedRanges.of(editor.graph(), plan, assignment, derived);
    Map<TensorRef, Range> representable =
        RepresentableRanges.adapt(editor, joined.plan(), assignment, joined.ranges());
    for (ActivationPoint point : joined.plan().activations()) {
      if (editor.graph().find(point.tensor().node()) != null) {
        Range fixed = assignment.fixed(point);
        Range range =
            fixed == null ? Objects.requireNonNull(representable.get(point.rangeOf())) : fixed;
        nodes.activation(point, assignment.spec(point), range);
      }
    }
    biases.round();
    SquaredDifferences.lower(editor.graph());
    AttentionSoftmax.lower(editor, folded.graphDef());
    plan.skipped().forEach(entry -> markFloat(editor.graph(), entry.operation()));
    return editor.build();
  }

  /** Says to the converter that an operation stays in float, whatever stands around it. */
  private static void markFloat(GraphEditor graph, String operation) {
    NodeDef node = graph.find(operation);
    if (node != null) {
      AttrValue yes = AttrValue.newBuilder().setB(true).build();
      graph.replace(node.toBuilder().putAttr(ScalarFunctions.FLOAT, yes).build());
    }
  }
}
