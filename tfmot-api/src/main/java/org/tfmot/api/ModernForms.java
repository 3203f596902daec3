package org.tfmot.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Writes operations of TensorFlow's early releases as those that came after them, as TensorFlow's
 * own converter for old graphs does, so that techniques and the converter know one form of each. An
 * {@code IdentityN} becomes an {@code Identity} for each of its tensors. The values stay the same.
 */
final class ModernForms {

  /** Operations that only have another name today. */
  private static final Map<String, String> RENAMED =
      Map.ofEntries(
          Map.entry("BatchCholesky", "Cholesky"),
          Map.entry("BatchMatMul", "BatchMatMulV2"),
          Map.entry("BatchMatrixBandPart", "MatrixBandPart"),
          Map.entry("BatchMatrixDeterminant", "MatrixDeterminant"),
          Map.entry("BatchMatrixDiag", "MatrixDiag"),
          Map.entry("BatchMatrixDiagPart", "MatrixDiagPart"),
          Map.entry("BatchMatrixInverse", "MatrixInverse"),
          Map.entry("BatchMatrixSetDiag", "MatrixSetDiag"),
          Map.entry("BatchMatrixSolve", "MatrixSolve"),
          Map.entry("BatchMatrixTriangularSolve", "MatrixTriangularSolve"),
          Map.entry("BiasAddV1", "BiasAdd"),
          Map.entry("Inv", "Reciprocal"));

  private static final Set<String> REWRITTEN =
      Set.of(
          "BatchNormWithGlobalNormalization",
          "BatchToSpace",
          "Concat",
          "IdentityN",
          "SpaceToBatch");

  private final GraphEditor editor;
  private final Endpoints.Builder endpoints;
  private final Map<String, String> outputs;

  private ModernForms(GraphEditor editor, Endpoints given) {
    this.editor = editor;
    endpoints = given.toBuilder();
    outputs = given.outputs();
  }

  private static boolean isOld(NodeDef node) {
    return RENAMED.containsKey(node.getOp()) || REWRITTEN.contains(node.getOp());
  }

  /** Changes a graph, and returns the endpoints with the outputs where they are now. */
  static Endpoints write(GraphEditor editor, Endpoints endpoints) {
    List<NodeDef> old = editor.nodes().stream().filter(ModernForms::isOld).toList();
    if (old.isEmpty()) {
      return endpoints;
    }
    ModernForms forms = new ModernForms(editor, endpoints);
    // Read again: a change before this one may have changed the node's inputs.
    old.forEach(node -> forms.write(editor.node(node.getName())));
    return forms.endpoints.build();
  }

  private void write(NodeDef node) {
    switch (node.getOp()) {
      case "Concat" -> concat(node);
      case "IdentityN" -> identities(node);
      case "BatchNormWithGlobalNormalization" -> batchNorm(node);
      case "SpaceToBatch" -> blocks(node, "SpaceToBatchND", "Tpaddings", "Tpaddings");
      case "BatchToSpace" -> blocks(node, "BatchToSpaceND", "Tidx", "Tcrops");
      default ->
          editor.replace(
              node.toBuilder().setOp(Objects.requireNonNull(RENAMED.get(node.getOp()))).build());
    }
  }

  /** The axis came first. */
  private void concat(NodeDef node) {
    int values = (int) node.getAttrOrThrow("N").getI();
    NodeDef.Builder concat = node.toBuilder().setOp("ConcatV2").clearInput();
    concat.addAllInput(node.getInputList().subList(1, values + 1)).addInput(node.getInput(0));
    node.getInputList().stream().skip(values + 1L).forEach(concat::addInput);
    editor.replace(concat.putAttr("Tidx", type(DataType.DT_INT32)).build());
  }

  private void identities(NodeDef node) {
    List<DataType> types = node.getAttrOrThrow("T").getList().getTypeList();
    String[] order = controls(node);
    // Whoever waits for the operation waits for all that it reads.
    NodeBuilder first =
        NodeBuilder.op("Identity", node.getName()).inputs(node.getInput(0)).inputs(order);
    for (int i = 1; i < types.size(); i++) {
      first.inputs("^" + TensorRef.parse(node.getInput(i)).node());
      TensorRef output = new TensorRef(node.getName(), i);
      boolean named = outputs.containsValue(output.qualified());
      if (!named && editor.consumers(output).isEmpty()) {
        continue;
      }
      String name =
          editor.add(
              NodeBuilder.op("Identity", editor.uniqueName(node.getName() + "/output" + i))
                  .inputs(node.getInput(i))
                  .inputs(order)
                  .attr("T", types.get(i))
                  .build());
      editor.redirect(output, TensorRef.of(name), user -> true);
      outputs.forEach(
          (key, tensor) -> {
            if (tensor.equals(output.qualified())) {
              endpoints.output(key, name);
            }
          });
    }
    editor.replace(first.attr("T", types.get(0)).build());
  }

  /** Of images, with the statistics, the offset and the scale as its operands. */
  private void batchNorm(NodeDef node) {
    if (node.getAttrOrThrow("T").getType() != DataType.DT_FLOAT) {
      return;
    }
    String gamma = node.getInput(4);
    if (!node.getAttrOrThrow("scale_after_normalization").getB()) {
      gamma = ones(node);
    }
    editor.replace(
        NodeBuilder.op("FusedBatchNormV3", node.getName())
            .inputs(node.getInput(0), gamma, node.getInput(3), node.getInput(1), node.getInput(2))
            .inputs(controls(node))
            .attr("T", DataType.DT_FLOAT)
            .attr("U", DataType.DT_FLOAT)
            .attr("epsilon", node.getAttrOrThrow("variance_epsilon"))
            .attr("is_training", false)
            .build());
  }

  private String ones(NodeDef norm) {
    String name = editor.uniqueName(norm.getName() + "/ones");
    NodeDef mean = editor.input(norm, 1);
    if (!mean.getOp().equals("Const")) {
      return editor.add(
          NodeBuilder.op("OnesLike", name)
              .inputs(norm.getInput(1))
              .attr("T", DataType.DT_FLOAT)
              .build());
    }
    Shape shape = TensorProtos.shape(mean.getAttrOrThrow("value").getTensor());
    float[] ones = new float[Math.toIntExact(shape.size())];
    Arrays.fill(ones, 1);
    return editor.add(NodeBuilder.constant(name, TensorProtos.floats(shape, ones)));
  }

  /** Of square blocks, whose size was an attribute. */
  private void blocks(NodeDef node, String op, String from, String to) {
    int size = (int) node.getAttrOrThrow("block_size").getI();
    String block =
        editor.add(
            NodeBuilder.constant(
                editor.uniqueName(node.getName() + "/block_shape"),
                TensorProtos.ints(Shape.of(2), size, size)));
    editor.replace(
        NodeBuilder.op(op, node.getName())
            .inputs(node.getInput(0), block, node.getInput(1))
            .inputs(controls(node))
            .attr("T", node.getAttrOrThrow("T"))
            .attr("Tblock_shape", DataType.DT_INT32)
            .attr(to, node.getAttrOrDefault(from, type(DataType.DT_INT32)))
            .build());
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static String[] controls(NodeDef node) {
    return node.getInputList().stream()
        .filter(input -> input.startsWith("^"))
        .toArray(String[]::new);
  }
}
