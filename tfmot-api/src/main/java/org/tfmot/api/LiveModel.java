package org.tfmot.api;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.family.TType;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;

/**
 * A model in a graph and session of its own, its variables initialized: for inference, or to add a
 * loss and an optimizer to and train. The names in the graph are the model's.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class LiveModel implements AutoCloseable {

  private final GraphModel model;
  private final Graph graph;
  private final Session session;
  private final Map<String, Variable> variables = new LinkedHashMap<>();
  private final Map<String, String> reads = new LinkedHashMap<>();
  private final Map<String, VariableAssigner> assigners = new LinkedHashMap<>();
  private final Map<String, TensorProto> pending = new LinkedHashMap<>();

  LiveModel(GraphModel model, Threads threads) {
    this.model = model;
    this.graph = new Graph();
    try {
      graph.importGraphDef(model.graphDef());
      GraphEditor editor = new GraphEditor(model.graphDef());
      Ops tf = ops().withSubScope("tfmot_initialize");
      for (Variable variable : model.variables().values()) {
        NodeDef node = editor.node(variable.name());
        reads.put(variable.name(), VariableReader.readTensor(editor, node));
        GraphOperation operation = graph.operationOrThrow(variable.name());
        assigners.put(variable.name(), VariableAssigner.create(tf, variable, operation));
        variables.put(variable.name(), variable);
      }
      this.session = new Session(graph, threads.config());
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
    variables.forEach((name, variable) -> pending.put(name, variable.value()));
  }

  /** The model that was opened, with the values it had then. */
  public GraphModel model() {
    return model;
  }

  /** The live graph. */
  public Graph graph() {
    return graph;
  }

  /** The session, its variables initialized. */
  public Session session() {
    assignPending();
    return session;
  }

  /** An operation builder on the live graph. */
  public Ops ops() {
    return Ops.create(graph);
  }

  /**
   * A named input as a live tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Output<?> input(String name) {
    return endpoint(model.inputs(), "input", name);
  }

  /**
   * A named output as a live tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Output<?> output(String name) {
    return endpoint(model.outputs(), "output", name);
  }

  /** The tensor that holds a variable's value: what gradients are taken with respect to. */
  public Output<?> read(String variable) {
    String tensor = reads.get(model.variable(variable).name());
    return graph.outputOrThrow(tensor);
  }

  /** The trainable variables, in the graph's order. */
  public List<Variable> trainableVariables() {
    List<Variable> trainable = new ArrayList<>(model.variables().values());
    trainable.removeIf(variable -> !variable.trainable());
    return trainable;
  }

  /**
   * Adds a variable that belongs to the training run and not to the model, such as an optimizer's
   * slot. {@link #save} and {@link #restore} include it, {@link #snapshot} does not.
   *
   * @return the variable's resource handle
   */
  public Output<?> addVariable(String name, TensorProto initialValue) {
    if (variables.containsKey(name)) {
      throw new IllegalArgumentException("there already is a variable \"" + name + "\"");
    }
    Variable variable = new Variable(name, Variable.Kind.RESOURCE, false, initialValue);
    GraphOperation handle =
        graph
            .opBuilder("VarHandleOp", name, graph.baseScope())
            .setAttr("dtype", variable.dtype())
            .setAttr("shape", variable.shape())
            .setAttr("shared_name", name)
            .build();
    graph
        .opBuilder("ReadVariableOp", name + "/Read", graph.baseScope())
        .addInput(handle.output(0))
        .setAttr("dtype", variable.dtype())
        .build();
    reads.put(name, name + "/Read");
    Ops tf = ops().withSubScope("tfmot_initialize");
    assigners.put(name, VariableAssigner.create(tf, variable, handle));
    variables.put(name, variable);
    pending.put(name, initialValue);
    return handle.output(0);
  }

  /**
   * Gives a variable of the session a new value.
   *
   * @throws IllegalArgumentException if there is no such variable, or type or shape differ
   */
  public void assign(String name, TensorProto value) {
    Variable variable = variables.get(name);
    if (variable == null) {
      throw new IllegalArgumentException("the live model has no variable \"" + name + "\"");
    }
    pending.put(name, variable.withValue(value).value());
  }

  /** The value that a variable has now. */
  public TensorProto value(String name) {
    String tensor = reads.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the live model has no variable \"" + name + "\"");
    }
    try (Result result = session().runner().fetch(tensor).run()) {
      return TensorProtos.of(result.get(0));
    }
  }

  /** The model with the values that the session's variables have now. */
  public GraphModel snapshot() {
    Map<String, TensorProto> values = values();
    values.keySet().retainAll(model.variables().keySet());
    return model.withValues(values);
  }

  /** Writes all variables, also the added ones, as a checkpoint. */
  public void save(Path prefix) {
    Checkpoint.write(prefix, values());
  }

  /**
   * Gives all variables, also the added ones, the values of a checkpoint.
   *
   * @throws IllegalArgumentException if the checkpoint is missing or does not fit
   */
  public void restore(Path prefix) {
    Checkpoint.read(prefix, variables.values()).forEach(this::assign);
  }

  /**
   * Runs the model once.
   *
   * @param feeds a tensor for each input, by name
   * @return the outputs in the model's order; the caller closes the result
   */
  public Result run(Map<String, ? extends Tensor> feeds) {
    Session.Runner runner = session().runner();
    model.inputs().keySet().forEach(name -> feed(runner, name, feeds));
    model.outputs().values().forEach(runner::fetch);
    return runner.run();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }

  /** One run for all: every run with other targets costs TensorFlow a pass over the graph. */
  private void assignPending() {
    if (pending.isEmpty()) {
      return;
    }
    VariableAssigner.assign(session, assigners, pending);
    pending.clear();
  }

  private Map<String, TensorProto> values() {
    Map<String, TensorProto> values = new LinkedHashMap<>();
    Session.Runner runner = session().runner();
    reads.values().forEach(runner::fetch);
    try (Result result = runner.run()) {
      int index = 0;
      for (String name : reads.keySet()) {
        values.put(name, TensorProtos.of(result.get(index++)));
      }
    }
    return values;
  }

  private void feed(Session.Runner runner, String name, Map<String, ? extends Tensor> feeds) {
    Tensor tensor = feeds.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor was given for the input \"" + name + "\"");
    }
    runner.feed(input(name), (TType) tensor);
  }

  private Output<?> endpoint(Map<String, String> tensors, String role, String name) {
    String tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the model has no %s \"%s\", only %s".formatted(role, name, tensors.keySet()));
    }
    return graph.outputOrThrow(tensor);
  }
}
