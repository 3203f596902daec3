package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.FakeQuantNodes.RangeTensors;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.QuantizationPlan;
import org.tfmot.techniques.quantization.plan.ScoreBounds;
import org.tfmot.techniques.quantization.plan.Scores;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.weights.StaticTensors;

/** Inserts fake quantization into a training graph, with ranges that follow training. */
final class FakeQuantInsertion {

  /** Before training: infinite masks of a softmax become finite, others stay as they are. */
  private static final Range UNKNOWN = new Range(-1e9f, 1e9f);

  private final ModelEditor editor;
  private final GraphModel model;
  private final QuantizationPlan plan;
  private final QuantizerAssignment assignment;
  private final FakeQuantNodes nodes;
  private final DataFlow flow;
  private final Map<String, String> originals = new LinkedHashMap<>();
  private final Map<String, TrainedRange> ranges = new LinkedHashMap<>();

  private FakeQuantInsertion(
      ModelEditor editor, GraphModel model, QuantizationPlan plan, QuantizerAssignment assignment) {
    this.editor = editor;
    this.model = model;
    this.plan = plan;
    this.assignment = assignment;
    nodes = new FakeQuantNodes(editor);
    flow = new DataFlow(new ModelEditor(model));
  }

  /**
   * The inserted fake-quantization nodes, by name.
   *
   * @param originals the tensor behind it
   * @param ranges its range, but for weights whose range is that of their value
   */
  record Inserted(Map<String, String> originals, Map<String, TrainedRange> ranges) {

    Inserted {
      originals = Map.copyOf(originals);
      ranges = Map.copyOf(ranges);
    }
  }

  static Inserted insert(
      ModelEditor editor, GraphModel model, QuantizationPlan plan, QuantizerAssignment assignment) {
    FakeQuantInsertion training = new FakeQuantInsertion(editor, model, plan, assignment);
    training.weights();
    training.activations();
    training.poles();
    training.requireExportable();
    return new Inserted(training.originals, training.ranges);
  }

  private void weights() {
    Set<String> trained = editor.graph().dataDependents(model.variables().keySet());
    List<String> needed = new ArrayList<>();
    List<WeightPoint> points = plan.weightsIn(editor.graph());
    for (WeightPoint point : points) {
      String tensor = nodes.weight(point);
      if (assignment.isOwn(point) || !trained.contains(TensorRef.parse(tensor).node())) {
        needed.add(tensor);
      }
    }
    Map<String, TensorProto> values = StaticTensors.evaluate(model, needed);
    OperandCuts cuts = OperandCuts.find(editor, plan, assignment, values, tensor -> UNKNOWN);
    for (WeightPoint point : points) {
      TensorProto given = values.get(nodes.weight(point));
      TensorProto value = given == null ? null : nodes.cut(point, given, cuts);
      String tensor = nodes.weight(point);
      if (value != null && assignment.isOwn(point)) {
        own(point, tensor, TensorProtos.shape(value));
      } else if (value == null) {
        nodes.trainedWeight(point, assignment.spec(point));
      } else {
        nodes.constantWeight(point, assignment.spec(point), value);
      }
      originals.put(nodes.weight(point), tensor);
    }
  }

  /** Quantizes a weight by an observer of the caller's. */
  private void own(WeightPoint point, String tensor, Shape shape) {
    QuantizerSpec spec = assignment.spec(point);
    if (spec.perChannel()) {
      requireLastDimension(point, shape);
      // Equal weights in different channels stay equal integers if all channels have one range.
      spec = spec.withPerChannel(!ClusterPreservingRanges.ofTensor(editor, tensor));
    }
    boolean depthwise = spec.perChannel() && point.ranges() == Ranges.PER_DEPTHWISE_CHANNEL;
    RangeGraph graph =
        depthwise
            ? RangeGraph.weight(
                editor,
                point,
                nodes.channelsLast(point, tensor),
                spec,
                FakeQuantNodes.channelsLast(shape))
            : RangeGraph.weight(editor, point, tensor, spec, shape);
    RangeTensors range = find(assignment.observer(point), graph, point.quantizer());
    nodes.weight(point, spec, range);
  }

  private void requireLastDimension(WeightPoint point, Shape shape) {
    NodeDef node = editor.graph().node(point.operation());
    boolean matrix = node.getOp().equals("MatMul") && !Patterns.isTransposed(node);
    if (shape.numDimensions() < 1 || !(point.perChannel() || (matrix && point.input() == 1))) {
      throw new IllegalArgumentException(
          ("input %d of \"%s\" (%s) cannot be quantized per channel: its last dimension is not that"
                  + " of the output channels; quantize it with one range")
              .formatted(point.input(), point.operation(), node.getOp()));
    }
  }

  private void activations() {
    Map<TensorRef, RangeTensors> found = new HashMap<>();
    ScoreBounds bounds = scoreBounds();
    for (ActivationPoint point : plan.activations()) {
      QuantizerSpec spec = assignment.spec(point);
      if (point.merged()) {
        // It is quantized with what it is merged into; its own range is for warnings.
        String bound = bounds.of(point.tensor());
        RangeGraph graph = RangeGraph.activation(editor, point, spec, bound);
        ranges.put(point.quantizer(), assignment.observer().observe(graph));
        continue;
      }
      Range fixed = assignment.fixed(point);
      if (fixed != null) {
        originals.put(nodes.activation(point, spec, fixed), point.tensor().toString());
        continue;
      }
      // A tensor without a range of its own comes after the one whose range it has.
      RangeTensors range = found.get(point.rangeOf());
      if (range == null) {
        RangeGraph graph = RangeGraph.activation(editor, point, spec, bounds.of(point.tensor()));
        RangeObserver observer = assignment.observer(point);
        RangeObserver before = of -> of.ofStepBefore(observer.observe(of));
        boolean late = bounds.isLate(point.tensor());
        range = find(late ? before : observer, graph, point.quantizer());
        found.put(point.tensor(), range);
      }
      originals.put(nodes.activation(point, spec, range), point.tensor().toString());
    }
    bounds.keepShapes();
    originals.putAll(bounds.copies());
  }

  private ScoreBounds scoreBounds() {
    Set<TensorRef> quantized =
        plan.activations().stream()
            .filter(point -> !point.merged())
            .map(ActivationPoint::tensor)
            .collect(Collectors.toSet());
    boolean wide =
        plan.activations().stream()
            .anyMatch(point -> assignment.spec(point).bits() > QuantizerSpec.BITS);
    Scores scores = Scores.find(new GraphEditor(model.graphDef()), flow);
    return ScoreBounds.add(editor, scores, wide, quantized::contains);
  }

  /**
   * Holds what was quantized to 0 at one step before an operation that has no value, and no slope,
   * there. The runtime computes the end of the output's range, as does the exported graph.
   */
  private void poles() {
    for (String operation : plan.poles()) {
      NodeDef node = editor.graph().find(operation);
      if (node == null) {
        continue;
      }
      String input = node.getInput(0);
      String held = nodes.heldAtStep(node.getName() + "/held", input);
      if (held.equals(input)) {
        continue;
      }
      editor.graph().setInput(node.getName(), 0, held);
      originals.put(held, originals.getOrDefault(input, input));
    }
  }

  private RangeTensors find(RangeObserver observer, RangeGraph graph, String quantizer) {
    TrainedRange range = observer.observe(graph);
    for (String tensor :
        List.of(range.min(), range.max(), range.exportedMin(), range.exportedMax())) {
      if (editor.graph().find(TensorRef.parse(tensor).node()) == null) {
        throw new IllegalArgumentException(
            "the range of \"%s\" is said to be \"%s\", which is not in the graph"
                .formatted(graph.tensor(), tensor));
      }
    }
    ranges.put(quantizer, range);
    RangeTensors step =
        new RangeTensors(
            graph.add("StopGradient", "min", range.min()),
            graph.add("StopGradient", "max", range.max()));
    boolean exportedAsUsed = range.equals(TrainedRange.of(range.min(), range.max()));
    if (!exportedAsUsed) {
      graph.inInference(step, range);
    }
    return step;
  }

  /** Stripping has no input to feed. */
  private void requireExportable() {
    Set<String> fed = editor.graph().changedBy(model.inputs().values());
    ranges.forEach(
        (quantizer, range) -> {
          for (String tensor : List.of(range.exportedMin(), range.exportedMax())) {
            if (fed.contains(TensorRef.parse(tensor).node())) {
              throw new IllegalArgumentException(
                  ("the range that \"%s\" is exported with, \"%s\", depends on the model's inputs:"
                          + " keep it in a variable")
                      .formatted(quantizer, tensor));
            }
          }
        });
  }
}
