package org.tfmot.api.folding;

import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.DoubleNdArray;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.ndarray.IntNdArray;
import org.tensorflow.ndarray.LongNdArray;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/** Computes what little arithmetic on constants of one element comes to. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ScalarFolding {

  /** Rates and scales are a few operations deep; whole networks are not searched for them. */
  private static final int MAX_DEPTH = 8;

  private static final Set<DataType> NUMBERS =
      Set.of(
          DataType.DT_HALF,
          DataType.DT_BFLOAT16,
          DataType.DT_FLOAT,
          DataType.DT_DOUBLE,
          DataType.DT_INT32,
          DataType.DT_INT64);

  private ScalarFolding() {}

  /** The value of a tensor of one element that depends on constants alone, or null. */
  public static @Nullable Double value(GraphEditor editor, String tensor) {
    return value(editor, editor.producer(tensor), MAX_DEPTH);
  }

  private static @Nullable Double value(GraphEditor editor, NodeDef node, int depth) {
    if (depth == 0) {
      return null;
    }
    return switch (node.getOp()) {
      case "Const" -> constant(node.getAttrOrThrow("value").getTensor());
      case "Identity", "Cast" -> value(editor, editor.input(node, 0), depth - 1);
      case "Reciprocal", "Inv", "Add", "AddV2", "Sub", "Mul", "RealDiv", "Div" ->
          arithmetic(editor, node, depth);
      default -> null;
    };
  }

  private static @Nullable Double arithmetic(GraphEditor editor, NodeDef node, int depth) {
    Double a = value(editor, editor.input(node, 0), depth - 1);
    if (a == null) {
      return null;
    }
    if (node.getOp().equals("Reciprocal") || node.getOp().equals("Inv")) {
      return 1 / a;
    }
    Double b = value(editor, editor.input(node, 1), depth - 1);
    if (b == null) {
      return null;
    }
    return switch (node.getOp()) {
      case "Sub" -> a - b;
      case "Mul" -> a * b;
      case "RealDiv", "Div" -> a / b;
      default -> a + b;
    };
  }

  private static @Nullable Double constant(TensorProto proto) {
    if (TensorProtos.shape(proto).size() != 1 || !NUMBERS.contains(proto.getDtype())) {
      return null;
    }
    try (Tensor tensor = TensorProtos.toTensor(proto)) {
      if (tensor instanceof FloatNdArray floats) {
        return (double) floats.scalars().iterator().next().getFloat();
      } else if (tensor instanceof DoubleNdArray doubles) {
        return doubles.scalars().iterator().next().getDouble();
      } else if (tensor instanceof IntNdArray ints) {
        return (double) ints.scalars().iterator().next().getInt();
      } else if (tensor instanceof LongNdArray longs) {
        return (double) longs.scalars().iterator().next().getLong();
      }
      return null;
    }
  }
}
