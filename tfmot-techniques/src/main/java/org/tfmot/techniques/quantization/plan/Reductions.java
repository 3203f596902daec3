package org.tfmot.techniques.quantization.plan;

import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;

/** Adds reductions of float tensors to a graph. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Reductions {

  private Reductions() {}

  /**
   * Reduces over the given axes.
   *
   * @param op {@code Min} or {@code Max}
   */
  public static String over(ModelEditor model, String op, String name, String tensor, int... axes) {
    String axis = model.addConstant(name + "/axes", TensorProtos.ints(Shape.of(axes.length), axes));
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "Tidx", DataType.DT_INT32);
    return model.add(op, name, types, tensor, axis);
  }

  /** Reduces to a scalar. */
  public static String all(ModelEditor model, String op, String name, String tensor) {
    // A tensor's rank is not known here; a vector has one axis.
    String shape = model.addConstant(name + "/flat/shape", TensorProtos.ints(Shape.of(1), -1));
    Map<String, DataType> types = Map.of("T", DataType.DT_FLOAT, "Tshape", DataType.DT_INT32);
    return over(model, op, name, model.add("Reshape", name + "/flat", types, tensor, shape), 0);
  }
}
