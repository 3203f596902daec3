package org.tfmot.api;

import java.util.ArrayList;
import java.util.List;
import org.tfmot.api.functions.LookupTables;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.OpDefinitions;
import org.tfmot.api.graph.TensorRef;

/** Reduces a graph to what its endpoints need. */
final class GraphReduction {

  private GraphReduction() {}

  /**
   * Cuts a graph at its inputs, leaves out what no endpoint needs, and writes what is left in the
   * operations that techniques know; returns the endpoints.
   */
  static Endpoints reduce(GraphEditor editor, Endpoints given) {
    OpDefinitions definitions = new OpDefinitions(editor.build());
    // Looked at before the cut, so that what is wrong is named as it was given.
    List<String> wanted = roots(editor, given, definitions);
    editor.retain(wanted);
    Endpoints endpoints = InnerInputs.cut(editor, given, definitions);
    if (!endpoints.training()) {
      DecidedBranches.take(editor, endpoints);
    }
    editor.retain(roots(editor, endpoints, definitions));
    VariableNodes.requireDistinct(editor);
    LookupTables.requireNone(editor);
    VariableNodes.mergeReads(editor);
    Endpoints modern = ModernForms.write(editor, endpoints);
    OwnStatistics.write(editor, modern);
    editor.retain(roots(editor, modern, definitions));
    return modern;
  }

  private static List<String> roots(
      GraphEditor editor, Endpoints endpoints, OpDefinitions definitions) {
    List<String> roots = new ArrayList<>();
    endpoints
        .outputs()
        .forEach((name, t) -> roots.add(tensor(editor, definitions, "output", name, t)));
    endpoints
        .inputs()
        .forEach((name, t) -> roots.add(tensor(editor, definitions, "input", name, t)));
    endpoints.updates().forEach(op -> roots.add(node(editor, "update", op, op)));
    endpoints.operations().forEach(op -> roots.add(node(editor, "operation", op, op)));
    return roots;
  }

  /** The node of a tensor that the graph has to have. */
  private static String tensor(
      GraphEditor editor, OpDefinitions definitions, String role, String name, String tensor) {
    TensorRef reference = TensorRef.parse(tensor);
    String node = node(editor, role, name, reference.node());
    Integer count = definitions.outputs(editor.node(node));
    if (count != null && reference.index() >= count) {
      throw new IllegalArgumentException(
          "the graph has no tensor \"%s\" for the %s \"%s\": \"%s\" (%s) has %d outputs"
              .formatted(tensor, role, name, node, editor.node(node).getOp(), count));
    }
    return node;
  }

  private static String node(GraphEditor editor, String role, String name, String node) {
    if (editor.find(node) == null) {
      throw new IllegalArgumentException(
          "the graph has no node \"%s\" for the %s \"%s\"".formatted(node, role, name));
    }
    return node;
  }
}
