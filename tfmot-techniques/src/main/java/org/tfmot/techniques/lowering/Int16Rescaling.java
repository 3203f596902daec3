package org.tfmot.techniques.lowering;

import java.util.Arrays;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.ScalarFunctions;

/**
 * Brings 16-bit operands to the range of the maximum, minimum or selection that reads them, whose
 * kernel has one range. The converter quantizes an operand once more for it, but not one whose
 * range the runtime demands or whose values come out of float. A product with 1 does.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Int16Rescaling {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Set<String> ONE_RANGE = Set.of("Maximum", "Minimum", "Select", "SelectV2");
  private static final Set<String> DEMANDED = Set.of("LogSoftmax", "Sigmoid", "Softmax", "Tanh");

  private final GraphEditor editor;

  private Int16Rescaling(GraphEditor editor) {
    this.editor = editor;
  }

  public static GraphDef apply(GraphDef graphDef) {
    Int16Rescaling rescaling = new Int16Rescaling(new GraphEditor(graphDef));
    for (NodeDef node : graphDef.getNodeList()) {
      if (ONE_RANGE.contains(node.getOp())) {
        rescaling.operands(node);
      }
    }
    return rescaling.editor.build();
  }

  private void operands(NodeDef node) {
    NodeDef result =
        editor.consumers(node.getName()).stream()
            .filter(user -> user.getOp().equals(QUANTIZER))
            .findFirst()
            .orElse(null);
    int first = node.getOp().startsWith("Select") ? 1 : 0;
    for (int i = first; result != null && i < first + 2; i++) {
      NodeDef operand = editor.input(node, i);
      if (operand.getOp().equals(QUANTIZER) && isHeld(operand) && !haveOneRange(operand, result)) {
        editor.setInput(node.getName(), i, rescaled(operand, result));
      }
    }
  }

  /** Returns whether the converter cannot give an operand another range. */
  private boolean isHeld(NodeDef quantizer) {
    NodeDef producer = editor.input(quantizer, 0);
    return DEMANDED.contains(producer.getOp()) || producer.containsAttr(ScalarFunctions.FLOAT);
  }

  private boolean haveOneRange(NodeDef one, NodeDef two) {
    return Arrays.equals(ends(one), ends(two)) && ends(one) != null;
  }

  private float @Nullable [] ends(NodeDef quantizer) {
    NodeDef min = FakeQuant.constant(editor, quantizer, 1);
    NodeDef max = FakeQuant.constant(editor, quantizer, 2);
    return min == null || max == null
        ? null
        : new float[] {FakeQuant.value(min), FakeQuant.value(max)};
  }

  private String rescaled(NodeDef operand, NodeDef result) {
    String name = operand.getName() + "/rescaled";
    String one =
        editor.add(
            FakeQuant.node(
                QUANTIZER,
                editor.uniqueName(name + "/one/fake_quant"),
                FakeQuant.WIDE,
                true,
                number(name + "/one", 1),
                number(name + "/one/min", -1),
                number(name + "/one/max", 1)));
    String product =
        editor.add(
            NodeBuilder.op("Mul", editor.uniqueName(name))
                .inputs(operand.getName(), one)
                .attr("T", DataType.DT_FLOAT)
                .build());
    return editor.add(
        result.toBuilder()
            .setName(editor.uniqueName(name + "/fake_quant"))
            .setInput(0, product)
            .build());
  }

  private String number(String name, float value) {
    TensorProto scalar = TensorProtos.scalar(value);
    return editor.add(NodeBuilder.constant(editor.uniqueName(name), scalar));
  }
}
