package org.tfmot.techniques.quantization;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.FakeQuantNodes.RangeTensors;

/**
 * Ranges of activations that follow training by an exponential moving average of each batch's
 * minimum and maximum: {@code range += (1 - decay) * (batch - range)}. The range always contains 0.
 *
 * <p>The first batch sets the range outright: the variables start with the minimum above the
 * maximum, which means that nothing was seen yet. A range of nothing but zeros gives way to the
 * next batch in the same manner, lest a layer that starts at zero be clipped to it.
 */
final class MovingRanges {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);
  private static final TensorProto EMPTY_MIN = TensorProtos.scalar(1f);
  private static final TensorProto EMPTY_MAX = TensorProtos.scalar(-1f);

  private final ModelEditor model;
  private final float decay;
  private final Map<TensorRef, RangeTensors> added = new HashMap<>();

  MovingRanges(ModelEditor model, float decay) {
    this.model = model;
    this.decay = decay;
  }

  static String minVariable(String fakeQuant) {
    return fakeQuant + "/moving_min";
  }

  static String maxVariable(String fakeQuant) {
    return fakeQuant + "/moving_max";
  }

  /** The range that training left behind. */
  static Range read(GraphModel model, TensorRef tensor) {
    String quantizer = ActivationPoint.quantizer(tensor);
    float min = value(model, minVariable(quantizer));
    float max = value(model, maxVariable(quantizer));
    if (min > max) {
      throw new IllegalStateException(
          "the range of the tensor \"%s\" has seen no data: train before stripping"
              .formatted(tensor));
    }
    if (!Float.isFinite(min) || !Float.isFinite(max)) {
      throw new IllegalStateException(
          "the range of the tensor \"%s\" is not finite: [%s, %s]; training has diverged"
              .formatted(tensor, min, max));
    }
    return new Range(min, max);
  }

  /**
   * Adds the moving range of a tensor; the updates become part of every training step. A tensor
   * without a range of its own comes after the one whose range it has.
   */
  RangeTensors add(ActivationPoint point) {
    RangeTensors known = added.get(point.rangeOf());
    if (known != null) {
      return known;
    }
    RangeTensors range = addOwn(point);
    added.put(point.tensor(), range);
    return range;
  }

  private RangeTensors addOwn(ActivationPoint point) {
    String name = point.quantizer();
    String tensor = point.tensor().toString();
    String readMin = model.addVariable(minVariable(name), EMPTY_MIN, false);
    String readMax = model.addVariable(maxVariable(name), EMPTY_MAX, false);
    String empty = model.add("GreaterEqual", name + "/empty", FLOAT, readMin, readMax);
    String zero = constant(name + "/zero", 0);
    String largest = Reductions.all(model, "Max", name + "/largest", tensor);
    String batchMax = node("Maximum", name + "/batch_max", largest, zero);
    String max = move(name + "/max", maxVariable(name), readMax, batchMax, empty, "Less");
    String batchMin = zero;
    if (!point.nonNegative()) {
      String smallest = Reductions.all(model, "Min", name + "/smallest", tensor);
      batchMin = node("Minimum", name + "/batch_min", smallest, zero);
    }
    String min = move(name + "/min", minVariable(name), readMin, batchMin, empty, "Greater");
    return new RangeTensors(min, max);
  }

  private String move(
      String name, String variable, String old, String batch, String empty, String below) {
    String rate = constant(name + "/rate", 1 - decay);
    String difference = node("Sub", name + "/difference", batch, old);
    String moved =
        node("AddV2", name + "/moved", old, node("Mul", name + "/change", difference, rate));
    String next = node("SelectV2", name + "/next", empty, batch, moved);
    // The range of a tensor that has become all zeros would shrink until float underflows.
    float least = below.equals("Less") ? Range.NARROWEST : -Range.NARROWEST;
    String narrow = node(below, name + "/narrow", next, constant(name + "/least", least));
    String snapped = node("SelectV2", name + "/snapped", narrow, constant(name + "/zero", 0), next);
    String range = node("StopGradient", name, snapped);
    model.endpoints().update(model.addAssignment(variable, range));
    return range;
  }

  private static float value(GraphModel model, String variable) {
    return TensorProtos.toFloats(model.variable(variable).value())[0];
  }

  private String constant(String name, float value) {
    return model.addConstant(name, TensorProtos.scalar(value));
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
