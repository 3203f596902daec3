package org.tfmot.techniques.functions;

import org.apiguardian.api.API;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Bounds that bound nothing: {@code min(x, infinity)} and {@code max(x, -infinity)}. */
@API(status = API.Status.INTERNAL)
public final class Bounds {

  private Bounds() {}

  /**
   * Returns which operand of a minimum or a maximum is infinite, so that it has no effect; or -1.
   */
  public static int infinite(GraphEditor graph, NodeDef node) {
    float bound;
    switch (node.getOp()) {
      case "Minimum" -> bound = Float.POSITIVE_INFINITY;
      case "Maximum" -> bound = Float.NEGATIVE_INFINITY;
      default -> {
        return -1;
      }
    }
    for (int i = 0; i < 2; i++) {
      if (isConstant(graph, node.getInput(i), bound)) {
        return i;
      }
    }
    return -1;
  }

  /** Returns whether all elements of a constant scalar or vector have a value. */
  private static boolean isConstant(GraphEditor graph, String tensor, float value) {
    TensorProto proto = Numbers.constant(graph, tensor);
    if (proto == null || TensorProtos.shape(proto).numDimensions() > 1) {
      return false;
    }
    float[] values = TensorProtos.toFloats(proto);
    for (float each : values) {
      if (each != value) {
        return false;
      }
    }
    return values.length > 0;
  }
}
