package org.tfmot.techniques.quantization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.plan.WeightPoint;
import org.tfmot.techniques.quantization.plan.WeightPoint.Ranges;
import org.tfmot.techniques.quantization.ranges.ChannelRanges;
import org.tfmot.techniques.quantization.ranges.SymmetricRanges;
import org.tfmot.techniques.weights.StaticTensors;
import org.tfmot.techniques.weights.Weight;
import org.tfmot.techniques.weights.WeightProperty;

/**
 * Ranges that keep equal values of clustered weights equal after quantization. With a range per
 * channel, equal values of different channels would become different integers. So all channels get
 * the range of the whole weight; a batch norm's factor per channel, folded in later, scales range
 * and values alike.
 */
final class ClusterPreservingRanges {

  private ClusterPreservingRanges() {}

  /** Returns whether a tensor is a weight with few distinct values over all channels. */
  static boolean ofTensor(ModelEditor model, String tensor) {
    Weight weight = Weight.behind(model, tensor);
    return weight != null && weight.has(WeightProperty.FEW_VALUES);
  }

  /**
   * Returns the ranges of clustered weights after batch norm is folded.
   *
   * @param inference the model before folding
   * @param scales batch norm's factors per channel, by operation
   * @return by the name of the fake-quantization node; other weights are left out
   */
  static Map<String, ChannelRanges> ranges(
      GraphModel inference, List<WeightPoint> points, Map<String, double[]> scales) {
    ModelEditor editor = new ModelEditor(inference);
    Map<WeightPoint, String> tensors = new LinkedHashMap<>();
    for (WeightPoint point : points) {
      NodeDef node = editor.graph().find(point.operation());
      if (node != null && point.perChannel() && ofTensor(editor, node.getInput(point.input()))) {
        tensors.put(point, node.getInput(point.input()));
      }
    }
    Map<String, TensorProto> values = StaticTensors.evaluate(inference, tensors.values());
    Map<String, ChannelRanges> ranges = new LinkedHashMap<>();
    tensors.forEach(
        (point, tensor) -> {
          TensorProto value = values.getOrDefault(tensor, TensorProto.getDefaultInstance());
          Shape given = TensorProtos.shape(value);
          boolean depthwise = point.ranges() == Ranges.PER_DEPTHWISE_CHANNEL;
          Shape shape = depthwise ? FakeQuantNodes.channelsLast(given) : given;
          int channels = Math.toIntExact(shape.get(shape.numDimensions() - 1));
          float largest = SymmetricRanges.perTensor(TensorProtos.toFloats(value));
          double[] scale = scales.get(point.operation());
          ranges.put(point.quantizer(), ChannelRanges.symmetric(scaled(largest, channels, scale)));
        });
    return ranges;
  }

  private static float[] scaled(float largest, int channels, double @Nullable [] scale) {
    float[] ranges = new float[channels];
    float widest = 0;
    for (int c = 0; c < channels; c++) {
      ranges[c] = (float) (largest * (scale == null ? 1 : Math.abs(scale[c])));
      widest = Math.max(widest, ranges[c]);
    }
    for (int c = 0; c < channels; c++) {
      ranges[c] = SymmetricRanges.atLeast(ranges[c], widest);
    }
    return ranges;
  }
}
