package org.tfmot.techniques.quantization;

import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.techniques.quantization.WeightPoint.Ranges;

/** The operation types that quantization knows, by the role they play. */
final class Patterns {

  /** Have a weight as their second input and accumulate in 32 bits. */
  static final Set<String> WEIGHTED = Set.of("Conv2D", "MatMul");

  /** Element by element over two inputs, either of which may be a constant. */
  static final Set<String> BINARY = Set.of("Add", "AddV2", "Sub", "Mul");

  /** Computed in 8 bits with a range of their own for the output. */
  static final Set<String> AVERAGING = Set.of("Mean");

  /** Computed in 8 bits with the input's range for the output, as the runtime demands. */
  static final Set<String> POOLING = Set.of("AvgPool");

  /** Fused into the operation before them. */
  static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

  /** Only move or choose values, or put zeros around them: the output has the input's range. */
  static final Set<String> TRANSPARENT =
      Set.of(
          "MaxPool",
          "MaxPoolV2",
          "Pad",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Identity",
          "Transpose");

  /** Between a matrix product and the batch norm behind it: the last dimension stays. */
  static final Set<String> RESHAPING = Set.of("Reshape", "ExpandDims");

  /** Look at a tensor's shape only. */
  private static final Set<String> SHAPE = Set.of("Shape", "ShapeN", "Size", "Rank");

  private static final Set<DataType> INTEGERS =
      Set.of(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_BOOL);

  private Patterns() {}

  static boolean isBatchNorm(NodeDef node) {
    return node.getOp().startsWith("FusedBatchNorm") && !node.getOp().contains("Grad");
  }

  /** Whether a batch norm normalizes with the statistics of the batch; by default it does. */
  static boolean isTrainingBatchNorm(NodeDef node) {
    return isBatchNorm(node)
        && (!node.containsAttr("is_training") || node.getAttrOrThrow("is_training").getB());
  }

  static boolean isActivation(NodeDef node) {
    return ACTIVATIONS.contains(node.getOp());
  }

  /** Whether an addition may be a bias; whether it is one depends on what it adds. */
  static boolean isAddition(NodeDef node) {
    return node.getOp().equals("BiasAdd")
        || node.getOp().equals("Add")
        || node.getOp().equals("AddV2");
  }

  /**
   * The ranges of a weight-bearing operation's weight. A matrix has only one: the converter stores
   * it transposed and cannot move the ranges of its columns along.
   */
  static Ranges weightRanges(NodeDef node) {
    return node.getOp().equals("Conv2D") ? Ranges.PER_CHANNEL : Ranges.SYMMETRIC;
  }

  /** Whether the weight's first dimension counts the outputs, and not its last. */
  static boolean isTransposed(NodeDef node) {
    return node.getAttrOrDefault("transpose_b", AttrValue.getDefaultInstance()).getB();
  }

  /** Whether the channels are the second dimension, and not the last. */
  static boolean isChannelsFirst(NodeDef node) {
    AttrValue format = node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance());
    return format.getS().toStringUtf8().startsWith("NC");
  }

  /** Whether the operation's type parameter is float. */
  static boolean isFloat(NodeDef node) {
    return type(node) == DataType.DT_FLOAT;
  }

  /** Whether an operation only looks at shapes or computes with integers: not for quantization. */
  static boolean isIndexArithmetic(NodeDef node) {
    return SHAPE.contains(node.getOp()) || INTEGERS.contains(type(node));
  }

  private static DataType type(NodeDef node) {
    return node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType();
  }
}
