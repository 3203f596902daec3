package org.tfmot.api;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorRef;

/** Replaces variables by constants, under the names of the nodes that gave their values. */
final class Freezing {

  private final GraphModel model;
  private final GraphEditor editor;
  private final FunctionFreezing functions;
  private final Map<String, String> constants = new HashMap<>();

  /** The nodes whose functions take values. */
  private final Set<String> frozen = new HashSet<>();

  private Freezing(GraphModel model) {
    this.model = model;
    editor = new GraphEditor(model.graphDef());
    functions = new FunctionFreezing(model.graphDef());
  }

  static GraphModel freeze(GraphModel model) {
    if (!model.updates().isEmpty()) {
      throw new IllegalArgumentException(
          "a model with updates cannot be frozen: call toInference() first");
    }
    // Operations for hooks act on variables, and are gone with them.
    Endpoints endpoints = model.endpoints().toBuilder().clearOperations().build();
    GraphModel kept =
        model.endpoints().operations().isEmpty()
            ? model
            : GraphModel.of(model.graphDef(), endpoints, model.variables().values());
    return new Freezing(VariableRows.ofValues(kept)).freeze(endpoints);
  }

  private GraphModel freeze(Endpoints endpoints) {
    editor.nodes().stream().filter(FunctionLibrary::runsFunctions).forEach(this::freezeFunctions);
    model.variables().values().forEach(this::freeze);
    GraphDef.Builder frozen = editor.build().toBuilder();
    frozen.getLibraryBuilder().addAllFunction(functions.functions());
    return GraphModel.of(FunctionLibrary.withNeededOnly(frozen.build()), endpoints, List.of());
  }

  /** Loops and branches are given values. */
  private void freezeFunctions(NodeDef node) {
    int first = FunctionFreezing.firstArgument(node);
    Map<Integer, Variable> values = new TreeMap<>();
    NodeDef.Builder given = node.toBuilder();
    for (int i = first; i < node.getInputCount(); i++) {
      Variable variable = model.variables().get(node.getInput(i));
      if (variable != null && variable.kind() == Variable.Kind.RESOURCE) {
        values.put(i - first, variable);
        given.setInput(i, constant(variable));
      }
    }
    if (!values.isEmpty()) {
      editor.replace(functions.freeze(given.build(), values));
      frozen.add(node.getName());
    }
  }

  /** The node that a variable's constant replaces. */
  private String constant(Variable variable) {
    return constants.computeIfAbsent(
        variable.name(),
        name -> {
          List<NodeDef> reads =
              variable.kind() == Variable.Kind.RESOURCE
                  ? VariableNodes.reads(editor, name)
                  : List.of();
          return reads.isEmpty() ? name : reads.get(0).getName();
        });
  }

  private void freeze(Variable variable) {
    String constant = constant(variable);
    if (variable.kind() == Variable.Kind.RESOURCE) {
      for (NodeDef read : VariableNodes.reads(editor, variable.name())) {
        editor.replace(
            NodeBuilder.op("Identity", read.getName())
                .inputs(constant)
                .attr("T", variable.dtype())
                .build());
      }
    }
    for (NodeDef user : editor.consumers(TensorRef.of(variable.name()))) {
      boolean handed = frozen.contains(user.getName());
      if (VariableNodes.assigned(editor, user) != null) {
        throw new IllegalArgumentException(
            ("variable \"%s\" cannot be frozen: \"%s\" (%s) writes it in every run, and constants"
                    + " keep nothing from run to run: make the state an input and an output of the"
                    + " model (in Keras initial_state and return_state instead of stateful=True)")
                .formatted(variable.name(), user.getName(), user.getOp()));
      }
      if (variable.kind() == Variable.Kind.RESOURCE && !handed) {
        throw new IllegalArgumentException(
            "variable \"%s\" cannot be frozen: \"%s\" (%s) takes more than its value"
                .formatted(variable.name(), user.getName(), user.getOp()));
      }
    }
    editor.replace(NodeBuilder.constant(constant, variable.value()));
  }
}
