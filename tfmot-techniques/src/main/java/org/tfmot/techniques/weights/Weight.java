package org.tfmot.techniques.weights;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/**
 * A trainable variable that some layer reads as its weight, and what the layer reads in its place.
 *
 * <p>A technique puts a <em>stand-in</em> between variable and layer: the masked weight, the
 * clustered weight. The next technique starts from the stand-in of the one before, so that what the
 * first guarantees still holds. A stand-in carries the attribute {@value #STANDS_FOR}, which goes
 * with the graph wherever it is saved.
 *
 * @param variable the variable
 * @param reads its {@code ReadVariableOp}s, or for a {@code VariableV2} the {@code Identity} nodes
 *     behind it; never empty. Gradients are taken with respect to the first
 * @param standIn the node that layers read in the variable's stead; null if there is none
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record Weight(Variable variable, List<String> reads, @Nullable NodeDef standIn) {

  /** The attribute of a stand-in: the variable's name. */
  public static final String STANDS_FOR = "_tfmot_weight";

  private static final Set<DataType> HALVES = Set.of(DataType.DT_HALF, DataType.DT_BFLOAT16);

  /** The operations, besides optimizers, whose first input is a reference to write to. */
  private static final Set<String> REFERENCE_TAKERS =
      Set.of(
          "Assign",
          "AssignAdd",
          "AssignSub",
          "IsVariableInitialized",
          "ScatterAdd",
          "ScatterDiv",
          "ScatterMax",
          "ScatterMin",
          "ScatterMul",
          "ScatterNdAdd",
          "ScatterNdSub",
          "ScatterNdUpdate",
          "ScatterSub",
          "ScatterUpdate",
          "StridedSliceAssign");

  /**
   * A stand-in stands at the variable: what moves its values about or takes a part of them, as the
   * gates of recurrent layers do, does not matter.
   */
  private static final Set<String> MOVERS =
      Set.of(
          "ExpandDims",
          "FakeQuantWithMinMaxVars",
          "FakeQuantWithMinMaxVarsPerChannel",
          "Identity",
          "Reshape",
          "Slice",
          "Split",
          "SplitV",
          "Squeeze",
          "StridedSlice",
          "Transpose",
          "Unpack");

  /** Copies the list. */
  public Weight {
    reads = List.copyOf(reads);
  }

  /** The name of the variable that a node represents; null if it is no stand-in. */
  public static @Nullable String standsFor(NodeDef node) {
    return node.containsAttr(STANDS_FOR)
        ? node.getAttrOrThrow(STANDS_FOR).getS().toStringUtf8()
        : null;
  }

  /** The weight behind a tensor, through what techniques put there; null if there is none. */
  public static @Nullable Weight behind(ModelEditor model, String tensor) {
    GraphEditor graph = model.graph();
    NodeDef node = graph.producer(tensor);
    while (standsFor(node) == null && (MOVERS.contains(node.getOp()) || isToHalf(node))) {
      node = moved(graph, node);
    }
    String weight = standsFor(node);
    if (weight != null) {
      NodeDef variable = graph.find(weight);
      // Freezing takes the variable out and leaves the attribute.
      return variable == null || variable.getOp().equals("Const")
          ? null
          : of(model, variable, node);
    }
    return switch (node.getOp()) {
      case "VariableV2" -> of(model, node, null);
      case "ReadVariableOp" -> {
        NodeDef handle = graph.input(node, 0);
        yield handle.getOp().equals("VarHandleOp") ? of(model, handle, null) : null;
      }
      default -> null;
    };
  }

  /** Returns the node whose values another one moves. */
  static NodeDef moved(GraphEditor graph, NodeDef mover) {
    return graph.input(mover, mover.getOp().equals("Split") ? 1 : 0);
  }

  /** In mixed precision a layer reads a float32 variable in half precision. */
  private static boolean isToHalf(NodeDef node) {
    return node.getOp().equals("Cast") && HALVES.contains(node.getAttrOrThrow("DstT").getType());
  }

  private static @Nullable Weight of(ModelEditor model, NodeDef node, @Nullable NodeDef standIn) {
    Variable variable = model.variable(node.getName());
    if (!variable.trainable() || variable.dtype() != DataType.DT_FLOAT) {
      return null;
    }
    String reader = variable.kind() == Variable.Kind.RESOURCE ? "ReadVariableOp" : "Identity";
    // One that waits for something comes last: whoever needs the first would wait, too.
    List<String> reads =
        model.graph().consumers(node.getName()).stream()
            .filter(user -> user.getOp().equals(reader))
            .filter(user -> !TensorRef.parse(user.getInput(0)).isControl())
            .sorted(Comparator.comparing(user -> user.getInputCount() > 1))
            .map(NodeDef::getName)
            .toList();
    return new Weight(variable, reads.isEmpty() ? List.of(node.getName()) : reads, standIn);
  }

  /** The tensor that layers read at present: the stand-in's, or the variable's. */
  public String tensor() {
    return standIn == null ? reads.get(0) : standIn.getName();
  }

  /** Returns whether the tensor that layers read is 0 wherever the variable is. */
  public boolean zerosStay() {
    return standIn == null || has(WeightProperty.ZEROS_STAY);
  }

  /** Returns whether what layers read has a property that a technique gave it. */
  public boolean has(WeightProperty property) {
    return standIn != null && property.isOf(standIn);
  }

  /**
   * Refuses a variable with a value that has no magnitude to compare.
   *
   * @throws IllegalArgumentException if a value is not finite
   */
  public void requireFinite() {
    requireFinite(variable.name(), TensorProtos.toFloats(variable.value()));
  }

  /**
   * Refuses values that cannot be compared.
   *
   * @param name the weight's, for the message
   * @throws IllegalArgumentException if a value is not finite
   */
  public static void requireFinite(String name, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "the weight \"%s\" has a value that is not finite: %s".formatted(name, value));
      }
    }
  }

  /** The weight beneath its stand-in: what replaces it there, the stand-in reads too. */
  public Weight beneath() {
    return new Weight(variable, reads, null);
  }

  /**
   * Makes every layer that reads the weight read another tensor.
   *
   * @param own the nodes that the other tensor is made with; they go on reading this one
   */
  public void replaceBy(ModelEditor model, String tensor, Predicate<NodeDef> own) {
    TensorRef by = TensorRef.of(tensor);
    Predicate<NodeDef> others = user -> !user.getName().equals(tensor) && !own.test(user);
    if (standIn != null) {
      model.redirect(TensorRef.of(tensor()), by, others);
      return;
    }
    if (variable.kind() == Variable.Kind.REFERENCE) {
      // Read directly; its assignments keep the reference, its Identity nodes follow below.
      model.redirect(
          TensorRef.of(variable.name()),
          by,
          others.and(user -> !reads.contains(user.getName()) && !writes(user)));
    }
    for (String alias : reads) {
      if (!alias.equals(variable.name())) {
        model.redirect(TensorRef.of(alias), by, others);
      }
    }
  }

  /** Returns whether an operation writes to the variable through the reference that it is given. */
  private boolean writes(NodeDef user) {
    String op = user.getOp();
    return TensorRef.parse(user.getInput(0)).equals(TensorRef.of(variable.name()))
        && (REFERENCE_TAKERS.contains(op)
            || op.startsWith("Apply")
            || op.startsWith("SparseApply"));
  }
}
