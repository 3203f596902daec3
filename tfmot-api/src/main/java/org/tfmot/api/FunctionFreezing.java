package org.tfmot.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tfmot.api.functions.FunctionLibrary;
import org.tfmot.api.graph.TensorProtos;

/**
 * Hands values instead of variables to loops, branches and calls. A function that is given a value
 * exists in a form of its own, in which reads are identities.
 */
final class FunctionFreezing {

  private final FunctionLibrary library;
  private final Map<String, String> forms = new HashMap<>();
  private final List<FunctionDef> made = new ArrayList<>();

  FunctionFreezing(GraphDef graph) {
    library = new FunctionLibrary(graph);
  }

  /** The forms of functions that the frozen nodes name. */
  List<FunctionDef> functions() {
    return made;
  }

  /** The first input of a node that its functions are given. */
  static int firstArgument(NodeDef node) {
    return FunctionLibrary.BRANCHES.contains(node.getOp()) ? 1 : 0;
  }

  /**
   * Returns a node that runs functions, with functions that take values.
   *
   * @param values the arguments that are values, by their index, with the variables they come from
   * @throws IllegalArgumentException if a function does something else with a variable than read it
   */
  NodeDef freeze(NodeDef node, Map<Integer, Variable> values) {
    boolean loop = FunctionLibrary.LOOPS.contains(node.getOp());
    NodeDef.Builder frozen = node.toBuilder();
    node.getAttrMap()
        .forEach(
            (name, value) -> {
              if (value.hasFunc()) {
                String form = form(node, value.getFunc().getName(), values, name.equals("body"));
                frozen.putAttr(name, named(value, form));
              } else if (value.getList().getFuncCount() > 0) {
                AttrValue.Builder branches = value.toBuilder();
                branches
                    .getListBuilder()
                    .getFuncBuilderList()
                    .forEach(f -> f.setName(form(node, f.getName(), values, false)));
                frozen.putAttr(name, branches.build());
              }
            });
    String types = loop ? "T" : "Tin";
    AttrValue.Builder changed = node.getAttrOrThrow(types).toBuilder();
    values.forEach((index, variable) -> changed.getListBuilder().setType(index, variable.dtype()));
    frozen.putAttr(types, changed.build());
    AttrValue shapes = node.getAttrMap().get("output_shapes");
    if (loop && shapes != null && shapes.getList().getShapeCount() > 0) {
      AttrValue.Builder real = shapes.toBuilder();
      values.forEach(
          (index, variable) ->
              real.getListBuilder().setShape(index, TensorProtos.shapeProto(variable.shape())));
      frozen.putAttr("output_shapes", real.build());
    }
    return frozen.build();
  }

  private static AttrValue named(AttrValue function, String name) {
    return function.toBuilder().setFunc(function.getFunc().toBuilder().setName(name)).build();
  }

  /** The name of a function's form for such arguments. */
  private String form(NodeDef node, String name, Map<Integer, Variable> values, boolean loops) {
    FunctionDef function = library.find(name);
    if (function == null) {
      throw new IllegalArgumentException(
          "\"%s\" (%s) runs the function \"%s\", which is not in the graph"
              .formatted(node.getName(), node.getOp(), name));
    }
    StringBuilder key = new StringBuilder(name).append('\n').append(loops);
    new TreeMap<>(values)
        .forEach((i, v) -> key.append('\n').append(i).append(' ').append(v.name()));
    String known = forms.get(key.toString());
    if (known != null) {
      return known;
    }
    String form = name + "_frozen";
    for (int i = 1; library.find(form) != null || forms.containsValue(form); i++) {
      form = name + "_frozen_" + i;
    }
    forms.put(key.toString(), form);
    made.add(new Form(function, values).build(form, loops));
    return form;
  }

  /** A function in the making. */
  private final class Form {
    private final FunctionDef function;
    private final Map<Integer, Variable> arguments;

    /** Tensors, in the function's notation, that are values now. */
    private final Map<String, Variable> values = new HashMap<>();

    /** Outputs that have another name. */
    private final Map<String, String> renamed = new HashMap<>();

    private final List<NodeDef> nodes = new ArrayList<>();

    Form(FunctionDef function, Map<Integer, Variable> arguments) {
      this.function = function;
      this.arguments = arguments;
      arguments.forEach(
          (index, variable) ->
              values.put(function.getSignature().getInputArg(index).getName(), variable));
      follow();
    }

    /** Handles that are handed on, by nodes in any order. */
    private void follow() {
      Map<String, List<String>> handedOn = new HashMap<>();
      for (NodeDef node : function.getNodeDefList()) {
        boolean loop = FunctionLibrary.LOOPS.contains(node.getOp());
        int inputs = loop ? node.getInputCount() : node.getOp().equals("Identity") ? 1 : 0;
        for (int i = 0; i < inputs; i++) {
          handedOn
              .computeIfAbsent(node.getInput(i), key -> new ArrayList<>())
              .add(node.getName() + ":output:" + i);
        }
      }
      Deque<String> found = new ArrayDeque<>(values.keySet());
      while (!found.isEmpty()) {
        String tensor = found.pop();
        Variable variable = Objects.requireNonNull(values.get(tensor));
        for (String output : handedOn.getOrDefault(tensor, List.of())) {
          if (values.putIfAbsent(output, variable) == null) {
            found.push(output);
          }
        }
      }
    }

    FunctionDef build(String name, boolean loops) {
      function.getNodeDefList().forEach(this::freeze);
      nodes.replaceAll(this::withRenamedInputs);
      FunctionDef.Builder form = function.toBuilder().clearNodeDef().addAllNodeDef(nodes);
      OpDef.Builder signature = form.getSignatureBuilder().setName(name);
      arguments.forEach(
          (index, variable) -> {
            signature.getInputArgBuilder(index).setType(variable.dtype()).clearHandleData();
            form.removeArgAttr(index).removeResourceArgUniqueId(index);
          });
      for (int i = 0; i < signature.getOutputArgCount(); i++) {
        String output = signature.getOutputArg(i).getName();
        String result = function.getRetOrThrow(output);
        Variable variable = values.get(result);
        if (!Objects.equals(variable, loops ? arguments.get(i) : null)) {
          Variable named = variable != null ? variable : arguments.get(i);
          throw refused(named, "output \"" + output + "\"");
        }
        if (variable != null) {
          signature.getOutputArgBuilder(i).setType(variable.dtype()).clearHandleData();
        }
        form.putRet(output, renamed(result));
      }
      return form.build();
    }

    private NodeDef withRenamedInputs(NodeDef node) {
      NodeDef.Builder changed = node.toBuilder();
      for (int i = 0; i < node.getInputCount(); i++) {
        changed.setInput(i, renamed(node.getInput(i)));
      }
      return changed.build();
    }

    private String renamed(String tensor) {
      return renamed.getOrDefault(tensor, tensor);
    }

    private void freeze(NodeDef node) {
      Map<Integer, Variable> given = new TreeMap<>();
      for (int i = 0; i < node.getInputCount(); i++) {
        Variable variable = values.get(node.getInput(i));
        if (variable != null) {
          given.put(i - firstArgument(node), variable);
        }
      }
      if (given.isEmpty()) {
        nodes.add(node);
        return;
      }
      Variable variable = given.values().iterator().next();
      switch (node.getOp()) {
        case "Identity" -> nodes.add(withType(node.toBuilder(), variable.dtype()));
        case VariableNodes.READ -> {
          renamed.put(node.getName() + ":value:0", node.getName() + ":output:0");
          nodes.add(withType(node.toBuilder().setOp("Identity").clearAttr(), variable.dtype()));
        }
        case "ResourceGather" -> {
          NodeDef axis = VariableRows.axis(node.getName() + "/axis", node);
          nodes.add(axis);
          String tensor = axis.getName() + ":output:0";
          nodes.add(VariableRows.gather(node, node.getInput(0), tensor));
        }
        default -> {
          if (!FunctionLibrary.runsFunctions(node)) {
            throw refused(variable, "\"%s\" (%s)".formatted(node.getName(), node.getOp()));
          }
          nodes.add(FunctionFreezing.this.freeze(node, given));
        }
      }
    }

    private IllegalArgumentException refused(@Nullable Variable variable, String what) {
      return new IllegalArgumentException(
          "variable \"%s\" cannot be frozen: %s in the function \"%s\" takes more than its value"
              .formatted(
                  variable == null ? "" : variable.name(),
                  what,
                  function.getSignature().getName()));
    }
  }

  private static NodeDef withType(NodeDef.Builder identity, DataType type) {
    return identity.putAttr("T", AttrValue.newBuilder().setType(type).build()).build();
  }
}
