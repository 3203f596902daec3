package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** The nodes of a graph that hold variables, and those that read and write them. */
final class VariableNodes {

  static final String READ = "ReadVariableOp";

  private static final Set<String> ASSIGNMENTS =
      Set.of(
          "Assign",
          "AssignAdd",
          "AssignSub",
          "AssignVariableOp",
          "AssignAddVariableOp",
          "AssignSubVariableOp");

  private VariableNodes() {}

  /**
   * Verifies that all variables are different ones. A session knows them by container and shared
   * name, and takes all resource variables without a shared name for the same.
   *
   * @throws IllegalArgumentException naming two that are one
   */
  static void requireDistinct(GraphEditor graph) {
    Map<String, NodeDef> known = new HashMap<>();
    for (NodeDef node : graph.nodes()) {
      if (!isVariable(node)) {
        continue;
      }
      boolean named = kind(node) == Variable.Kind.RESOURCE || !sharedName(node).isEmpty();
      String name = named ? sharedName(node) : node.getName();
      NodeDef other = known.put(node.getOp() + "/" + text(node, "container") + "/" + name, node);
      if (other != null) {
        throw new IllegalArgumentException(
            (name.isEmpty()
                    ? "the variables \"%s\" and \"%s\" have no shared name, which makes them one"
                        + " variable: give each its own, as in varHandleOp(...,"
                        + " VarHandleOp.sharedName(\"%2$s\"))"
                    : "the variables \"%s\" and \"%s\" have the same shared name \"%s\", which"
                        + " makes them one variable: have all that read it read it from one of"
                        + " the two nodes, or give each its own shared name")
                .formatted(other.getName(), node.getName(), name));
      }
    }
  }

  /** Returns the name that sessions share a variable by; empty if it has none. */
  static String sharedName(NodeDef node) {
    return text(node, "shared_name");
  }

  private static String text(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getS().toStringUtf8();
  }

  static boolean isVariable(NodeDef node) {
    return node.getOp().equals("VariableV2") || node.getOp().equals("VarHandleOp");
  }

  static Variable.Kind kind(NodeDef variable) {
    return variable.getOp().equals("VariableV2") ? Variable.Kind.REFERENCE : Variable.Kind.RESOURCE;
  }

  static DataType dtype(NodeDef variable) {
    return variable.getAttrOrThrow("dtype").getType();
  }

  /** Refuses a variable that does not belong to a node. */
  static void requireFits(NodeDef node, Variable variable) {
    Shape shape = TensorProtos.shape(node.getAttrOrThrow("shape").getShape());
    if (kind(node) != variable.kind()
        || dtype(node) != variable.dtype()
        || !shape.isCompatibleWith(variable.shape())) {
      throw new IllegalArgumentException(
          "variable \"%s\" is a %s %s %s in the graph, not a %s %s %s"
              .formatted(
                  node.getName(),
                  kind(node),
                  dtype(node),
                  shape,
                  variable.kind(),
                  variable.dtype(),
                  variable.shape()));
    }
  }

  /** The names of all variables, in the graph's order. */
  static List<String> names(GraphEditor editor) {
    List<String> names = new ArrayList<>();
    for (NodeDef node : editor.nodes()) {
      if (isVariable(node)) {
        names.add(node.getName());
      }
    }
    return names;
  }

  /** The variable that an assignment writes, or null if the node is not one. */
  static @Nullable String assigned(GraphEditor editor, NodeDef node) {
    if (!ASSIGNMENTS.contains(node.getOp())) {
      return null;
    }
    NodeDef target = editor.input(node, 0);
    return isVariable(target) ? target.getName() : null;
  }

  /** The variable whose value a tensor is, through reads and identities, or null. */
  static @Nullable String behind(GraphEditor editor, String tensor) {
    NodeDef node = editor.producer(tensor);
    while (node.getOp().equals("Identity") || node.getOp().equals(READ)) {
      node = editor.input(node, 0);
    }
    return isVariable(node) ? node.getName() : null;
  }

  /** All {@code ReadVariableOp}s of a resource variable. */
  static List<NodeDef> reads(GraphEditor editor, String variable) {
    List<NodeDef> reads = editor.consumers(TensorRef.of(variable));
    reads.removeIf(user -> !user.getOp().equals(READ));
    return reads;
  }

  /**
   * A tensor that is the variable's value and runs nothing else when it is fetched, or null if the
   * graph has none: a read that waits for other operations would run them too.
   */
  static @Nullable String freeRead(GraphEditor editor, String variable) {
    if (kind(editor.node(variable)) == Variable.Kind.REFERENCE) {
      return variable;
    }
    for (NodeDef read : reads(editor, variable)) {
      if (isFree(read)) {
        return read.getName();
      }
    }
    return null;
  }

  /**
   * The tensor with respect to which gradients are taken: what the outputs see of a variable. Null
   * if they see nothing of it.
   *
   * @param outputs the nodes that the outputs need
   * @throws IllegalArgumentException if they see it through several reads, of which one waits for
   *     other operations
   */
  static @Nullable String gradientTensor(GraphEditor editor, String variable, Set<String> outputs) {
    if (kind(editor.node(variable)) == Variable.Kind.REFERENCE) {
      return variable;
    }
    List<String> seen = new ArrayList<>();
    for (NodeDef read : reads(editor, variable)) {
      if (outputs.contains(read.getName())) {
        seen.add(read.getName());
      }
    }
    if (seen.size() > 1) {
      throw new IllegalArgumentException(
          "variable \"%s\" is read by %s, in an order set by control dependencies: gradients with respect to one read would miss the others"
              .formatted(variable, seen));
    }
    return seen.isEmpty() ? null : seen.get(0);
  }

  /** A dereferenced value that waits for nothing, added to the graph if there is none. */
  static String valueTensor(GraphEditor editor, String variable) {
    NodeDef node = editor.node(variable);
    if (kind(node) == Variable.Kind.RESOURCE) {
      String read = freeRead(editor, variable);
      return read != null ? read : addNode(editor, READ, "dtype", node);
    }
    for (NodeDef user : editor.consumers(TensorRef.of(variable))) {
      if (user.getOp().equals("Identity") && isFree(user)) {
        return user.getName();
      }
    }
    return addNode(editor, "Identity", "T", node);
  }

  /**
   * Makes all reads of a resource variable that wait for nothing one read, so that gradients with
   * respect to it are complete: without an order between them, the same value is what any of them
   * may see. The others stay as {@code Identity} nodes of their names.
   *
   * @return whether anything was changed
   */
  static boolean mergeReads(GraphEditor editor) {
    Map<String, List<NodeDef>> reads = new LinkedHashMap<>();
    for (NodeDef node : editor.nodes()) {
      if (node.getOp().equals(READ) && isFree(node) && isVariable(editor.input(node, 0))) {
        String variable = editor.input(node, 0).getName();
        reads.computeIfAbsent(variable, key -> new ArrayList<>()).add(node);
      }
    }
    reads.values().removeIf(same -> same.size() == 1);
    reads.values().forEach(same -> mergeReads(editor, same));
    return !reads.isEmpty();
  }

  private static void mergeReads(GraphEditor editor, List<NodeDef> same) {
    String first = same.get(0).getName();
    for (NodeDef other : same.subList(1, same.size())) {
      editor.redirect(TensorRef.of(other.getName()), TensorRef.of(first), user -> true);
      editor.replace(
          NodeBuilder.op("Identity", other.getName())
              .inputs(first)
              .attr("T", other.getAttrOrThrow("dtype").getType())
              .build());
    }
  }

  private static boolean isFree(NodeDef read) {
    return read.getInputCount() == 1;
  }

  private static String addNode(GraphEditor editor, String op, String type, NodeDef variable) {
    return editor.add(
        NodeBuilder.op(op, editor.uniqueName(variable.getName() + "_read"))
            .inputs(variable.getName())
            .attr(type, dtype(variable))
            .build());
  }
}
