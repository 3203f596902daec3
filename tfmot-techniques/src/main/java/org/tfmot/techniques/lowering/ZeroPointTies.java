package org.tfmot.techniques.lowering;

import org.apiguardian.api.API;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Writes ranges whose zero point lies halfway between two integers, such as -1 to 1, as TensorFlow
 * rounds them: to the larger one. The converter rounds the other way, and all values of the tensor
 * would be off by one step.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ZeroPointTies {

  private static final int LARGEST = 255;

  /** So near to the middle either may round, as they divide in different precision. */
  private static final double NEAR = 1 / 64.0;

  private ZeroPointTies() {}

  public static GraphDef settle(GraphDef graphDef) {
    GraphEditor editor = new GraphEditor(graphDef);
    for (NodeDef node : graphDef.getNodeList()) {
      if (node.getOp().equals("FakeQuantWithMinMaxVars")
          && FakeQuant.bits(node) == FakeQuant.BYTE
          && !FakeQuant.isNarrow(node)) {
        NodeDef min = FakeQuant.constant(editor, node, 1);
        NodeDef max = FakeQuant.constant(editor, node, 2);
        if (min != null && max != null) {
          settle(editor, node, FakeQuant.value(min), FakeQuant.value(max));
        }
      }
    }
    return editor.build();
  }

  private static void settle(GraphEditor editor, NodeDef node, float min, float max) {
    float step = (max - min) / LARGEST;
    float zero = -min / step;
    // Ranges that are empty or no numbers stay as they are.
    if (!(Math.abs(zero - Math.floor(zero) - 0.5) < NEAR)) {
      return;
    }
    int rounded = Math.round(zero);
    NodeDef.Builder settled = node.toBuilder();
    settled.setInput(1, constant(editor, node, "min", -rounded * step));
    settled.setInput(2, constant(editor, node, "max", (LARGEST - rounded) * step));
    editor.replace(settled.build());
  }

  private static String constant(GraphEditor editor, NodeDef node, String name, float value) {
    String unique = editor.uniqueName(node.getName() + "/nudged_" + name);
    return editor.add(NodeBuilder.constant(unique, TensorProtos.scalar(value)));
  }
}
