package org.tfmot.techniques.tflite;

import com.google.common.collect.ContiguousSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Operands that are weights, by the order of operands in TensorFlow Lite's kernels; without biases,
 * peepholes and normalization factors, which are vectors.
 */
final class WeightOperands {

  private static final List<Integer> SECOND = List.of(1);

  private static final Map<String, List<Integer>> OPERANDS =
      Map.ofEntries(
          Map.entry("CONV_2D", SECOND),
          Map.entry("CONV_3D", SECOND),
          Map.entry("CONV_3D_TRANSPOSE", SECOND),
          Map.entry("DEPTHWISE_CONV_2D", SECOND),
          Map.entry("TRANSPOSE_CONV", SECOND),
          Map.entry("FULLY_CONNECTED", SECOND),
          Map.entry("BATCH_MATMUL", List.of(0, 1)),
          Map.entry("GATHER", List.of(0)),
          Map.entry("EMBEDDING_LOOKUP", SECOND),
          Map.entry("EMBEDDING_LOOKUP_SPARSE", List.of(4)),
          Map.entry("SVDF", List.of(1, 2)),
          Map.entry("RNN", List.of(1, 2)),
          Map.entry("UNIDIRECTIONAL_SEQUENCE_RNN", List.of(1, 2)),
          Map.entry("BIDIRECTIONAL_SEQUENCE_RNN", List.of(1, 2, 5, 6, 10, 11)),
          Map.entry("LSTM", lstm()),
          Map.entry("UNIDIRECTIONAL_SEQUENCE_LSTM", lstm()),
          Map.entry("BIDIRECTIONAL_SEQUENCE_LSTM", bidirectionalLstm()));

  /** Those that other operands than weights have in the same places: positions, sizes. */
  private static final Set<String> MAY_BE_OTHERS = Set.of("BATCH_MATMUL", "GATHER");

  private static final Set<TensorType> WEIGHTS =
      Set.of(
          TensorType.FLOAT32,
          TensorType.FLOAT16,
          TensorType.BFLOAT16,
          TensorType.INT4,
          TensorType.INT8,
          TensorType.UINT8,
          TensorType.INT16);

  private WeightOperands() {}

  /** Returns the indexes of tensors that are an operation's weights if they are constant. */
  static List<Integer> of(TfLiteOperator operator) {
    List<Integer> weights = new ArrayList<>();
    for (int operand : OPERANDS.getOrDefault(operator.name(), List.of())) {
      if (operand < operator.inputs().size() && operator.inputs().get(operand) >= 0) {
        weights.add(operator.inputs().get(operand));
      }
    }
    return weights;
  }

  /**
   * Returns whether an operation has weights always: its other constants are biases and the like.
   */
  static boolean takes(TfLiteOperator operator) {
    return OPERANDS.containsKey(operator.name()) && !MAY_BE_OTHERS.contains(operator.name());
  }

  /** Returns whether a constant in a weight's place is one. */
  static boolean isWeight(TfLiteOperator operator, TfLiteTensor constant) {
    return !MAY_BE_OTHERS.contains(operator.name())
        || (WEIGHTS.contains(constant.type()) && constant.shape().numDimensions() >= 2);
  }

  /** Four gates' input and recurrent weights, and those of the projection. */
  private static List<Integer> lstm() {
    List<Integer> weights = new ArrayList<>(range(1, 8));
    weights.add(16);
    return weights;
  }

  /** The same for each direction, and of both those of the auxiliary input. */
  private static List<Integer> bidirectionalLstm() {
    List<Integer> weights = new ArrayList<>(lstm());
    weights.addAll(range(18, 25));
    weights.add(33);
    weights.addAll(range(40, 47));
    return weights;
  }

  private static List<Integer> range(int first, int last) {
    return ContiguousSet.closed(first, last).asList();
  }
}
