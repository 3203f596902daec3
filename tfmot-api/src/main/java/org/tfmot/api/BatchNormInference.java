package org.tfmot.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/** Makes batch norms normalize with their moving averages instead of the batch's statistics. */
final class BatchNormInference {

  private static final Set<String> BATCH_NORMS =
      Set.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");

  private static final String IS_TRAINING = "is_training";

  /** Inputs {@code x, scale, offset, mean, variance}; outputs {@code y, mean, variance, ...}. */
  private static final int MEAN_INPUT = 3;

  private static final int MEAN_OUTPUT = 1;
  private static final List<String> STATISTICS = List.of("mean", "variance");

  /** Operations of a moving average's update. */
  private static final Set<String> ARITHMETIC =
      Set.of(
          "Add",
          "AddV2",
          "Cast",
          "Div",
          "Identity",
          "Mul",
          "Neg",
          "RealDiv",
          "Select",
          "SelectV2",
          "StopGradient",
          "Sub");

  private BatchNormInference() {}

  static boolean isBatchNorm(NodeDef node) {
    return BATCH_NORMS.contains(node.getOp());
  }

  static boolean isTraining(NodeDef node) {
    AttrValue training = node.getAttrMap().get(IS_TRAINING);
    return isBatchNorm(node) && (training == null || training.getB());
  }

  /** The variables that are a batch norm's mean and variance inputs. */
  static List<String> statistics(GraphEditor editor, NodeDef batchNorm) {
    List<String> variables = new ArrayList<>();
    for (int i = 0; i < STATISTICS.size(); i++) {
      String variable = VariableNodes.behind(editor, batchNorm.getInput(MEAN_INPUT + i));
      if (variable != null) {
        variables.add(variable);
      }
    }
    return variables;
  }

  /**
   * Converts all batch norms in training mode.
   *
   * @throws IllegalArgumentException if one has no moving averages, or more than one can be meant
   */
  static void convert(GraphEditor editor) {
    for (NodeDef node : editor.nodes()) {
      if (isTraining(node)) {
        convert(editor, node);
      }
    }
  }

  private static void convert(GraphEditor editor, NodeDef node) {
    NodeDef.Builder inference =
        node.toBuilder().putAttr(IS_TRAINING, AttrValue.newBuilder().setB(false).build());
    for (int i = 0; i < STATISTICS.size(); i++) {
      String variable = movingAverage(editor, node, i);
      if (variable != null) {
        inference.setInput(MEAN_INPUT + i, VariableNodes.valueTensor(editor, variable));
      }
    }
    editor.replace(inference.build());
  }

  /**
   * The variable with the moving average of a statistic. With {@code exponential_avg_factor} other
   * than 1 it is an input; otherwise that input is empty and the average is updated outside, as
   * Keras does. Null if the input is something else that holds the average.
   */
  private static @Nullable String movingAverage(GraphEditor editor, NodeDef node, int statistic) {
    String variable = VariableNodes.behind(editor, node.getInput(MEAN_INPUT + statistic));
    if (variable != null) {
      return variable;
    }
    AttrValue factor = node.getAttrMap().get("exponential_avg_factor");
    if (factor != null && factor.getF() != 1) {
      return null;
    }
    TensorRef output = new TensorRef(node.getName(), MEAN_OUTPUT + statistic);
    Set<String> updated = updatedWith(editor, output);
    if (updated.size() != 1) {
      throw new IllegalArgumentException(
          "batch norm \"%s\" cannot be turned to inference: its batch %s %s updates %s; name what updates it with Endpoints.Builder.update, or export the model in inference mode"
              .formatted(
                  node.getName(),
                  STATISTICS.get(statistic),
                  output,
                  updated.isEmpty() ? "no moving average" : "several variables " + updated));
    }
    return updated.iterator().next();
  }

  /** The variables that assignments give a value computed from a statistic. */
  private static Set<String> updatedWith(GraphEditor editor, TensorRef statistic) {
    Set<String> updated = new LinkedHashSet<>();
    Set<TensorRef> seen = new HashSet<>(Set.of(statistic));
    Deque<TensorRef> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      for (NodeDef user : editor.consumers(open.pop())) {
        String variable = VariableNodes.assigned(editor, user);
        TensorRef result = TensorRef.of(user.getName());
        if (variable != null) {
          updated.add(variable);
        } else if (ARITHMETIC.contains(user.getOp()) && seen.add(result)) {
          open.push(result);
        }
      }
    }
    return updated;
  }
}
