package org.tfmot.techniques.lowering;

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

/**
 * Brings the operands of comparisons into the range that the runtime's kernels compare in.
 *
 * <p>The 8-bit kernel multiplies each operand by its scale and keeps 8 bits behind the point. From
 * a scale of 1 on it answers wrongly (at exactly 1 it ends the process), and operands with small
 * scales become equal. A comparison does not change if both sides are multiplied by a power of two:
 * here by the one that brings the larger scale to at least 1/2 and below 1. The product is exact:
 * its integers are those of the operand.
 *
 * <p>An operand whose scale is then too small for the kernel lies within one step of the other:
 * only its sign decides. It is multiplied by a larger factor and cut off below that step. {@code
 * NotEqual}, which the converter leaves in float, is {@code Less} or {@code Greater}.
 *
 * <p>There are no 16-bit kernels. The comparison becomes that of the difference's sign with 0, in
 * float, which only {@code allowFloat} lets through.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ComparisonLowering {

  /** A comparison works in steps of 2^-8; coarser than two steps it confuses neighbours. */
  public static final double LEAST_SCALE = 0x1p-9;

  private static final Set<String> COMPARISONS =
      Set.of("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual");

  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  /** The converter widens narrower ranges than 1e-6, so a factor is not smaller at once. */
  private static final double LEAST_FACTOR = 0x1p-16;

  /** Bound of an operand whose sign decides, in steps of the other. */
  private static final double SIGN = 0.75;

  private final GraphEditor editor;
  private final int bits;

  private ComparisonLowering(GraphEditor editor, int bits) {
    this.editor = editor;
    this.bits = bits;
  }

  /** Lowers the comparisons of quantized tensors. */
  public static GraphDef apply(GraphDef graphDef, int bits) {
    ComparisonLowering lowering = new ComparisonLowering(new GraphEditor(graphDef), bits);
    for (NodeDef node : graphDef.getNodeList()) {
      if (COMPARISONS.contains(node.getOp())
          && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT) {
        lowering.lower(node);
      }
    }
    return lowering.editor.build();
  }

  /** An operand's range, or that of a constant. */
  private record Operand(String tensor, float min, float max, @Nullable NodeDef constant) {

    double scale() {
      return ((double) max - min) / ((1 << FakeQuant.BYTE) - 1);
    }
  }

  private void lower(NodeDef node) {
    Operand left = operand(node.getInput(0));
    Operand right = operand(node.getInput(1));
    if (left == null || right == null || (left.constant != null && right.constant != null)) {
      return;
    }
    if (bits == FakeQuant.WIDE) {
      compareSign(node);
      return;
    }
    double scale = Math.max(left.scale(), right.scale());
    int exponent = scale == 0 ? 0 : -1 - Math.getExponent(scale);
    double step = Math.scalb(scale, exponent);
    String first = comparable(node, "left", left, exponent, step);
    String second = comparable(node, "right", right, exponent, step);
    if (node.getOp().equals("NotEqual")) {
      unequal(node.getName(), first, second);
    } else {
      editor.setInput(node.getName(), 0, first);
      editor.setInput(node.getName(), 1, second);
    }
  }

  /** The converter would make an inequality again of an equality that is negated. */
  private void unequal(String name, String left, String right) {
    String less = strict("Less", name + "/less", left, right);
    String greater = strict("Greater", name + "/greater", left, right);
    editor.replace(NodeBuilder.op("LogicalOr", name).inputs(less, greater).build());
  }

  private String strict(String op, String name, String left, String right) {
    return editor.add(
        NodeBuilder.op(op, editor.uniqueName(name))
            .inputs(left, right)
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  /** Returns an operand in steps that the kernel compares in, of which the largest is given. */
  private String comparable(NodeDef node, String side, Operand operand, int exponent, double step) {
    if (Math.scalb(operand.scale(), exponent) < LEAST_SCALE * 1.001) {
      return sign(node, side, operand, step);
    }
    return exponent == 0 && operand.constant == null
        ? operand.tensor
        : scaled(node, side, operand, exponent);
  }

  /** Returns what has the sign of an operand, and is less than a step. */
  private String sign(NodeDef node, String side, Operand operand, double step) {
    String name = node.getName() + "/" + side;
    double end = SIGN * step;
    String signed;
    if (operand.constant != null) {
      TensorProto value = operand.constant.getAttrOrThrow("value").getTensor();
      float[] values = TensorProtos.toFloats(value);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (Math.signum(values[i]) * end / 2);
      }
      signed = constant(name, TensorProtos.floats(TensorProtos.shape(value), values));
    } else {
      // One step of the operand becomes an eighth to a sixteenth of the other's.
      double factor = Math.scalb(1.0, Math.getExponent(step / 8 / operand.scale()));
      signed = product(name, operand.tensor, factor);
    }
    return quantizer(name + "/sign", signed, -end, end * 127 / 128);
  }

  private void compareSign(NodeDef node) {
    String name = node.getName();
    String difference =
        editor.add(
            NodeBuilder.op("Sub", editor.uniqueName(name + "/difference"))
                .inputs(node.getInput(0), node.getInput(1))
                .attr("T", DataType.DT_FLOAT)
                .build());
    String sign =
        editor.add(
            NodeBuilder.op("Sign", editor.uniqueName(name + "/sign"))
                .inputs(difference)
                .attr("T", DataType.DT_FLOAT)
                .build());
    editor.setInput(name, 0, sign);
    editor.setInput(name, 1, scalar(name + "/zero", 0));
  }

  private @Nullable Operand operand(String tensor) {
    NodeDef node = editor.producer(tensor);
    if (node.getOp().equals("Const")) {
      float[] values = TensorProtos.toFloats(node.getAttrOrThrow("value").getTensor());
      float min = 0;
      float max = 0;
      for (float value : values) {
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
      return new Operand(tensor, min, max, node);
    }
    NodeDef low = quantized(node) ? FakeQuant.constant(editor, node, 1) : null;
    NodeDef high = quantized(node) ? FakeQuant.constant(editor, node, 2) : null;
    if (low == null || high == null) {
      return null;
    }
    return new Operand(
        tensor, FakeQuant.value(low), FakeQuant.value(high), FakeQuant.constant(editor, node, 0));
  }

  private static boolean quantized(NodeDef node) {
    return node.getOp().equals(QUANTIZER);
  }

  private String scaled(NodeDef node, String side, Operand operand, int exponent) {
    String name = node.getName() + "/" + side;
    NodeDef constant = operand.constant;
    if (constant != null) {
      double factor = Math.scalb(1.0, exponent);
      TensorProto value = constant.getAttrOrThrow("value").getTensor();
      float[] values = TensorProtos.toFloats(value);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] * factor);
      }
      String scaled = constant(name, TensorProtos.floats(TensorProtos.shape(value), values));
      return quantizer(name, scaled, operand.min * factor, operand.max * factor);
    }
    String tensor = operand.tensor;
    double done = 1;
    double factor = Math.scalb(1.0, exponent);
    while (done != factor) {
      double next = Math.max(LEAST_FACTOR, factor / done);
      done *= next;
      tensor =
          quantizer(
              name + "/scaled",
              product(name, tensor, next),
              operand.min * done,
              operand.max * done);
    }
    return tensor;
  }

  private String product(String name, String tensor, double factor) {
    String number = scalar(name + "/factor", (float) factor);
    return editor.add(
        NodeBuilder.op("Mul", editor.uniqueName(name + "/scaled"))
            .inputs(tensor, quantizer(name + "/factor", number, 0, factor))
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  private String quantizer(String name, String tensor, double min, double max) {
    return editor.add(
        FakeQuant.node(
            QUANTIZER,
            editor.uniqueName(name + "/fake_quant"),
            bits,
            false,
            tensor,
            scalar(name + "/min", (float) min),
            scalar(name + "/max", (float) max)));
  }

  private String scalar(String name, float value) {
    return constant(name, TensorProtos.scalar(value));
  }

  private String constant(String name, TensorProto value) {
    return editor.add(NodeBuilder.constant(editor.uniqueName(name), value));
  }
}
