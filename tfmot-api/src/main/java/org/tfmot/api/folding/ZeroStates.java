package org.tfmot.api.folding;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Takes the zeros that recurrent layers begin with out of the first step: a product with them, what
 * is added to it, a product of theirs with a gate. Zeros of the batch's size have a shape that only
 * a run knows, for which XNNPACK refuses a whole file. Nothing but what is multiplied by zero is
 * left out; sizes are compared as {@link SymbolicSizes} knows them.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class ZeroStates {

  /** Operations of a tensor whose result is zeros if it is. */
  private static final Set<String> OF_THE_FIRST =
      Set.of(
          "ExpandDims",
          "Identity",
          "Neg",
          "Relu",
          "Relu6",
          "Reshape",
          "ReverseV2",
          "Slice",
          "SplitV",
          "Squeeze",
          "StopGradient",
          "StridedSlice",
          "Tanh",
          "Tile",
          "Transpose",
          "Unpack");

  /** States are small; larger constants are weights. */
  private static final int MOST = 1 << 16;

  private final GraphEditor graph;
  private final SymbolicSizes sizes;
  private final Consumer<NodeDef> added;
  private final Set<TensorRef> zeros = new HashSet<>();

  /** Tensors of one row that are the same as others of many equal rows. */
  private final Map<TensorRef, TensorRef> rows = new HashMap<>();

  private final Map<String, TensorRef> constants = new HashMap<>();

  /**
   * Starts without zeros.
   *
   * @param added is given each node that this adds to the graph
   */
  public ZeroStates(GraphEditor graph, SymbolicSizes sizes, Consumer<NodeDef> added) {
    this.graph = graph;
    this.sizes = sizes;
    this.added = added;
  }

  /** Notes whether a node's outputs are zeros, or equal rows. */
  public void learn(NodeDef node, int outputs) {
    if (isZeros(node)) {
      for (int i = 0; i < outputs; i++) {
        TensorRef output = new TensorRef(node.getName(), i);
        if (sizes.of(output) != null) {
          zeros.add(output);
        }
      }
    } else if (node.getOp().equals("BiasAdd") && isZero(node, 0)) {
      biasAlone(node);
    } else if (node.getOp().equals("Split")) {
      parts(node);
    }
  }

  private boolean isZeros(NodeDef node) {
    return switch (node.getOp()) {
      case "Const" -> isZero(node);
      case "Fill" -> isZero(graph.input(node, 1));
      case "ZerosLike" -> isFloat(node);
      case "BatchMatMulV2", "MatMul", "Mul" ->
          isFloat(node) && (isZero(node, 0) || isZero(node, 1));
      case "Add", "AddV2", "Maximum", "Minimum", "Sub" ->
          isFloat(node) && isZero(node, 0) && isZero(node, 1);
      case "SelectV2" -> isZero(node, 1) && isZero(node, 2);
      case "Pack" -> areZero(node, node.getInputCount());
      case "ConcatV2" -> areZero(node, (int) node.getAttrOrThrow("N").getI());
      case "Split" -> isZero(node, 1);
      default -> OF_THE_FIRST.contains(node.getOp()) && isFloat(node) && isZero(node, 0);
    };
  }

  private boolean areZero(NodeDef node, int operands) {
    for (int i = 0; i < operands; i++) {
      if (!isZero(node, i)) {
        return false;
      }
    }
    return operands > 0;
  }

  private void biasAlone(NodeDef node) {
    String axis = graph.uniqueName(node.getName() + "/row_axis");
    add(NodeBuilder.constant(axis, TensorProtos.scalar(0)));
    String row =
        add(
            NodeBuilder.op("ExpandDims", graph.uniqueName(node.getName() + "/row"))
                .inputs(node.getInput(1), axis)
                .attr("T", node.getAttrOrThrow("T"))
                .attr("Tdim", DataType.DT_INT32)
                .build());
    rows.put(TensorRef.of(node.getName()), TensorRef.of(row));
  }

  private void parts(NodeDef node) {
    TensorRef row = rows.get(TensorRef.parse(node.getInput(1)));
    List<String> whole = sizes.of(TensorRef.parse(node.getInput(1)));
    if (row == null || whole == null || !whole.get(0).equals(firstOf(node))) {
      return;
    }
    String name =
        add(
            node.toBuilder()
                .setName(graph.uniqueName(node.getName() + "/row"))
                .setInput(1, row.toString())
                .build());
    for (int i = 0; i < node.getAttrOrThrow("num_split").getI(); i++) {
      rows.put(new TensorRef(node.getName(), i), new TensorRef(name, i));
    }
  }

  private String firstOf(NodeDef node) {
    List<String> part = sizes.of(TensorRef.of(node.getName()));
    return part == null ? "" : part.get(0);
  }

  /** The operand that a sum with zeros or a difference from none is, or null. */
  public @Nullable TensorRef alias(NodeDef node) {
    if (!isFloat(node)) {
      return null;
    }
    return switch (node.getOp()) {
      case "Add", "AddV2" ->
          isZero(node, 1) ? whole(node, 0) : isZero(node, 0) ? whole(node, 1) : null;
      case "Sub" -> isZero(node, 1) ? whole(node, 0) : null;
      default -> null;
    };
  }

  /** An operand if it alone has the result's size. */
  private @Nullable TensorRef whole(NodeDef node, int index) {
    TensorRef operand = TensorRef.parse(node.getInput(index));
    List<String> own = sizes.of(operand);
    List<String> result =
        SymbolicSizes.broadcast(own, sizes.of(TensorRef.parse(node.getInput(1 - index))));
    return own != null && own.equals(result) ? operand : null;
  }

  /** Replaces equal rows by one row where another operand has as many rows. */
  public NodeDef simplified(NodeDef node) {
    int first = node.getOp().equals("SelectV2") ? 1 : 0;
    boolean elementwise = first == 1 || Set.of("Add", "AddV2", "Sub", "Mul").contains(node.getOp());
    if (!elementwise || !isFloat(node)) {
      return node;
    }
    for (int i = first; i < first + 2; i++) {
      TensorRef operand = TensorRef.parse(node.getInput(i));
      TensorRef other = TensorRef.parse(node.getInput(2 * first + 1 - i));
      List<String> own = sizes.of(other);
      TensorRef row = row(operand);
      if (row != null && own != null && own.equals(sizes.of(operand)) && row(other) == null) {
        return node.toBuilder().setInput(i, row.toString()).build();
      }
    }
    return node;
  }

  private @Nullable TensorRef row(TensorRef tensor) {
    List<String> size = sizes.of(tensor);
    if (!zeros.contains(tensor)
        || size == null
        || size.size() != 2
        || !SymbolicSizes.isNumber(size.get(1))
        || SymbolicSizes.isNumber(size.get(0))) {
      return rows.get(tensor);
    }
    TensorRef constant = constants.get(size.get(1));
    if (constant == null) {
      int width = Integer.parseInt(size.get(1));
      TensorProto value = TensorProtos.floats(Shape.of(1, width), new float[width]);
      constant = TensorRef.of(add(NodeBuilder.constant(graph.uniqueName("zeros/" + width), value)));
      constants.put(size.get(1), constant);
    }
    return constant;
  }

  private String add(NodeDef node) {
    graph.add(node);
    added.accept(node);
    return node.getName();
  }

  private boolean isZero(NodeDef node, int input) {
    return zeros.contains(TensorRef.parse(node.getInput(input)));
  }

  private static boolean isZero(NodeDef constant) {
    if (!constant.getOp().equals("Const")) {
      return false;
    }
    TensorProto value = constant.getAttrOrThrow("value").getTensor();
    if (value.getDtype() != DataType.DT_FLOAT || TensorProtos.shape(value).size() > MOST) {
      return false;
    }
    for (float element : TensorProtos.toFloats(value)) {
      if (element != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isFloat(NodeDef node) {
    return node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType()
        == DataType.DT_FLOAT;
  }
}
