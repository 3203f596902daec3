package org.tfmot.api.optimizer;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.OperationAttributeInspector;

/**
 * Refuses convolutions whose gradient in TensorFlow's C++ library, which Java has, drops dilations
 * or explicit paddings. Those of a model that can be trained have another form when it is opened;
 * what is left was added to a live graph, or belongs to a model in inference mode.
 */
final class LostAttributes {

  private static final Set<String> TYPES = Set.of("Conv2D", "DepthwiseConv2dNative");

  private LostAttributes() {}

  /**
   * Verifies the operations between variables and a loss.
   *
   * @throws IllegalArgumentException naming an operation whose gradient would be wrong
   */
  static void verify(Graph graph, Operand<?> loss, List<? extends Operand<?>> variables) {
    Set<Operand<?>> all = new HashSet<>(variables);
    List<GraphOperation> between = new ArrayList<>(graph.subgraphTo(Set.of(loss)));
    between.removeIf(operation -> !TYPES.contains(operation.type()) || !isLost(operation));
    if (between.isEmpty()) {
      return;
    }
    between.retainAll(graph.subgraphFrom(all));
    if (!between.isEmpty()) {
      GraphOperation first = between.get(0);
      throw new IllegalArgumentException(
          ("TensorFlow for Java has no right gradient of the %s \"%s\", which has dilations or"
                  + " explicit paddings: train model.withTraining(true), which has another form of"
                  + " those in NHWC, or write it with Pad, SpaceToBatchND and BatchToSpaceND")
              .formatted(first.type(), first.name()));
    }
  }

  private static boolean isLost(GraphOperation operation) {
    OperationAttributeInspector attributes = operation.attributes();
    for (long dilation : attributes.getAttrIntList("dilations")) {
      if (dilation != 1) {
        return true;
      }
    }
    return operation.type().equals("Conv2D")
        && attributes.getAttrString("padding").equals("EXPLICIT");
  }
}
