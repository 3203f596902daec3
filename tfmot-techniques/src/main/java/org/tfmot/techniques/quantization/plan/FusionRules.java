package org.tfmot.techniques.quantization.plan;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tfmot.techniques.functions.Moving;

/** Operations that the converter fuses with the one before them, so that only the last rounds. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class FusionRules {

  private final DataFlow flow;

  public FusionRules(DataFlow flow) {
    this.flow = flow;
  }

  /**
   * Returns what is fused behind an operation with a weight: bias or batch norm, and activation.
   */
  public List<NodeDef> behindWeighted(NodeDef node, @Nullable BatchNormChain chain) {
    List<NodeDef> fused = new ArrayList<>();
    if (!takesBias(node)) {
      return fused;
    }
    if (chain == null) {
      fused.addAll(bias(node));
    } else {
      fused.addAll(chain.followers());
    }
    if (chain == null || chain.reshapes().isEmpty()) {
      fused.addAll(activation(node, fused.isEmpty() ? node : fused.get(fused.size() - 1)));
    }
    return fused;
  }

  /** The activation behind the last of those that an operation is fused with, or nothing. */
  List<NodeDef> activation(NodeDef node, NodeDef last) {
    NodeDef next = flow.onlyUser(last);
    // A transposed convolution takes an activation along with a bias only.
    boolean fuses =
        Patterns.fusesActivation(node)
            || (node.getOp().equals(Patterns.TRANSPOSED) && !last.equals(node));
    if (!fuses || next == null) {
      return List.of();
    }
    if (Patterns.isActivation(next)) {
      return List.of(next);
    }
    // The converter fuses an activation with what is reshaped before it.
    NodeDef reshaped = Moving.isReshape(next) ? flow.onlyUser(next) : null;
    return reshaped != null && Patterns.isActivation(reshaped)
        ? List.of(next, reshaped)
        : List.of();
  }

  private List<NodeDef> bias(NodeDef node) {
    NodeDef next = flow.onlyUser(node);
    if (next != null && flow.biasInput(next) >= 0) {
      return List.of(next);
    }
    // A convolution of one dimension is one of two with a size of 1 that is taken away.
    if (next != null && node.getOp().equals("Conv2D") && DataFlow.keepsLast(next)) {
      NodeDef bias = flow.onlyUser(next);
      if (bias != null && flow.biasInput(bias) >= 0) {
        return List.of(next, bias);
      }
    }
    return List.of();
  }

  /** A product of batches does only with the same matrix for all of them. */
  private boolean takesBias(NodeDef node) {
    if (Patterns.isBatchProduct(node)) {
      Shape shape = flow.staticShape(node.getInput(1));
      return shape != null && shape.numDimensions() == 2;
    }
    return !node.getOp().equals("Einsum");
  }
}
