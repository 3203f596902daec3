package org.tfmot.techniques.quantization.plan;

import com.google.protobuf.ByteString;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.GraphModel;
import org.tfmot.api.ModelEditor;

/**
 * Puts the weight of an {@code Einsum} behind what it is multiplied with: {@code cd,abc->abd}
 * becomes {@code abc,cd->abd}. The runtime takes the second operand for the weights of a layer; the
 * first one has the type of activations, and two of 16 bits it does not multiply.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class EinsumOperands {

  private EinsumOperands() {}

  /** Returns a model in which no {@code Einsum} has a weight as its first operand alone. */
  public static GraphModel weightsLast(GraphModel model) {
    ModelEditor editor = new ModelEditor(model);
    DataFlow flow = new DataFlow(editor);
    boolean changed = false;
    for (NodeDef node : flow.operations()) {
      boolean product = node.getOp().equals("Einsum") && Patterns.isProduct(node);
      if (product
          && Patterns.isFloat(node)
          && !flow.isDynamic(node, 0)
          && flow.isDynamic(node, 1)) {
        changed |= swap(editor, node);
      }
    }
    return changed ? editor.build() : model;
  }

  private static boolean swap(ModelEditor editor, NodeDef node) {
    String equation = node.getAttrOrThrow("equation").getS().toStringUtf8();
    int comma = equation.indexOf(',');
    int arrow = equation.indexOf("->");
    if (comma < 0 || arrow < comma) {
      return false;
    }
    String first = equation.substring(0, comma).strip();
    String second = equation.substring(comma + 1, arrow).strip();
    ByteString swapped = ByteString.copyFromUtf8(second + "," + first + equation.substring(arrow));
    editor
        .graph()
        .replace(
            node.toBuilder()
                .setInput(0, node.getInput(1))
                .setInput(1, node.getInput(0))
                .putAttr("equation", AttrValue.newBuilder().setS(swapped).build())
                .build());
    return true;
  }
}
