package org.tfmot.techniques.weights;

import java.util.List;
import java.util.OptionalInt;
import org.apiguardian.api.API;
import org.tfmot.api.Variable;

/**
 * An operation that reads a trainable variable as its weight.
 *
 * @param operation its name, such as {@code stage1/conv1/Conv2D}
 * @param type its type, such as {@code Conv2D}
 * @param variable the weight
 * @param inputDimension the dimension of the variable that the operation sums over; empty unless it
 *     is a {@code Conv2D} or a {@code MatMul}, and all layers with this weight agree
 * @param outputDimensions the dimensions of the variable that run over the output channels: one, or
 *     two for a depthwise convolution
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record WeightedLayer(
    String operation,
    String type,
    Variable variable,
    OptionalInt inputDimension,
    List<Integer> outputDimensions) {

  /** Copies the list. */
  public WeightedLayer {
    outputDimensions = List.copyOf(outputDimensions);
  }

  static WeightedLayer of(WeightedLayers.Layer layer) {
    WeightAxes axes = layer.axes();
    return new WeightedLayer(
        layer.node().getName(),
        layer.node().getOp(),
        layer.weight().variable(),
        axes == null ? OptionalInt.empty() : OptionalInt.of(axes.input()),
        layer.channels());
  }
}
