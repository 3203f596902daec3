package org.tfmot.techniques.lowering;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Puts what the converter quantizes at times or not at all in words that it always quantizes, in 8
 * bits as in 16:
 *
 * <ul>
 *   <li>{@code Neg}: a product with -1;
 *   <li>{@code OneHot} and casts of truth values to float: a choice between two numbers;
 *   <li>{@code ZerosLike} and {@code OnesLike}: a tensor that is filled;
 *   <li>{@code BroadcastTo}: quantized before and behind;
 *   <li>{@code AddN} of two: their sum.
 * </ul>
 *
 * Of the first two, what nobody quantizes stays as it is; the others are the same in float.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class IntegerLowering {

  private static final Map<String, DataType> FLOAT = Map.of("T", DataType.DT_FLOAT);
  private static final String QUANTIZER = "FakeQuantWithMinMaxVars";

  private final GraphEditor editor;
  private final int bits;

  private IntegerLowering(GraphEditor editor, int bits) {
    this.editor = editor;
    this.bits = bits;
  }

  /**
   * Lowers what depends on the inputs of a graph.
   *
   * @param bits of the activations in the file
   */
  public static GraphDef apply(GraphDef graphDef, Collection<String> inputs, int bits) {
    GraphEditor editor = new GraphEditor(graphDef);
    Set<String> dynamic = editor.changedBy(inputs);
    IntegerLowering lowering = new IntegerLowering(editor, bits);
    graphDef.getNodeList().stream()
        .filter(node -> dynamic.contains(node.getName()))
        .forEach(lowering::lower);
    return lowering.editor.build();
  }

  private void lower(NodeDef node) {
    switch (node.getOp()) {
      case "Neg" -> {
        if (type(node, "T") == DataType.DT_FLOAT && quantizer(node) != null) {
          negate(node);
        }
      }
      case "OneHot" -> {
        if (type(node, "T") == DataType.DT_FLOAT && isQuantized(node)) {
          oneHot(node);
        }
      }
      case "Cast" -> {
        if (type(node, "SrcT") == DataType.DT_BOOL
            && type(node, "DstT") == DataType.DT_FLOAT
            && isQuantized(node)) {
          choose(node.getName(), node.getInput(0), number(node, "one", 1), number(node, "zero", 0));
        }
      }
      case "ZerosLike", "OnesLike" -> {
        if (type(node, "T") == DataType.DT_FLOAT) {
          fill(node, node.getOp().equals("OnesLike") ? 1 : 0);
        }
      }
      case "AddN" -> {
        if (type(node, "T") == DataType.DT_FLOAT && node.getAttrOrThrow("N").getI() == 2) {
          replace("AddV2", node.getName(), node.getInput(0), node.getInput(1));
        }
      }
      case "BroadcastTo" -> {
        NodeDef source = editor.input(node, 0);
        if (source.getOp().equals(QUANTIZER)) {
          repeatQuantizer(node, source);
        }
      }
      default -> {}
    }
  }

  /** Quantizes once more behind an operation: the converter writes broadcasts as products. */
  private void repeatQuantizer(NodeDef node, NodeDef quantizer) {
    TensorRef tensor = TensorRef.of(node.getName());
    String name = editor.uniqueName(node.getName() + "/fake_quant");
    editor.add(quantizer.toBuilder().setName(name).setInput(0, node.getName()).build());
    editor.redirect(tensor, TensorRef.of(name), user -> !user.getName().equals(name));
  }

  private void negate(NodeDef node) {
    String minusOne = number(node, "minus_one", -1);
    boolean wide = bits == FakeQuant.WIDE;
    String quantized =
        editor.add(
            FakeQuant.node(
                QUANTIZER,
                editor.uniqueName(minusOne + "/fake_quant"),
                bits,
                wide,
                minusOne,
                number(node, "minus_one/min", -1),
                number(node, "minus_one/max", wide ? 1 : 0)));
    replace("Mul", node.getName(), node.getInput(0), quantized);
  }

  private void oneHot(NodeDef node) {
    String name = editor.uniqueName(node.getName() + "/chosen");
    NodeBuilder chosen =
        NodeBuilder.op("OneHot", name)
            .inputs(node.getInput(0), node.getInput(1), truth(node, true), truth(node, false))
            .attr("T", DataType.DT_BOOL)
            .attr("TI", node.getAttrOrThrow("TI"))
            .attr("axis", node.getAttrOrDefault("axis", AttrValue.newBuilder().setI(-1).build()));
    choose(node.getName(), editor.add(chosen.build()), node.getInput(2), node.getInput(3));
  }

  private void choose(String name, String condition, String yes, String no) {
    editor.replace(
        NodeBuilder.op("SelectV2", name)
            .inputs(condition, yes, no)
            .attr("T", DataType.DT_FLOAT)
            .build());
  }

  private void fill(NodeDef node, float value) {
    String shape = editor.uniqueName(node.getName() + "/shape");
    editor.add(
        NodeBuilder.op("Shape", shape)
            .inputs(node.getInput(0))
            .attr("T", DataType.DT_FLOAT)
            .attr("out_type", DataType.DT_INT32)
            .build());
    editor.replace(
        NodeBuilder.op("Fill", node.getName())
            .inputs(shape, number(node, "value", value))
            .attr("T", DataType.DT_FLOAT)
            .attr("index_type", DataType.DT_INT32)
            .build());
  }

  private void replace(String op, String name, String left, String right) {
    NodeBuilder builder = NodeBuilder.op(op, name).inputs(left, right);
    FLOAT.forEach(builder::attr);
    editor.replace(builder.build());
  }

  private String number(NodeDef node, String name, float value) {
    String unique = editor.uniqueName(node.getName() + "/" + name);
    return editor.add(NodeBuilder.constant(unique, TensorProtos.scalar(value)));
  }

  private String truth(NodeDef node, boolean value) {
    TensorProto proto =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_BOOL)
            .setTensorShape(TensorProtos.shapeProto(Shape.scalar()))
            .addBoolVal(value)
            .build();
    return editor.add(NodeBuilder.constant(editor.uniqueName(node.getName() + "/" + value), proto));
  }

  private boolean isQuantized(NodeDef node) {
    return quantizer(node) != null;
  }

  /** The quantizer that alone reads an operation, or null. */
  private @Nullable NodeDef quantizer(NodeDef node) {
    List<NodeDef> users = editor.consumers(TensorRef.of(node.getName()));
    return users.size() == 1 && users.get(0).getOp().equals(QUANTIZER) ? users.get(0) : null;
  }

  private static DataType type(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }
}
