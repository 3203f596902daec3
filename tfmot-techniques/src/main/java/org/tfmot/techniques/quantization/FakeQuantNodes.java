package org.tfmot.techniques.quantization;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.ActivationPoint;
import org.tfmot.techniques.quantization.plan.DataFlow;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.Reductions;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;
import org.tfmot.techniques.quantization.ranges.ChannelRanges;
import org.tfmot.techniques.quantization.ranges.KernelLimits;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;
import org.tfmot.techniques.quantization.ranges.Range;
import org.tfmot.techniques.quantization.ranges.SymmetricRanges;
import org.tfmot.techniques.weights.Weight;

/** Puts fake-quantization nodes into a graph. */
final class FakeQuantNodes {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final Set<String> given;

  /** Takes the nodes that the graph has now for the model's own. */
  FakeQuantNodes(ModelEditor model) {
    this.model = model;
    given =
        model.graph().nodes().stream()
            .map(NodeDef::getName)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The tensors of a range's two ends. */
  record RangeTensors(String min, String max) {}

  /** The tensor that a weight point reads now. */
  String weight(WeightPoint point) {
    return model.graph().node(point.operation()).getInput(point.input());
  }

  /** Replaces a constant input of an operation by one whose values are cut; returns these. */
  TensorProto cut(WeightPoint point, TensorProto value, OperandCuts cuts) {
    TensorProto cut = cuts.constant(point, value);
    if (!Arrays.equals(TensorProtos.toFloats(cut), TensorProtos.toFloats(value))) {
      String constant = model.addConstant(point.quantizer() + "/cut", cut);
      model.graph().setInput(point.operation(), point.input(), constant);
    }
    return cut;
  }

  /** Quantizes one input of an operation with constant ranges. */
  void weight(WeightPoint point, QuantizerSpec spec, ChannelRanges ends) {
    String name = point.quantizer();
    boolean channels = spec.perChannel() || ends.count() > 1;
    Shape shape = channels ? Shape.of(ends.count()) : Shape.scalar();
    RangeTensors range =
        new RangeTensors(
            model.addConstant(name + "/min", TensorProtos.floats(shape, ends.min())),
            model.addConstant(name + "/max", TensorProtos.floats(shape, ends.max())));
    weight(point, spec.withPerChannel(channels), range);
  }

  /** Quantizes one input of an operation with constant ranges made from its value. */
  void constantWeight(WeightPoint point, QuantizerSpec spec, TensorProto value) {
    float[] values = TensorProtos.toFloats(value);
    Weight.requireFinite(weight(point), values);
    String name = point.quantizer();
    weight(
        point,
        spec,
        switch (point.ranges()) {
          case PER_CHANNEL, PER_DEPTHWISE_CHANNEL -> {
            Shape given = TensorProtos.shape(value);
            Shape shape = point.ranges() == Ranges.PER_CHANNEL ? given : channelsLast(given);
            float[] max = SymmetricRanges.perChannel(values, shape);
            yield symmetric(name, TensorProtos.floats(Shape.of(max.length), max));
          }
          case SYMMETRIC -> symmetric(name, TensorProtos.scalar(SymmetricRanges.perTensor(values)));
          case ASYMMETRIC -> {
            Range range = range(point, values);
            yield constant(name, spec.symmetric() ? spec.around(range) : range);
          }
        });
  }

  /** Quantizes one input of an operation with ranges computed from its value in every step. */
  void trainedWeight(WeightPoint point, QuantizerSpec spec) {
    String name = point.quantizer();
    String tensor = weight(point);
    weight(
        point,
        spec,
        switch (point.ranges()) {
          case PER_CHANNEL, PER_DEPTHWISE_CHANNEL -> trainedChannels(point, tensor);
          case SYMMETRIC -> symmetric(name, largest(name, node("Abs", name + "/abs", tensor)));
          case ASYMMETRIC -> {
            String zero = scalar(name + "/zero", 0);
            String min = Reductions.all(model, "Min", name + "/smallest", tensor);
            String max = Reductions.all(model, "Max", name + "/largest", tensor);
            yield new RangeTensors(
                node("StopGradient", name + "/min", node("Minimum", name + "/low", min, zero)),
                node("StopGradient", name + "/max", node("Maximum", name + "/high", max, zero)));
          }
        });
  }

  /** Quantizes an activation for all its users in the model; returns the quantizer's name. */
  String activation(ActivationPoint point, QuantizerSpec spec, Range range) {
    return activation(point, spec, constant(point.quantizer(), range));
  }

  /** Quantizes an activation as above, with a range that is in the graph. */
  String activation(ActivationPoint point, QuantizerSpec spec, RangeTensors range) {
    String node = fakeQuant(spec, point.quantizer(), point.tensor().toString(), range);
    // What ranges are computed from must go on reading raw tensors: this range, and others too, for
    // those of the terms of one sum depend on each other. It has been added since; names do not
    // tell, for a model may have a scope of any name.
    model.redirect(point.tensor(), TensorRef.of(node), user -> given.contains(user.getName()));
    return node;
  }

  /** A tensor, if it is quantized nowhere less than one step of its grid. */
  String heldAtStep(String name, String tensor) {
    NodeDef node = model.graph().producer(tensor);
    while (!node.getOp().startsWith("FakeQuant")) {
      if (!Patterns.isTransparent(node)) {
        return tensor;
      }
      node = model.graph().input(node, Patterns.dataInputs(node)[0]);
    }
    int narrow = node.getAttrOrThrow("narrow_range").getB() ? 1 : 0;
    float steps = (1 << node.getAttrOrThrow("num_bits").getI()) - 1 - narrow;
    String width = node("Sub", name + "/width", node.getInput(2), node.getInput(1));
    String step = node("Mul", name + "/step", width, scalar(name + "/factor", 1 / steps));
    return node("Maximum", name, tensor, step);
  }

  private RangeTensors trainedChannels(WeightPoint point, String tensor) {
    String name = point.quantizer();
    String magnitude = node("Abs", name + "/abs", channelsLast(point, tensor));
    String max = Reductions.over(model, "Max", name + "/channel_max", magnitude, 0, 1, 2);
    // Equal weights in different channels stay equal integers if all channels have one range.
    boolean fewLevels = ClusterPreservingRanges.ofTensor(model, tensor);
    String floor = scalar(name + "/least", fewLevels ? 1 : SymmetricRanges.LEAST);
    String least = node("Mul", name + "/floor", largest(name, max), floor);
    return symmetric(name, node("Maximum", name + "/range", max, least));
  }

  /** The largest of some magnitudes, but not 0. */
  private String largest(String name, String magnitudes) {
    String max = Reductions.all(model, "Max", name + "/tensor_max", magnitudes);
    return node(
        "Maximum",
        name + "/positive",
        max,
        scalar(name + "/tiny", SymmetricRanges.LEAST_MAGNITUDE));
  }

  private RangeTensors symmetric(String name, TensorProto max) {
    float[] min = TensorProtos.toFloats(max);
    for (int i = 0; i < min.length; i++) {
      min[i] = -min[i];
    }
    return new RangeTensors(
        model.addConstant(name + "/min", TensorProtos.floats(TensorProtos.shape(max), min)),
        model.addConstant(name + "/max", max));
  }

  private RangeTensors symmetric(String name, String max) {
    String stopped = node("StopGradient", name + "/max", max);
    return new RangeTensors(node("Neg", name + "/min", stopped), stopped);
  }

  /** Quantizes one input of an operation with a range that is in the graph. */
  void weight(WeightPoint point, QuantizerSpec spec, RangeTensors range) {
    String name = point.quantizer();
    String tensor = weight(point);
    String output;
    if (spec.perChannel() && point.ranges() == Ranges.PER_DEPTHWISE_CHANNEL) {
      String node = fakeQuant(spec, name, channelsLast(point, tensor), range);
      output = reshape(name + "/kernel", node, kernel(tensor));
    } else {
      output = fakeQuant(spec, name, tensor, range);
    }
    model.graph().setInput(point.operation(), point.input(), output);
  }

  /**
   * The tensor that a weight is quantized from with a range for each channel. The channels of a
   * depthwise kernel are in two dimensions; the quantizer takes the last one.
   */
  String channelsLast(WeightPoint point, String tensor) {
    if (point.ranges() != Ranges.PER_DEPTHWISE_CHANNEL) {
      return tensor;
    }
    String name = point.quantizer() + "/channels";
    NodeDef known = model.graph().find(name);
    return known == null ? reshape(name, tensor, channelsLast(kernel(tensor))) : name;
  }

  /** The shape of a depthwise kernel with channels and their multiples in one dimension. */
  static Shape channelsLast(Shape kernel) {
    return Shape.of(kernel.get(0), kernel.get(1), 1, kernel.get(2) * kernel.get(3));
  }

  private Shape kernel(String tensor) {
    return Objects.requireNonNull(DataFlow.staticShape(model.graph(), tensor));
  }

  private String reshape(String name, String tensor, Shape shape) {
    int[] sizes = Arrays.stream(shape.asArray()).mapToInt(Math::toIntExact).toArray();
    String constant =
        model.addConstant(name + "/shape", TensorProtos.ints(Shape.of(sizes.length), sizes));
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32);
    return model.add("Reshape", name, types, tensor, constant);
  }

  private String fakeQuant(QuantizerSpec spec, String name, String tensor, RangeTensors range) {
    String op = spec.perChannel() ? "FakeQuantWithMinMaxVarsPerChannel" : "FakeQuantWithMinMaxVars";
    Map<String, ?> attributes = Map.of("num_bits", spec.bits(), "narrow_range", spec.narrow());
    return model.add(op, name, attributes, tensor, range.min(), range.max());
  }

  private static Range range(WeightPoint point, float[] values) {
    try {
      return Range.of(values).widened(KernelLimits.LEAST_WIDTH, false);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "input %d of \"%s\" cannot be quantized: %s"
              .formatted(point.input(), point.operation(), e.getMessage()),
          e);
    }
  }

  private RangeTensors constant(String name, Range range) {
    return new RangeTensors(scalar(name + "/min", range.min()), scalar(name + "/max", range.max()));
  }

  private String scalar(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
