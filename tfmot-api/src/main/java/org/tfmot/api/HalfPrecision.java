package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.DoubleNdArray;
import org.tensorflow.ndarray.FloatNdArray;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * Raises what a graph computes in half precision ({@code float16}, {@code bfloat16}) to {@code
 * float32}. Models that were trained in mixed precision keep float32 variables and cast them before
 * each operation: those casts fall away. Inputs, outputs and variables that are of half precision
 * themselves stay so, and are cast where they meet the rest.
 */
final class HalfPrecision {

  private static final Set<DataType> HALVES = Set.of(DataType.DT_HALF, DataType.DT_BFLOAT16);

  /** Operations that keep their type: the model's endpoints and its state. */
  private static final Set<String> KEPT =
      Set.of(
          "Assign",
          "AssignAdd",
          "AssignAddVariableOp",
          "AssignSub",
          "AssignSubVariableOp",
          "AssignVariableOp",
          "Placeholder",
          "PlaceholderWithDefault",
          "ReadVariableOp",
          "VarHandleOp",
          "VariableV2");

  /** The floating-point types that TensorFlow Lite computes nothing in. */
  private static final Set<DataType> OTHER_FLOATS =
      Set.of(DataType.DT_HALF, DataType.DT_BFLOAT16, DataType.DT_DOUBLE);

  /** Types above this number are references to a variable's buffer. */
  private static final int REFERENCES = 100;

  private final ModelEditor model;
  private final GraphEditor graph;
  private final Graph types;

  /** The casts that were added, by the tensor and the type that they cast to. */
  private final Map<String, String> casts = new HashMap<>();

  private HalfPrecision(GraphModel given, Graph types) {
    model = new ModelEditor(given);
    graph = model.graph();
    this.types = types;
  }

  /**
   * Returns the model in float32; the same one if it computes nothing in half precision.
   *
   * @throws IllegalArgumentException if a loop, a branch or a call computes in half precision
   */
  static GraphModel raise(GraphModel given) {
    List<NodeDef> half =
        given.graphDef().getNodeList().stream()
            .filter(node -> isRaised(node) && isHalf(node))
            .toList();
    requireNoFunctions(given, half);
    if (half.isEmpty()) {
      return given;
    }
    // Rows of a variable of half precision are rows of its value, which can be cast.
    GraphModel model = VariableRows.ofValues(given);
    try (Graph types = new Graph()) {
      TensorFlowErrors.importInto(types, model.graphDef());
      return new HalfPrecision(model, types).run();
    }
  }

  /**
   * Returns a frozen model with float32 for all floating-point types, inputs and outputs included;
   * the same one if it has none but that, or if functions that stay have others.
   */
  static GraphModel raiseAll(GraphModel frozen) {
    List<NodeDef> nodes = frozen.graphDef().getNodeList();
    boolean inFunctions =
        nodes.stream().anyMatch(node -> callsFunctions(node) && has(node, OTHER_FLOATS))
            || FunctionLibrary.withNeededOnly(frozen.graphDef())
                .getLibrary()
                .getFunctionList()
                .stream()
                .anyMatch(f -> f.getNodeDefList().stream().anyMatch(n -> has(n, OTHER_FLOATS)));
    if (inFunctions || nodes.stream().noneMatch(node -> has(node, OTHER_FLOATS))) {
      return frozen;
    }
    ModelEditor editor = new ModelEditor(frozen);
    editor.graph().nodes().forEach(n -> editor.graph().replace(raised(n, OTHER_FLOATS).build()));
    return editor.build();
  }

  private static void requireNoFunctions(GraphModel model, List<NodeDef> half) {
    List<String> found = new ArrayList<>();
    half.stream()
        .filter(HalfPrecision::callsFunctions)
        .forEach(node -> found.add("\"%s\" (%s)".formatted(node.getName(), node.getOp())));
    FunctionLibrary.withNeededOnly(model.graphDef()).getLibrary().getFunctionList().stream()
        .filter(function -> function.getNodeDefList().stream().anyMatch(HalfPrecision::isHalf))
        .forEach(f -> found.add("the function \"%s\"".formatted(f.getSignature().getName())));
    if (!found.isEmpty()) {
      throw new IllegalArgumentException(
          "the model computes in half precision inside functions (loops, branches, calls) that stay, which cannot be raised to float32: %s; fix the input's shape (withInputShape) or unroll the loops (unrollLoops), or save the model with float32 as its policy"
              .formatted(String.join(", ", found)));
    }
  }

  private GraphModel run() {
    Map<String, NodeDef> before = new LinkedHashMap<>();
    graph.nodes().forEach(node -> before.put(node.getName(), node));
    for (String tensor : Set.copyOf(model.outputs().values())) {
      TensorRef from = TensorRef.parse(tensor);
      DataType type = type(from);
      if (HALVES.contains(type) && isRaised(before.get(from.node()))) {
        // The nodes that read it go on doing so.
        TensorRef to = TensorRef.of(cast(from, DataType.DT_FLOAT, type));
        model.redirect(from, to, user -> false);
      }
    }
    before.values().forEach(node -> graph.replace(connected(node, before)));
    return model.build();
  }

  /** Returns a node in its new type, with casts where it reads one of the other. */
  private NodeDef connected(NodeDef node, Map<String, NodeDef> before) {
    boolean raised = isRaised(node);
    NodeDef.Builder changed = raised ? raised(node, HALVES) : node.toBuilder();
    for (int i = 0; i < node.getInputCount(); i++) {
      TensorRef tensor = TensorRef.parse(node.getInput(i));
      if (tensor.isControl() || isRaised(before.get(tensor.node())) == raised) {
        continue;
      }
      DataType type = type(tensor);
      if (HALVES.contains(type)) {
        changed.setInput(
            i,
            raised ? cast(tensor, type, DataType.DT_FLOAT) : cast(tensor, DataType.DT_FLOAT, type));
      }
    }
    return changed.build();
  }

  private static boolean isRaised(@Nullable NodeDef node) {
    return node != null && !KEPT.contains(node.getOp());
  }

  private DataType type(TensorRef tensor) {
    DataType type = types.outputOrThrow(tensor.qualified()).dataType();
    return type.getNumber() > REFERENCES
        ? Objects.requireNonNull(DataType.forNumber(type.getNumber() - REFERENCES))
        : type;
  }

  private String cast(TensorRef tensor, DataType from, DataType to) {
    return casts.computeIfAbsent(
        tensor + " " + to,
        key ->
            model.add(
                "Cast",
                tensor.node() + (to == DataType.DT_FLOAT ? "_float32" : "_half"),
                Map.of("SrcT", from, "DstT", to),
                tensor.toString()));
  }

  private static NodeDef.Builder raised(NodeDef node, Set<DataType> types) {
    NodeDef.Builder raised = node.toBuilder();
    node.getAttrMap().forEach((name, value) -> raised.putAttr(name, raised(value, types)));
    boolean castsNothing =
        node.getOp().equals("Cast")
            && raised.getAttrOrThrow("SrcT").getType() == raised.getAttrOrThrow("DstT").getType();
    if (castsNothing) {
      AttrValue type = raised.getAttrOrThrow("DstT");
      // Nothing that was said of the cast is true of it.
      raised.setOp("Identity").clearAttr().putAttr("T", type);
    }
    return raised;
  }

  private static AttrValue raised(AttrValue value, Set<DataType> types) {
    AttrValue.Builder raised = value.toBuilder();
    switch (value.getValueCase()) {
      case TYPE -> raised.setType(raised(value.getType(), types));
      case LIST -> {
        for (int i = 0; i < value.getList().getTypeCount(); i++) {
          raised.getListBuilder().setType(i, raised(value.getList().getType(i), types));
        }
      }
      case TENSOR -> raised.setTensor(raised(value.getTensor(), types));
      default -> {}
    }
    return raised.build();
  }

  private static DataType raised(DataType type, Set<DataType> types) {
    return types.contains(type) ? DataType.DT_FLOAT : type;
  }

  private static TensorProto raised(TensorProto value, Set<DataType> types) {
    if (!types.contains(value.getDtype())) {
      return value;
    }
    try (Tensor tensor = TensorProtos.toTensor(value)) {
      float[] floats = new float[Math.toIntExact(tensor.shape().size())];
      int[] next = {0};
      if (tensor instanceof DoubleNdArray doubles) {
        doubles.scalars().forEach(each -> floats[next[0]++] = (float) each.getDouble());
      } else {
        ((FloatNdArray) tensor).scalars().forEach(each -> floats[next[0]++] = each.getFloat());
      }
      return TensorProtos.floats(tensor.shape(), floats);
    }
  }

  private static boolean isHalf(NodeDef node) {
    return has(node, HALVES);
  }

  private static boolean has(NodeDef node, Set<DataType> types) {
    return node.getAttrMap().values().stream()
        .anyMatch(
            value ->
                types.contains(value.getType())
                    || value.getList().getTypeList().stream().anyMatch(types::contains));
  }

  private static boolean callsFunctions(NodeDef node) {
    return node.getAttrMap().values().stream()
        .anyMatch(value -> value.hasFunc() || value.getList().getFuncCount() > 0);
  }
}
