package org.tfmot.techniques.quantization;

import java.util.Map;
import java.util.function.Function;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Puts fake-quantization nodes into a graph. */
final class FakeQuantNodes {

  static final String SUFFIX = "/fake_quant";

  private static final int BITS = 8;
  private static final DataType FLOAT = DataType.DT_FLOAT;

  private final ModelEditor model;

  FakeQuantNodes(ModelEditor model) {
    this.model = model;
  }

  /** Quantizes one input of an operation with constant ranges made from its value. */
  void constantWeight(WeightPoint point, float[] values, Shape shape) {
    NodeDef user = model.graph().node(point.operation());
    String weight = user.getInput(point.input());
    String name = point.operation() + "/input" + point.input() + SUFFIX;
    if (point.perChannel()) {
      float[] max = SymmetricRanges.of(values, shape);
      float[] min = max.clone();
      for (int i = 0; i < min.length; i++) {
        min[i] = -max[i];
      }
      Shape channels = Shape.of(max.length);
      perChannel(
          point,
          name,
          weight,
          model.addConstant(name + "/min", TensorProtos.floats(channels, min)),
          model.addConstant(name + "/max", TensorProtos.floats(channels, max)));
    } else {
      perTensor(point, name, weight, constant(name, Range.of(values)));
    }
  }

  /** Quantizes a per-channel weight with ranges that the graph computes from its current value. */
  void trainedWeight(WeightPoint point, int rank) {
    String weight = model.graph().node(point.operation()).getInput(point.input());
    String name = point.operation() + "/input" + point.input() + SUFFIX;
    int[] axes = new int[rank - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    String magnitude = add("Abs", name + "/abs", Map.of("T", FLOAT), weight);
    String max = reduce("Max", name + "/channel_max", magnitude, axes);
    String largest = reduce("Max", name + "/tensor_max", max, 0);
    String floor = constant(name + "/least", SymmetricRanges.LEAST);
    String least = add("Mul", name + "/floor", Map.of("T", FLOAT), largest, floor);
    String tiny = constant(name + "/tiny", Float.MIN_NORMAL);
    String positive = add("Maximum", name + "/positive", Map.of("T", FLOAT), least, tiny);
    String range = add("Maximum", name + "/max", Map.of("T", FLOAT), max, positive);
    String stopped = add("StopGradient", name + "/range", Map.of("T", FLOAT), range);
    String negative = add("Neg", name + "/min", Map.of("T", FLOAT), stopped);
    perChannel(point, name, weight, negative, stopped);
  }

  /** Quantizes an activation for all its users. */
  void activation(ActivationPoint point, Range range) {
    String name = point.tensor().node() + SUFFIX;
    activation(point, name, constant(name, range));
  }

  /** Quantizes an activation for all its users with a range that a function adds to the graph. */
  void activation(ActivationPoint point, Function<String, RangeTensors> range) {
    String name = point.tensor().node() + SUFFIX;
    activation(point, name, range.apply(name));
  }

  /** The tensors of a range's two ends. */
  record RangeTensors(String min, String max) {}

  private void activation(ActivationPoint point, String name, RangeTensors range) {
    String node =
        fakeQuant("FakeQuantWithMinMaxVars", name, false, point.tensor().toString(), range);
    // What the range itself is computed from must go on reading the raw tensor.
    String prefix = name + "/";
    model.redirect(
        point.tensor(),
        TensorRef.of(node),
        user -> !user.getName().equals(node) && !user.getName().startsWith(prefix));
  }

  private void perChannel(WeightPoint point, String name, String weight, String min, String max) {
    RangeTensors range = new RangeTensors(min, max);
    String node = fakeQuant("FakeQuantWithMinMaxVarsPerChannel", name, true, weight, range);
    model.graph().setInput(point.operation(), point.input(), node);
  }

  private void perTensor(WeightPoint point, String name, String weight, RangeTensors range) {
    String node = fakeQuant("FakeQuantWithMinMaxVars", name, false, weight, range);
    model.graph().setInput(point.operation(), point.input(), node);
  }

  private String fakeQuant(
      String op, String name, boolean narrow, String tensor, RangeTensors range) {
    return add(
        op,
        name,
        Map.of("num_bits", BITS, "narrow_range", narrow),
        tensor,
        range.min(),
        range.max());
  }

  private RangeTensors constant(String name, Range range) {
    return new RangeTensors(
        constant(name + "/min", range.min()), constant(name + "/max", range.max()));
  }

  private String constant(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String reduce(String op, String name, String tensor, int... axes) {
    String axis = model.addConstant(name + "/axes", TensorProtos.ints(Shape.of(axes.length), axes));
    return add(op, name, Map.of("T", FLOAT, "Tidx", DataType.DT_INT32), tensor, axis);
  }

  private String add(String op, String name, Map<String, ?> attributes, String... inputs) {
    return model.add(op, name, attributes, inputs);
  }
}
