package org.tfmot.techniques.quantization;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.WeightPoint.Ranges;

/** Puts fake-quantization nodes into a graph. */
final class FakeQuantNodes {

  static final String SUFFIX = "/fake_quant";

  private static final int WEIGHT_BITS = 8;
  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final ModelEditor model;
  private final int activationBits;

  FakeQuantNodes(ModelEditor model) {
    this(model, WEIGHT_BITS);
  }

  /** With so many bits for activations; more than 8 are symmetric around 0. */
  FakeQuantNodes(ModelEditor model, int activationBits) {
    this.model = model;
    this.activationBits = activationBits;
  }

  /** The tensors of a range's two ends. */
  record RangeTensors(String min, String max) {}

  /** The tensor that a weight point reads now. */
  String weight(WeightPoint point) {
    return model.graph().node(point.operation()).getInput(point.input());
  }

  /** Quantizes one input of an operation with a symmetric range for each channel. */
  void channels(WeightPoint point, float[] max) {
    weight(point, symmetric(point.quantizer(), TensorProtos.floats(Shape.of(max.length), max)));
  }

  /** Quantizes one input of an operation with constant ranges made from its value. */
  void constantWeight(WeightPoint point, TensorProto value) {
    float[] values = TensorProtos.toFloats(value);
    String name = point.quantizer();
    weight(
        point,
        switch (point.ranges()) {
          case PER_CHANNEL, PER_DEPTHWISE_CHANNEL -> {
            Shape given = TensorProtos.shape(value);
            Shape shape = point.ranges() == Ranges.PER_CHANNEL ? given : channelsLast(given);
            float[] max = SymmetricRanges.perChannel(values, shape);
            yield symmetric(name, TensorProtos.floats(Shape.of(max.length), max));
          }
          case SYMMETRIC -> symmetric(name, TensorProtos.scalar(SymmetricRanges.perTensor(values)));
          case ASYMMETRIC -> constant(name, likeActivation(range(point, values)));
        });
  }

  /** Quantizes one input of an operation with ranges computed from its value in every step. */
  void trainedWeight(WeightPoint point) {
    String name = point.quantizer();
    String tensor = weight(point);
    weight(
        point,
        switch (point.ranges()) {
          case PER_CHANNEL -> trainedChannels(name, tensor);
          case PER_DEPTHWISE_CHANNEL ->
              trainedChannels(name, reshape(name + "/flat", tensor, channelsLast(kernel(tensor))));
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

  /** Quantizes an activation for all its users. */
  void activation(ActivationPoint point, Range range) {
    activation(point, constant(point.quantizer(), likeActivation(range)));
  }

  /** Quantizes an activation for all its users with a range that a function adds to the graph. */
  void activation(ActivationPoint point, Function<ActivationPoint, RangeTensors> range) {
    Range fixed = point.fixed();
    activation(point, fixed == null ? range.apply(point) : constant(point.quantizer(), fixed));
  }

  private void activation(ActivationPoint point, RangeTensors range) {
    String name = point.quantizer();
    String node =
        fakeQuant(
            "FakeQuantWithMinMaxVars",
            name,
            activationBits,
            isSymmetric(),
            point.tensor().toString(),
            range);
    // What the range itself is computed from must go on reading the raw tensor.
    String prefix = name + "/";
    model.redirect(
        point.tensor(),
        TensorRef.of(node),
        user -> !user.getName().equals(node) && !user.getName().startsWith(prefix));
  }

  private RangeTensors trainedChannels(String name, String tensor) {
    String magnitude = node("Abs", name + "/abs", tensor);
    String max = Reductions.over(model, "Max", name + "/channel_max", magnitude, 0, 1, 2);
    // Equal weights in different channels stay equal integers if all channels have one range.
    boolean fewLevels = FewLevels.ofTensor(model, tensor);
    String floor = scalar(name + "/least", fewLevels ? 1 : SymmetricRanges.LEAST);
    String least = node("Mul", name + "/floor", largest(name, max), floor);
    return symmetric(name, node("Maximum", name + "/range", max, least));
  }

  /** The largest of some magnitudes, but not 0. */
  private String largest(String name, String magnitudes) {
    String max = Reductions.all(model, "Max", name + "/tensor_max", magnitudes);
    return node("Maximum", name + "/positive", max, scalar(name + "/tiny", Range.NARROWEST));
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

  private void weight(WeightPoint point, RangeTensors range) {
    Ranges ranges = point.ranges();
    boolean depthwise = ranges == Ranges.PER_DEPTHWISE_CHANNEL;
    boolean perChannel = depthwise || ranges == Ranges.PER_CHANNEL;
    String tensor = weight(point);
    Shape shape = depthwise ? kernel(tensor) : Shape.scalar();
    String name = point.quantizer();
    // The channels of a depthwise kernel are in two dimensions; the quantizer takes the last.
    String input = depthwise ? reshape(name + "/channels", tensor, channelsLast(shape)) : tensor;
    String node =
        fakeQuant(
            perChannel ? "FakeQuantWithMinMaxVarsPerChannel" : "FakeQuantWithMinMaxVars",
            name,
            isOperand(point) ? activationBits : WEIGHT_BITS,
            ranges != Ranges.ASYMMETRIC || isSymmetric(),
            input,
            range);
    String output = depthwise ? reshape(name + "/kernel", node, shape) : node;
    model.graph().setInput(point.operation(), point.input(), output);
  }

  private Shape kernel(String tensor) {
    return Objects.requireNonNull(DataFlow.staticShape(model.graph(), tensor));
  }

  /** The shape of a depthwise kernel with channels and their multiples in one dimension. */
  private static Shape channelsLast(Shape kernel) {
    return Shape.of(kernel.get(0), kernel.get(1), 1, kernel.get(2) * kernel.get(3));
  }

  private String reshape(String name, String tensor, Shape shape) {
    int[] sizes = Arrays.stream(shape.asArray()).mapToInt(Math::toIntExact).toArray();
    String constant =
        model.addConstant(name + "/shape", TensorProtos.ints(Shape.of(sizes.length), sizes));
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32);
    return model.add("Reshape", name, types, tensor, constant);
  }

  private String fakeQuant(
      String op, String name, int bits, boolean narrow, String tensor, RangeTensors range) {
    Map<String, ?> attributes = Map.of("num_bits", bits, "narrow_range", narrow);
    return model.add(op, name, attributes, tensor, range.min(), range.max());
  }

  /** Whether a constant meets an activation as its equal, so that the runtime wants one type. */
  private static boolean isOperand(WeightPoint point) {
    return point.ranges() == WeightPoint.Ranges.ASYMMETRIC || point.input() == 0;
  }

  private boolean isSymmetric() {
    return activationBits > WEIGHT_BITS;
  }

  private Range likeActivation(Range range) {
    return isSymmetric() ? range.symmetric() : range;
  }

  private static Range range(WeightPoint point, float[] values) {
    try {
      return Range.of(values);
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
