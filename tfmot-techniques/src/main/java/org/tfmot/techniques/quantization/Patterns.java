package org.tfmot.techniques.quantization;

import java.util.Set;
import org.tensorflow.proto.NodeDef;

/** The operation types that quantization knows, by the role they play. */
final class Patterns {

  /** Have a weight as their second input and accumulate in 32 bits. */
  static final Set<String> WEIGHTED = Set.of("Conv2D", "MatMul");

  /** Element by element over two inputs, either of which may be a constant. */
  static final Set<String> BINARY = Set.of("Add", "AddV2", "Sub", "Mul");

  /** Computed in 8 bits with a range of their own for the output. */
  static final Set<String> AVERAGING = Set.of("AvgPool", "Mean");

  /** Fused into the operation before them. */
  static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

  /** Only move or choose values: the output has the input's range. */
  static final Set<String> TRANSPARENT =
      Set.of("MaxPool", "Reshape", "Squeeze", "ExpandDims", "Identity", "Transpose");

  private Patterns() {}

  static boolean isBatchNorm(NodeDef node) {
    return node.getOp().startsWith("FusedBatchNorm") && !node.getOp().endsWith("Grad");
  }

  static boolean isActivation(NodeDef node) {
    return ACTIVATIONS.contains(node.getOp());
  }
}
