package org.tfmot.techniques.quantization;

import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.FakeQuantNodes.RangeTensors;

/**
 * Ranges of activations that follow training by an exponential moving average of each batch's
 * minimum and maximum: {@code range += (1 - decay) * (batch - range)}. The first batch sets the
 * range outright: the variables start as an empty range (minimum above maximum), which means that
 * nothing was seen yet. The range always contains 0.
 */
final class MovingRanges {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);
  private static final TensorProto EMPTY_MIN = TensorProtos.scalar(1f);
  private static final TensorProto EMPTY_MAX = TensorProtos.scalar(-1f);

  private final ModelEditor model;
  private final float decay;

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
  static Range read(GraphModel model, String fakeQuant) {
    float min = TensorProtos.toFloats(model.variable(minVariable(fakeQuant)).value())[0];
    float max = TensorProtos.toFloats(model.variable(maxVariable(fakeQuant)).value())[0];
    if (min > max) {
      throw new IllegalStateException(
          "the activation range \"%s\" has seen no data: train or calibrate before stripping"
              .formatted(fakeQuant));
    }
    return new Range(min, max);
  }

  /** Adds the moving range of a tensor; the updates become part of every training step. */
  RangeTensors add(String name, ActivationPoint point) {
    String tensor = point.tensor().toString();
    String readMin = model.addVariable(minVariable(name), EMPTY_MIN, false);
    String readMax = model.addVariable(maxVariable(name), EMPTY_MAX, false);
    String empty = model.add("Greater", name + "/empty", FLOAT, readMin, readMax);
    String zero = model.addConstant(name + "/zero", TensorProtos.scalar(0f));
    String batchMax = node("Maximum", name + "/batch_max", reduce("Max", name, tensor), zero);
    String batchMin =
        point.nonNegative()
            ? zero
            : node("Minimum", name + "/batch_min", reduce("Min", name, tensor), zero);
    String min = move(name + "/min", minVariable(name), readMin, batchMin, empty);
    String max = move(name + "/max", maxVariable(name), readMax, batchMax, empty);
    return new RangeTensors(min, max);
  }

  private String move(String name, String variable, String old, String batch, String empty) {
    String rate = model.addConstant(name + "/rate", TensorProtos.scalar(1 - decay));
    String difference = node("Sub", name + "/difference", batch, old);
    String moved =
        node("AddV2", name + "/moved", old, node("Mul", name + "/change", difference, rate));
    String next = node("SelectV2", name + "/next", empty, batch, moved);
    String range = node("StopGradient", name, next);
    model.endpoints().update(model.addAssignment(variable, range));
    return range;
  }

  private String reduce(String op, String name, String tensor) {
    // A rank that is not known here is flattened first, so one axis always does.
    String flat = model.addConstant(name + "/flat_shape", TensorProtos.ints(Shape.of(1), -1));
    String vector =
        model.add(
            "Reshape",
            name + "/flat",
            Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32),
            tensor,
            flat);
    String axis = model.addConstant(name + "/axis", TensorProtos.ints(Shape.of(1), 0));
    return model.add(
        op,
        name + "/" + op,
        Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32),
        vector,
        axis);
  }

  private String node(String op, String name, String... inputs) {
    return model.add(op, name, FLOAT, inputs);
  }
}
