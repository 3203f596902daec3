package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.internal.types.registry.TensorTypeRegistry;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;

/** Reads the variables of a live graph from a session. */
final class VariableReader {

  private VariableReader() {}

  /**
   * The variables of a graph with the values that a session has for them.
   *
   * @param editor the part of the live graph that is wanted
   * @throws IllegalArgumentException if a variable is not initialized
   */
  static Map<String, Variable> read(
      GraphEditor editor, Graph graph, Session session, List<String> updates) {
    Map<String, String> tensors = valueTensors(editor, graph, VariableNodes.names(editor));
    List<Variable> variables = new ArrayList<>();
    values(session, tensors)
        .forEach(
            (name, value) -> {
              Variable.Kind kind = VariableNodes.kind(editor.node(name));
              variables.add(new Variable(name, kind, false, value));
            });
    Map<String, Variable> byName = new LinkedHashMap<>();
    withTrainable(editor, variables, updates).forEach(v -> byName.put(v.name(), v));
    return byName;
  }

  /** Variables, trainable as far as they are of type float and the graph does not average them. */
  static List<Variable> withTrainable(
      GraphEditor editor, Collection<Variable> variables, List<String> updates) {
    Set<String> averages = movingAverages(editor, updates);
    return variables.stream()
        .map(v -> v.withTrainable(v.dtype() == DataType.DT_FLOAT && !averages.contains(v.name())))
        .toList();
  }

  /**
   * The live tensors to fetch variables' values from, by the variables' names; missing reads are
   * added to the graph.
   */
  static Map<String, String> valueTensors(
      GraphEditor editor, Graph graph, Collection<String> variables) {
    // One scope for all, and only if it is needed: to make one is to walk over the whole graph.
    Ops tf = null;
    Map<String, String> tensors = new LinkedHashMap<>();
    for (String variable : variables) {
      String read = VariableNodes.freeRead(editor, variable);
      if (read == null) {
        tf = tf == null ? Ops.create(graph).withSubScope("tfmot_read") : tf;
        Operand<?> handle = graph.outputOrThrow(TensorRef.of(variable).qualified());
        DataType type = VariableNodes.dtype(editor.node(variable));
        read = tf.readVariableOp(handle, TensorTypeRegistry.find(type).type()).op().name();
      }
      tensors.put(variable, TensorRef.of(read).qualified());
    }
    return tensors;
  }

  /** Fetches values by variable name, all in one run. */
  static Map<String, TensorProto> values(Session session, Map<String, String> tensors) {
    if (tensors.isEmpty()) {
      return new LinkedHashMap<>();
    }
    try {
      return fetch(session, tensors.keySet(), tensors);
    } catch (TensorFlowException all) {
      // One by one, to name the variable.
      for (String name : tensors.keySet()) {
        try {
          fetch(session, List.of(name), tensors);
        } catch (TensorFlowException e) {
          throw new IllegalArgumentException(
              "variable \"" + name + "\" cannot be read: is it initialized?", e);
        }
      }
      throw all;
    }
  }

  private static Map<String, TensorProto> fetch(
      Session session, Collection<String> names, Map<String, String> tensors) {
    Session.Runner runner = session.runner();
    names.forEach(name -> runner.fetch(Objects.requireNonNull(tensors.get(name))));
    Map<String, TensorProto> values = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      int index = 0;
      for (String name : names) {
        values.put(name, TensorProtos.of(result.get(index++)));
      }
    }
    return values;
  }

  /**
   * Returns variables that no optimizer trains: those that updates write, and the statistics of
   * batch norms.
   */
  private static Set<String> movingAverages(GraphEditor editor, List<String> updates) {
    Set<String> averages = new HashSet<>();
    for (String name : editor.reachable(updates)) {
      String assigned = VariableNodes.assigned(editor, editor.node(name));
      if (assigned != null) {
        averages.add(assigned);
      }
    }
    for (NodeDef node : editor.nodes()) {
      if (BatchNormInference.isBatchNorm(node)) {
        averages.addAll(BatchNormInference.statistics(editor, node));
      }
    }
    return averages;
  }
}
