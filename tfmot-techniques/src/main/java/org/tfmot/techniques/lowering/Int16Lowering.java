package org.tfmot.techniques.lowering;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Puts operations that the converter does not have with 16 bits in words that it has: the sum with
 * a constant of another shape is the difference from its negative, and a product of two matrices
 * that both depend on the input one of two batches of one matrix each.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Int16Lowering {

  private static final Set<String> SUMS = Set.of("Add", "AddV2", "BiasAdd");
  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";
  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);

  private final GraphEditor editor;

  private Int16Lowering(GraphEditor editor) {
    this.editor = editor;
  }

  public static GraphDef apply(GraphDef graphDef) {
    Int16Lowering lowering = new Int16Lowering(new GraphEditor(graphDef));
    for (NodeDef node : graphDef.getNodeList()) {
      if (SUMS.contains(node.getOp()) && !isChannelsFirst(node)) {
        lowering.sum(node);
      } else if (node.getOp().equals("MatMul")) {
        lowering.product(node);
      }
    }
    return lowering.editor.build();
  }

  private static boolean isChannelsFirst(NodeDef node) {
    return node.containsAttr("data_format")
        && node.getAttrOrThrow("data_format").getS().toStringUtf8().equals("NCHW");
  }

  private void sum(NodeDef sum) {
    for (int i = 0; i < 2; i++) {
      NodeDef quantizer = editor.input(sum, i);
      NodeDef constant =
          quantizer.getOp().equals(QUANTIZER) ? FakeQuant.constant(editor, quantizer, 0) : null;
      if (constant != null) {
        String name = editor.uniqueName(sum.getName() + "/negative");
        TensorProto value = value(constant);
        float[] values = negative(TensorProtos.toFloats(value));
        String operand =
            editor.add(
                NodeBuilder.constant(name, TensorProtos.floats(TensorProtos.shape(value), values)));
        // 16 bits have a symmetric range: that of the negative is the same.
        NodeDef copy =
            quantizer.toBuilder().setName(name + "/fake_quant").setInput(0, operand).build();
        replace("Sub", sum.getName(), sum.getInput(1 - i), editor.add(copy));
        return;
      }
    }
  }

  /**
   * The runtime has a 16-bit product with a constant matrix, and one of two batches of matrices.
   */
  private void product(NodeDef node) {
    NodeDef right = editor.input(node, 1);
    boolean constant =
        right.getOp().equals("Const")
            || (right.getOp().equals(QUANTIZER) && FakeQuant.constant(editor, right, 0) != null);
    if (!constant && right.getOp().equals(QUANTIZER)) {
      AttrValue no = AttrValue.getDefaultInstance();
      String name = editor.uniqueName(node.getName() + "/batch");
      // The converter makes a product of two matrices that are no batches a FULLY_CONNECTED.
      editor.add(
          NodeBuilder.op("BatchMatMulV2", name)
              .inputs(batch(node, 0), batch(node, 1))
              .attr("T", DataType.DT_FLOAT)
              .attr("adj_x", node.getAttrOrDefault("transpose_a", no).getB())
              .attr("adj_y", node.getAttrOrDefault("transpose_b", no).getB())
              .build());
      NodeBuilder squeeze = NodeBuilder.op("Squeeze", node.getName()).inputs(name);
      editor.replace(
          squeeze.attr("T", DataType.DT_FLOAT).attr("squeeze_dims", List.of(0L)).build());
    }
  }

  private String batch(NodeDef node, int input) {
    String name = editor.uniqueName(node.getName() + "/input" + input);
    String axis = editor.uniqueName(name + "/axis");
    editor.add(NodeBuilder.constant(axis, TensorProtos.scalar(0)));
    return editor.add(
        NodeBuilder.op("ExpandDims", name)
            .inputs(node.getInput(input), axis)
            .attr("T", DataType.DT_FLOAT)
            .attr("Tdim", DataType.DT_INT32)
            .build());
  }

  private void replace(String op, String name, String left, String right) {
    NodeBuilder builder = NodeBuilder.op(op, name).inputs(left, right);
    FLOAT.forEach(builder::attr);
    editor.replace(builder.build());
  }

  private static TensorProto value(NodeDef constant) {
    return constant.getAttrOrThrow("value").getTensor();
  }

  private static float[] negative(float[] values) {
    float[] negative = values.clone();
    for (int i = 0; i < negative.length; i++) {
      negative[i] = -negative[i];
    }
    return negative;
  }
}
