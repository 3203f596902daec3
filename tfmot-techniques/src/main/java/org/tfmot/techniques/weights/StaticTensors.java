package org.tfmot.techniques.weights;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TInt64;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Values of tensors that do not depend on a model's inputs, such as masked or folded weights. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class StaticTensors {

  private StaticTensors() {}

  /** Returns whether a node is the scalar constant 0 of type float. */
  public static boolean isZero(NodeDef node) {
    if (!node.getOp().equals("Const") || !node.containsAttr("value")) {
      return false;
    }
    TensorProto value = node.getAttrOrThrow("value").getTensor();
    return value.getDtype() == DataType.DT_FLOAT
        && TensorProtos.shape(value).size() == 1
        && TensorProtos.toFloats(value)[0] == 0;
  }

  /** The values of a constant of integers of 32 bits; none if a node is something else. */
  public static int[] ints(NodeDef node) {
    TensorProto value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    return node.getOp().equals("Const") && value.getDtype() == DataType.DT_INT32
        ? TensorProtos.toInts(value)
        : new int[0];
  }

  /**
   * Returns the dimensions that a constant of integers of 32 or 64 bits names, counted from the
   * first one; null if they are not known.
   *
   * @param rank of the tensor whose dimensions they are, or -1 if it is not known
   */
  public static int @Nullable [] axes(NodeDef node, int rank) {
    TensorProto value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    boolean wide = value.getDtype() == DataType.DT_INT64;
    if (!node.getOp().equals("Const") || !(wide || value.getDtype() == DataType.DT_INT32)) {
      return null;
    }
    int[] axes = wide ? narrowed(value) : TensorProtos.toInts(value);
    for (int i = 0; i < axes.length; i++) {
      if (axes[i] < 0 && rank < 0) {
        return null;
      }
      axes[i] += axes[i] < 0 ? rank : 0;
    }
    return axes;
  }

  private static int[] narrowed(TensorProto value) {
    try (Tensor tensor = TensorProtos.toTensor(value)) {
      int[] numbers = new int[(int) tensor.size()];
      int[] next = {0};
      ((TInt64) tensor).scalars().forEach(one -> numbers[next[0]++] = (int) one.getLong());
      return numbers;
    }
  }

  /**
   * The values of tensors, by the given notation.
   *
   * @param model its variables have the values to compute with
   */
  public static Map<String, TensorProto> evaluate(GraphModel model, Collection<String> tensors) {
    if (tensors.isEmpty()) {
      return new LinkedHashMap<>();
    }
    // A session takes time in proportion to all variables and nodes, needed or not.
    try (Graph graph = new Graph()) {
      TensorFlowErrors.importInto(graph, part(model, tensors).graphDef());
      try (Session session = new Session(graph, SessionConfigs.UNOPTIMIZED)) {
        return evaluate(session, tensors);
      }
    }
  }

  /** Returns the part of a model that tensors need, without variables. */
  private static GraphModel part(GraphModel model, Collection<String> tensors) {
    Endpoints.Builder endpoints = Endpoints.builder().training(false);
    tensors.forEach(tensor -> endpoints.output(tensor, tensor));
    return GraphModel.of(model.graphDef(), endpoints.build(), model.variables().values()).freeze();
  }

  /** The values that tensors have in a session now. */
  public static Map<String, TensorProto> evaluate(Session session, Collection<String> tensors) {
    Map<String, TensorProto> values = new LinkedHashMap<>();
    if (tensors.isEmpty()) {
      return values;
    }
    List<String> names = tensors.stream().distinct().toList();
    Session.Runner runner = session.runner();
    names.forEach(name -> runner.fetch(TensorRef.parse(name).qualified()));
    try (Result result = runner.run()) {
      for (int i = 0; i < names.size(); i++) {
        values.put(names.get(i), TensorProtos.of(result.get(i)));
      }
    }
    return values;
  }
}
