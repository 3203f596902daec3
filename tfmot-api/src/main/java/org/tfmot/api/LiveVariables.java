package org.tfmot.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;

/** The variables of a live graph: what reads them, what assigns them, and values on their way. */
final class LiveVariables {

  private final Graph graph;
  private final Map<String, String> byShared;
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Map<String, String> tensors = new LinkedHashMap<>();
  private final Map<String, VariableAssigner> assigners = new LinkedHashMap<>();
  private final Map<String, TensorProto> pending = new LinkedHashMap<>();

  /** One for all: to make a scope is to walk over the whole graph. */
  private @Nullable Ops tf;

  /**
   * Variables of a graph.
   *
   * @param byShared the names of nodes by shared names, by which variables are known, too
   */
  LiveVariables(Graph graph, Map<String, String> byShared) {
    this.graph = graph;
    this.byShared = byShared;
  }

  /** Takes a variable of the graph in; its value is assigned with the next {@link #flush}. */
  void add(Variable variable, String valueTensor) {
    GraphOperation operation = graph.operationOrThrow(variable.name());
    if (tf == null) {
      tf = Ops.create(graph).withSubScope("tfmot_initialize");
    }
    assigners.put(variable.name(), VariableAssigner.create(tf, variable, operation));
    tensors.put(variable.name(), valueTensor);
    variables.put(variable.name(), variable);
    pending.put(variable.name(), variable.value());
  }

  Collection<Variable> all() {
    return variables.values();
  }

  /** Returns the name of the node of a variable that is known by one of its names. */
  String name(String variable) {
    return variable(variable).name();
  }

  /** The live tensor that is a variable's value. */
  String tensor(String name) {
    return Objects.requireNonNull(tensors.get(variable(name).name()));
  }

  /** Gives a variable a value with the next {@link #flush}. */
  void assign(String name, TensorProto value) {
    Variable variable = variable(name).withValue(value);
    pending.put(variable.name(), variable.value());
  }

  /** One run for all: every run with other targets costs TensorFlow a pass over the graph. */
  void flush(Session session) {
    if (pending.isEmpty()) {
      return;
    }
    List<Tensor> fed = new ArrayList<>();
    Session.Runner runner = session.runner();
    try {
      pending.forEach(
          (name, value) -> {
            VariableAssigner assigner = Objects.requireNonNull(assigners.get(name));
            Tensor tensor = TensorProtos.toTensor(value);
            fed.add(tensor);
            runner.feed(assigner.placeholder(), tensor).addTarget(assigner.assignment());
          });
      runner.run().close();
    } finally {
      fed.forEach(Tensor::close);
    }
    pending.clear();
  }

  /** The value that a session has for a variable. */
  TensorProto value(Session session, String name) {
    return Objects.requireNonNull(
        VariableReader.values(session, Map.of(name, tensor(name))).get(name));
  }

  /** The values that a session has for all variables. */
  Map<String, TensorProto> values(Session session) {
    return VariableReader.values(session, tensors);
  }

  private Variable variable(String name) {
    Variable variable = variables.get(name);
    if (variable == null) {
      variable = variables.get(byShared.getOrDefault(name, name));
    }
    if (variable == null) {
      throw VariableNames.missing(name, variables.keySet());
    }
    return variable;
  }
}
