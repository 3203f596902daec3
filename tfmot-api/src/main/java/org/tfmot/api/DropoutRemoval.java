package org.tfmot.api;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.folding.RandomMask;
import org.tfmot.api.folding.ScalarFolding;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorRef;

/**
 * Takes inverted dropout out of a graph: a tensor times a random mask, divided by the probability
 * with which the mask keeps an element. The tensor itself stays, which is the expectation.
 *
 * <p>Recognized are {@code x * (1/keep) * mask}, with the factors in any order, {@code x / keep *
 * mask}, and {@code select(mask, x * (1/keep), 0)}. Other random operations stay.
 */
final class DropoutRemoval {

  /** Tolerance of scale times probability around one: half-precision rates are that coarse. */
  private static final double TOLERANCE = 0.01;

  private DropoutRemoval() {}

  /** A tensor times a constant. */
  private record Scaled(String tensor, double factor) {}

  /** Returns whether a graph has a dropout that {@link #remove} would take out. */
  static boolean isIn(GraphEditor graph) {
    List<NodeDef> nodes = graph.nodes();
    return nodes.stream().anyMatch(RandomOperations::isRandom)
        && nodes.stream().anyMatch(node -> keptBy(graph, node) != null);
  }

  static void remove(ModelEditor model) {
    GraphEditor graph = model.graph();
    for (NodeDef node : graph.nodes()) {
      // Read again: an earlier removal may have changed the node's inputs.
      String kept = keptBy(graph, graph.node(node.getName()));
      if (kept != null) {
        model.redirect(TensorRef.of(node.getName()), TensorRef.parse(kept), user -> true);
      }
    }
  }

  /** Returns the tensor that a dropout masks; null if the node is no dropout. */
  private static @Nullable String keptBy(GraphEditor graph, NodeDef node) {
    return switch (node.getOp()) {
      case "Mul", "RealDiv", "Div" -> keptByProduct(graph, node);
      case "Select", "SelectV2" -> keptBySelection(graph, node);
      default -> null;
    };
  }

  private static @Nullable String keptByProduct(GraphEditor graph, NodeDef node) {
    Scaled whole = scaled(graph, node.getName());
    NodeDef product = graph.producer(whole.tensor);
    if (!product.getOp().equals("Mul")) {
      return null;
    }
    Scaled a = scaled(graph, product.getInput(0));
    Scaled b = scaled(graph, product.getInput(1));
    double factor = whole.factor * a.factor * b.factor;
    if (isInverse(factor, RandomMask.probability(graph, b.tensor))) {
      return a.tensor;
    }
    return isInverse(factor, RandomMask.probability(graph, a.tensor)) ? b.tensor : null;
  }

  private static @Nullable String keptBySelection(GraphEditor graph, NodeDef node) {
    Double probability = RandomMask.probability(graph, node.getInput(0));
    if (probability == null) {
      return null;
    }
    boolean keepsFirst = isZero(graph, node.getInput(2));
    if (!keepsFirst && !isZero(graph, node.getInput(1))) {
      return null;
    }
    Scaled kept = scaled(graph, node.getInput(keepsFirst ? 1 : 2));
    double keep = keepsFirst ? probability : 1 - probability;
    return isInverse(kept.factor, keep) ? kept.tensor : null;
  }

  private static boolean isInverse(double factor, @Nullable Double probability) {
    return probability != null && Math.abs(factor * probability - 1) < TOLERANCE;
  }

  private static Scaled scaled(GraphEditor graph, String tensor) {
    NodeDef node = graph.producer(tensor);
    if (node.getOp().equals("Mul")) {
      for (int i = 0; i < 2; i++) {
        Double factor = ScalarFolding.value(graph, node.getInput(i));
        if (factor != null) {
          return new Scaled(node.getInput(1 - i), factor);
        }
      }
    } else if (node.getOp().equals("RealDiv") || node.getOp().equals("Div")) {
      Double divisor = ScalarFolding.value(graph, node.getInput(1));
      if (divisor != null) {
        return new Scaled(node.getInput(0), 1 / divisor);
      }
    }
    return new Scaled(tensor, 1);
  }

  private static boolean isZero(GraphEditor graph, String tensor) {
    String filler = tensor;
    NodeDef node = graph.producer(filler);
    while (node.getOp().equals("Fill") || node.getOp().equals("BroadcastTo")) {
      filler = node.getInput(node.getOp().equals("Fill") ? 1 : 0);
      node = graph.producer(filler);
    }
    Double value = ScalarFolding.value(graph, filler);
    return node.getOp().equals("ZerosLike") || (value != null && value == 0);
  }
}
