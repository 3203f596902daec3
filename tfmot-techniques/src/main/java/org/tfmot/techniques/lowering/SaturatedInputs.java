package org.tfmot.techniques.lowering;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Cuts off what functions read beyond the values where their output has reached its end, if their
 * kernels overflow there:
 *
 * <ul>
 *   <li>sigmoid and tanh in 16 bits multiply by the input's scale in 32 bits, too few from a scale
 *       of about 5 on;
 *   <li>the table of exp in 8 bits rounds to an integer of 32 bits before it cuts off.
 * </ul>
 *
 * The operation in between is a leaky ReLU with a slope of nearly 1, since the converter drops a
 * second quantization of a tensor, and an operation that changes nothing.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class SaturatedInputs {

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  /** Steps of 2. */
  private static final double END_OF_16_BITS = 2.0 * Short.MAX_VALUE;

  private static final float SLOPE = 1 - 0x1p-20f;

  private final GraphEditor editor;
  private final int bits;

  private SaturatedInputs(GraphEditor editor, int bits) {
    this.editor = editor;
    this.bits = bits;
  }

  public static GraphDef cutOff(GraphDef graphDef, int bits) {
    SaturatedInputs inputs = new SaturatedInputs(new GraphEditor(graphDef), bits);
    graphDef.getNodeList().forEach(inputs::cutOff);
    return inputs.editor.build();
  }

  private void cutOff(NodeDef node) {
    Ends ends = ends(node);
    NodeDef quantizer = ends == null ? null : editor.input(node, 0);
    NodeDef max = quantizer == null ? null : range(quantizer, 2);
    if (ends == null || max == null || FakeQuant.value(max) <= ends.high) {
      return;
    }
    String name = editor.uniqueName(node.getName() + "/cut_off");
    String same =
        editor.add(
            NodeBuilder.op("LeakyRelu", name)
                .inputs(node.getInput(0))
                .attr("T", DataType.DT_FLOAT)
                .attr("alpha", SLOPE)
                .build());
    editor.setInput(
        node.getName(),
        0,
        editor.add(
            FakeQuant.node(
                QUANTIZER,
                name + "/fake_quant",
                bits,
                bits == FakeQuant.WIDE,
                same,
                scalar(name + "/min", ends.low),
                scalar(name + "/max", ends.high))));
  }

  /** The values outside of which a function's quantized output does not change. */
  private record Ends(double low, double high) {}

  private @Nullable Ends ends(NodeDef node) {
    boolean wide = bits == FakeQuant.WIDE;
    return switch (node.getOp()) {
      case "Sigmoid", "Tanh" -> wide ? new Ends(-END_OF_16_BITS, END_OF_16_BITS) : null;
      case "Exp" -> wide ? null : endsOfExp(node);
      default -> null;
    };
  }

  /** From less than half a step of the output to a number of 30 bits in its steps. */
  private @Nullable Ends endsOfExp(NodeDef exp) {
    List<NodeDef> users = editor.consumers(TensorRef.of(exp.getName()));
    NodeDef quantizer = users.size() == 1 ? users.get(0) : exp;
    NodeDef min = range(quantizer, 1);
    NodeDef max = range(quantizer, 2);
    if (min == null || max == null) {
      return null;
    }
    double step = ((double) FakeQuant.value(max) - FakeQuant.value(min)) / ((1 << bits) - 1);
    return new Ends(Math.min(0, Math.log(step / 4)), Math.max(1, Math.log(0x1p30 * step)));
  }

  private @Nullable NodeDef range(NodeDef quantizer, int end) {
    return quantizer.getOp().equals(QUANTIZER) ? FakeQuant.constant(editor, quantizer, end) : null;
  }

  private String scalar(String name, double value) {
    return editor.add(NodeBuilder.constant(name, TensorProtos.scalar((float) value)));
  }
}
