package org.tfmot.techniques.functions;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Values of constants in a graph. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Numbers {

  private Numbers() {}

  /** Returns the value of a float constant of one element and at most one dimension, or NaN. */
  public static double value(GraphEditor graph, String tensor) {
    TensorProto value = constant(graph, tensor);
    return value != null
            && TensorProtos.shape(value).size() == 1
            && TensorProtos.shape(value).numDimensions() < 2
        ? TensorProtos.toFloats(value)[0]
        : Double.NaN;
  }

  /** Returns the value of a float constant, which may stand behind identities, or null. */
  static @Nullable TensorProto constant(GraphEditor graph, String tensor) {
    NodeDef node = graph.producer(tensor);
    while (node.getOp().equals("Identity")) {
      node = graph.input(node, 0);
    }
    if (!node.getOp().equals("Const")) {
      return null;
    }
    TensorProto value = node.getAttrOrThrow("value").getTensor();
    return value.getDtype() == DataType.DT_FLOAT ? value : null;
  }
}
