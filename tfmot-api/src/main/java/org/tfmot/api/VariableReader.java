package org.tfmot.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Finds the variables of a graph and reads their values from a session. */
final class VariableReader {

  private VariableReader() {}

  static boolean isVariable(NodeDef node) {
    return node.getOp().equals("VariableV2") || node.getOp().equals("VarHandleOp");
  }

  static Variable.Kind kind(NodeDef node) {
    return node.getOp().equals("VariableV2") ? Variable.Kind.REFERENCE : Variable.Kind.RESOURCE;
  }

  static List<String> names(GraphEditor editor) {
    List<String> names = new ArrayList<>();
    for (NodeDef node : editor.nodes()) {
      if (isVariable(node)) {
        names.add(node.getName());
      }
    }
    return names;
  }

  static Map<String, Variable> read(
      GraphEditor editor, Graph graph, Session session, List<String> updates) {
    Set<String> updated = assignedBy(editor, updates);
    Map<String, Variable> variables = new LinkedHashMap<>();
    for (String name : names(editor)) {
      NodeDef node = editor.node(name);
      TensorProto value = value(editor, graph, session, node);
      boolean trainable = value.getDtype() == DataType.DT_FLOAT && !updated.contains(name);
      variables.put(name, new Variable(name, kind(node), trainable, value));
    }
    return variables;
  }

  /** The tensor that holds a variable's value: the node itself, or the first read of its handle. */
  static String readTensor(GraphEditor editor, NodeDef variable) {
    if (kind(variable) == Variable.Kind.REFERENCE) {
      return variable.getName();
    }
    for (NodeDef user : editor.consumers(variable.getName())) {
      if (user.getOp().equals("ReadVariableOp")) {
        return user.getName();
      }
    }
    throw new IllegalArgumentException(
        "variable \"" + variable.getName() + "\" is never read by a ReadVariableOp");
  }

  private static TensorProto value(
      GraphEditor editor, Graph graph, Session session, NodeDef variable) {
    String tensor = TensorRef.parse(readTensor(editor, variable)).qualified();
    if (graph.output(tensor) == null) {
      throw new IllegalArgumentException("the graph has no tensor \"" + tensor + "\"");
    }
    try (Result result = session.runner().fetch(tensor).run()) {
      return TensorProtos.of(result.get(0));
    } catch (TensorFlowException e) {
      throw new IllegalArgumentException(
          "variable \"" + variable.getName() + "\" cannot be read: is it initialized?", e);
    }
  }

  /** Variables that the updates write: moving averages and the like, which no optimizer trains. */
  private static Set<String> assignedBy(GraphEditor editor, List<String> updates) {
    Set<String> assigned = new HashSet<>();
    for (String name : editor.reachable(updates)) {
      NodeDef node = editor.node(name);
      if (node.getOp().startsWith("Assign") && node.getInputCount() > 0) {
        NodeDef target = editor.input(node, 0);
        if (isVariable(target)) {
          assigned.add(target.getName());
        }
      }
    }
    return assigned;
  }
}
