package org.tfmot.techniques.quantization.plan;

import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;

/**
 * Batch norm that cannot be folded into an operation before it. In inference it becomes a depthwise
 * convolution of size 1 with a bias, which the runtime has in integers. It has one weight per
 * channel, which the channel's range represents exactly.
 */
final class StandaloneBatchNorm {

  private static final int OUTPUTS = 6;

  private StandaloneBatchNorm() {}

  /** Returns whether a node is a batch norm with constant statistics and channels last. */
  static boolean fits(DataFlow flow, NodeDef node) {
    if (!Patterns.isBatchNorm(node)
        || Patterns.isTrainingBatchNorm(node)
        || Patterns.isChannelsFirst(node)
        || Patterns.hasThreeDimensions(node)
        || !BatchNormChain.hasStaticParameters(flow, node)) {
      return false;
    }
    for (int i = 1; i < OUTPUTS; i++) {
      if (flow.isUsed(new TensorRef(node.getName(), i))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the weight of the convolution. */
  static WeightPoint weight(NodeDef norm) {
    return new WeightPoint(convolution(norm), 1, Ranges.PER_DEPTHWISE_CHANNEL);
  }

  /** Replaces a batch norm by a convolution; the bias behind it takes the batch norm's name. */
  static void replace(ModelEditor model, NodeDef norm, NormFactors factors) {
    int channels = factors.scale().length;
    float[] scale = new float[channels];
    for (int c = 0; c < channels; c++) {
      scale[c] = (float) factors.scale()[c];
    }
    Shape shape = Shape.of(1, 1, channels, 1);
    String name = norm.getName();
    String kernel =
        model.addVariable(name + "/folded_kernel", TensorProtos.floats(shape, scale), true);
    float[] offsets = factors.offsets(new float[channels]);
    String offset =
        model.addVariable(
            name + "/folded_bias", TensorProtos.floats(Shape.of(channels), offsets), true);
    model
        .graph()
        .add(
            NodeBuilder.op(Patterns.DEPTHWISE, convolution(norm))
                .inputs(norm.getInput(0), kernel)
                .attr("T", DataType.DT_FLOAT)
                .attr("strides", List.of(1L, 1L, 1L, 1L))
                .attr("padding", "VALID")
                .build());
    model
        .graph()
        .replace(
            NodeBuilder.op("BiasAdd", name)
                .inputs(convolution(norm), offset)
                .attr("T", DataType.DT_FLOAT)
                .build());
  }

  private static String convolution(NodeDef norm) {
    return norm.getName() + "/depthwise";
  }
}
