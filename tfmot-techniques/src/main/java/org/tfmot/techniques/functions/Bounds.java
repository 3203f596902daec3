package org.tfmot.techniques.functions;

import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Bounds that bound nothing: {@code min(x, infinity)} and {@code max(x, -infinity)}. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Bounds {

  private static final float OUT_OF_REACH = 1e30f;

  private Bounds() {}

  /**
   * Returns which operand of a minimum or a maximum is infinite, so that it has no effect; or -1.
   */
  public static int infinite(GraphEditor graph, NodeDef node) {
    return beyond(graph, node, Float.POSITIVE_INFINITY);
  }

  /**
   * Returns which operand of a minimum or a maximum is out of reach of every quantized value, such
   * as {@code Float.MAX_VALUE}: infinite, or a number whose step would leave nothing of any other;
   * or -1.
   */
  public static int outOfReach(GraphEditor graph, NodeDef node) {
    return beyond(graph, node, OUT_OF_REACH);
  }

  private static int beyond(GraphEditor graph, NodeDef node, float least) {
    int sign = node.getOp().equals("Minimum") ? 1 : node.getOp().equals("Maximum") ? -1 : 0;
    for (int i = 0; sign != 0 && i < 2; i++) {
      if (isBeyond(graph, node.getInput(i), sign, least)) {
        return i;
      }
    }
    return -1;
  }

  /** Returns whether all elements of a constant scalar or vector are so large. */
  private static boolean isBeyond(GraphEditor graph, String tensor, int sign, float least) {
    TensorProto proto = Numbers.constant(graph, tensor);
    if (proto == null || TensorProtos.shape(proto).numDimensions() > 1) {
      return false;
    }
    float[] values = TensorProtos.toFloats(proto);
    for (float each : values) {
      if (!(sign * each >= least)) {
        return false;
      }
    }
    return values.length > 0;
  }
}
