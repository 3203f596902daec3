package org.tfmot.api;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.functions.DeepGraphs;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorFlowErrors;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.api.session.OneWriter;

/**
 * A model in a graph and session of its own, its variables initialized: for inference, or to add a
 * loss and an optimizer to and train. The names in the graph are the model's.
 *
 * <p>After {@link #close} every method but {@link #model} and {@link #trainableVariables} throws an
 * {@link IllegalStateException}.
 *
 * <p>Several threads may run and read one at the same time as long as none changes it. A change
 * ({@link #addVariable}, {@link #assign}, {@link #restore}, an optimizer) beside another thread's
 * change, run or reading is refused, on either side, by a {@link ConcurrentModificationException}.
 * What the session is told directly, such as training steps, is the caller's to keep to one thread.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class LiveModel implements AutoCloseable {

  private final GraphModel model;
  private final GraphEditor nodes;
  private final Set<String> neededByOutputs;
  private final Graph graph;
  private final List<Output<?>> fetches;
  private final Session session;
  private final LiveVariables variables;
  private final Feeds feeds;
  private final OneWriter access = new OneWriter();
  private boolean initialized;
  private boolean closed;

  LiveModel(GraphModel model, ConfigProto config) {
    this.model = model;
    this.nodes = new GraphEditor(model.graphDef());
    this.neededByOutputs =
        nodes.dataReachable(
            model.outputs().values().stream().map(t -> TensorRef.parse(t).node()).toList());
    TensorFlowLibrary.load();
    this.graph = new Graph();
    this.feeds = new Feeds(model, graph);
    this.variables = new LiveVariables(graph, VariableNames.byShared(nodes.nodes()));
    try {
      ConfigProto sessionConfig = DeepGraphs.config(model.graphDef(), config);
      TensorFlowErrors.importInto(
          graph,
          model.canTrain() && !trainableVariables().isEmpty()
              ? TrainingGraphs.rewrite(model.graphDef(), sessionConfig)
              : model.graphDef());
      VariableReader.valueTensors(nodes, graph, model.variables().keySet())
          .forEach((name, tensor) -> variables.add(model.variable(name), tensor));
      this.fetches = Fetches.add(model, graph);
      this.session = new Session(graph, sessionConfig);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** The model that was opened, with the values it had then. */
  public GraphModel model() {
    return model;
  }

  /** The live graph, which this model closes. */
  public Graph graph() {
    requireOpen();
    return graph;
  }

  /** The session, its variables initialized; this model closes it. */
  public Session session() {
    requireOpen();
    return access.read(
        () -> {
          // Two threads that begin to run it at once: one assigns the initial values.
          synchronized (variables) {
            initialized = true;
            variables.flush(session);
          }
          return session;
        });
  }

  /** An operation builder on the live graph. */
  public Ops ops() {
    return Ops.create(graph());
  }

  /**
   * A named input as a live tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Output<?> input(String name) {
    Arguments.require(name, "name");
    return endpoint(model.inputs(), "input", name);
  }

  /**
   * A named output as a live tensor.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Output<?> output(String name) {
    Arguments.require(name, "name");
    return endpoint(model.outputs(), "output", name);
  }

  /**
   * The tensor that holds a variable's value: what gradients are taken with respect to. All that
   * the outputs see of the variable, they see through this tensor.
   *
   * @throws IllegalArgumentException if there is no such variable, or if control dependencies put
   *     several reads of it in an order, so that no single tensor has the whole gradient
   */
  public Output<?> read(String variable) {
    Arguments.require(variable, "variable");
    requireOpen();
    String tensor = variables.tensor(variable);
    String name = variables.name(variable);
    if (model.variables().containsKey(name)) {
      String seen = VariableNodes.gradientTensor(nodes, name, neededByOutputs);
      tensor = seen == null ? tensor : TensorRef.of(seen).qualified();
    }
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
   * @throws IllegalArgumentException if the graph already has an operation of that name
   */
  public Output<?> addVariable(String name, TensorProto initialValue) {
    Arguments.require(name, "name");
    Arguments.require(initialValue, "initialValue");
    return addVariable(name, initialValue, Variable.Kind.RESOURCE);
  }

  /**
   * Adds a variable of either kind; see {@link #addVariable(String, TensorProto)}.
   *
   * @return the variable's resource handle or reference
   * @throws IllegalArgumentException if the graph already has an operation of that name
   */
  public Output<?> addVariable(String name, TensorProto initialValue, Variable.Kind kind) {
    Arguments.require(name, "name");
    Arguments.require(initialValue, "initialValue");
    Arguments.require(kind, "kind");
    requireOpen();
    return access.write(() -> added(name, initialValue, kind));
  }

  /**
   * Runs what adds several things to the live graph as one change.
   *
   * @throws ConcurrentModificationException if another thread changes, runs or reads the model
   */
  @API(status = API.Status.INTERNAL, since = "0.2.0")
  public <T> T change(Supplier<T> action) {
    requireOpen();
    return access.write(action);
  }

  private Output<?> added(String name, TensorProto initialValue, Variable.Kind kind) {
    if (graph.operation(name) != null) {
      throw new IllegalArgumentException("there already is an operation \"" + name + "\"");
    }
    Variable variable = new Variable(name, kind, false, initialValue);
    boolean resource = kind == Variable.Kind.RESOURCE;
    GraphOperation handle =
        graph
            .opBuilder(resource ? "VarHandleOp" : "VariableV2", name, graph.baseScope())
            .setAttr("dtype", variable.dtype())
            .setAttr("shape", variable.shape())
            .setAttr("shared_name", name)
            .build();
    if (resource) {
      graph
          .opBuilder(VariableNodes.READ, name + "/Read", graph.baseScope())
          .addInput(handle.output(0))
          .setAttr("dtype", variable.dtype())
          .build();
    }
    variables.add(variable, resource ? name + "/Read:0" : name + ":0");
    assignWhenInitialized();
    return handle.output(0);
  }

  /** Returns the variables that {@link #addVariable} added, in order, with their initial values. */
  public List<Variable> addedVariables() {
    List<Variable> added = new ArrayList<>(variables.all());
    added.removeIf(variable -> model.variables().containsKey(variable.name()));
    return added;
  }

  /**
   * Gives a variable of the session a new value.
   *
   * @throws IllegalArgumentException if there is no such variable, or type or shape differ
   */
  public void assign(String name, TensorProto value) {
    Arguments.require(name, "name");
    Arguments.require(value, "value");
    requireOpen();
    access.write(
        () -> {
          variables.assign(name, value);
          assignWhenInitialized();
          return name;
        });
  }

  /**
   * The value that a variable has now.
   *
   * @throws IllegalArgumentException if there is no such variable
   */
  public TensorProto value(String name) {
    Arguments.require(name, "name");
    return access.read(() -> variables.value(session(), name));
  }

  /** The model with the values that the session's variables have now. */
  public GraphModel snapshot() {
    Map<String, TensorProto> values = access.read(() -> variables.values(session()));
    values.keySet().retainAll(model.variables().keySet());
    return model.withValues(values);
  }

  /**
   * Writes all variables, also the added ones, as a checkpoint.
   *
   * @see Checkpoint#write
   */
  public void save(Path prefix) {
    Arguments.require(prefix, "prefix");
    Checkpoint.write(prefix, access.read(() -> variables.values(session())));
  }

  /**
   * Gives all variables, also the added ones, the values of a checkpoint.
   *
   * @throws IllegalArgumentException if the checkpoint is missing or does not fit; no variable is
   *     changed then
   */
  public void restore(Path prefix) {
    Arguments.require(prefix, "prefix");
    requireOpen();
    access.write(
        () -> {
          Checkpoint.read(prefix, variables.all()).forEach(variables::assign);
          assignWhenInitialized();
          return prefix;
        });
  }

  /**
   * Runs the model once.
   *
   * @param feeds a tensor for each input, by name
   * @return the outputs in the model's order; the caller closes the result
   * @throws IllegalArgumentException as {@link #runner(Map)}, or if an operation refuses what it
   *     gets, naming it
   */
  public Result run(Map<String, ? extends Tensor> feeds) {
    Arguments.require(feeds, "feeds");
    Session.Runner runner = runner(feeds);
    fetches.forEach(runner::fetch);
    return access.read(() -> TensorFlowErrors.run(runner, model.graphDef()));
  }

  /**
   * Returns a run of the session with the model's inputs fed, to fetch from or to run a training
   * step. Unlike {@link Session.Runner#feed} it looks at the tensors: some kernels end the process
   * if they have another shape than the graph says.
   *
   * <pre>{@code
   * live.runner(Map.of("image", images, "label", labels)).addTarget(train).run().close();
   * }</pre>
   *
   * @param feeds a tensor for each input, by name, and for placeholders that were added to the live
   *     graph, such as labels, by the names of their nodes
   * @throws IllegalArgumentException if an input has no tensor, a tensor no placeholder, a tensor
   *     another type or shape than its placeholder, or a label is none of the classes of the loss
   */
  public Session.Runner runner(Map<String, ? extends Tensor> feeds) {
    Arguments.require(feeds, "feeds");
    Session.Runner runner = session().runner();
    this.feeds.give(runner, feeds);
    return runner;
  }

  /** Closes session and graph; a second call does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      session.close();
      graph.close();
    }
  }

  /** Until the session is asked for, values are collected; after that it has them at once. */
  private void assignWhenInitialized() {
    if (initialized) {
      variables.flush(session);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the live model is closed");
    }
  }

  private Output<?> endpoint(Map<String, String> tensors, String role, String name) {
    requireOpen();
    String tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the model has no %s \"%s\", only %s".formatted(role, name, tensors.keySet()));
    }
    return graph.outputOrThrow(tensor);
  }
}
