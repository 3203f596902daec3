package org.tfmot.api;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.functions.DeepGraphs;
import org.tfmot.api.graph.Arguments;
import org.tfmot.api.graph.GraphCheck;
import org.tfmot.api.graph.GraphEditor;

/**
 * A TensorFlow graph with named inputs and outputs, its variables and their values. Immutable:
 * methods that change a model return another one.
 *
 * <p>What stands before an input is not part of the model. An input that is an inner tensor of the
 * graph that the model was made of, such as one behind the parsing of examples, is a placeholder of
 * the same type and shape here.
 *
 * <p>A graph in training mode carries, besides its outputs, the operations that every training step
 * has to run ({@link #updates()}, such as the moving averages of batch norm).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class GraphModel {

  private final GraphDef graphDef;
  private final Endpoints endpoints;
  private final Map<String, Variable> variables;

  /** The circle that keeps the graph from being computed; null if there is none. */
  private final @Nullable String circle;

  private GraphModel(
      GraphDef graphDef,
      Endpoints endpoints,
      Map<String, Variable> variables,
      @Nullable String circle) {
    this.graphDef = graphDef;
    this.endpoints =
        endpoints.hasMode()
            ? endpoints
            : endpoints.toBuilder().training(InferenceMode.isTraining(graphDef)).build();
    this.variables = Collections.unmodifiableMap(variables);
    this.circle = circle;
  }

  /**
   * Builds a model by a function over {@link Ops}. Variables get the values of their initializers.
   *
   * @throws IllegalArgumentException if an endpoint is not in the graph, a variable has no
   *     initializer, or two resource variables have no shared name; the message names it
   */
  public static GraphModel build(Function<Ops, Endpoints> definition) {
    Arguments.require(definition, "definition");
    TensorFlowLibrary.load();
    try (Graph graph = new Graph()) {
      Endpoints endpoints = definition.apply(Ops.create(graph));
      try (Session session =
          new Session(
              graph, DeepGraphs.config(graph.toGraphDef(), ConfigProto.getDefaultInstance()))) {
        session.initialize();
        return of(graph, session, endpoints);
      }
    }
  }

  /**
   * Takes a model from a live graph and session: the part that the endpoints need, with the values
   * that the session's variables have now.
   *
   * @throws IllegalArgumentException if an endpoint is not in the graph, a variable of it is not
   *     initialized, two resource variables of it have no shared name, or it has a lookup table
   */
  public static GraphModel of(Graph graph, Session session, Endpoints endpoints) {
    Arguments.require(graph, "graph");
    Arguments.require(session, "session");
    Arguments.require(endpoints, "endpoints");
    GraphDef graphDef = graph.toGraphDef();
    String circle = GraphCheck.circle(graphDef);
    GraphEditor editor = new GraphEditor(graphDef);
    Endpoints ends = GraphReduction.reduce(editor, endpoints);
    return new GraphModel(
        editor.build(), ends, VariableReader.read(editor, graph, session, ends.updates()), circle);
  }

  /**
   * Loads a SavedModel, of TensorFlow 1 or 2: the graph that is tagged {@code serve}, the one that
   * has this tag besides others, or the only one, whatever its tags. Whether it is in training mode
   * it says itself, if it was saved by {@link #save}; otherwise the graph tells, as {@link
   * Endpoints.Builder#training} describes, and {@link #withTraining} corrects it.
   *
   * <p>TensorFlow 2 saves a model as a call of functions. Their bodies take the place of the call,
   * and nodes have the names that they have in Python, unless others have them.
   *
   * @param directory the folder with {@code saved_model.pb}
   * @throws IllegalArgumentException if there is no such model, it has several graphs of which none
   *     is the one to serve, or neither the signature {@code serving_default} nor just one
   */
  public static GraphModel load(Path directory) {
    Arguments.require(directory, "directory");
    TensorFlowLibrary.load();
    return SavedModels.load(directory, null, null);
  }

  /**
   * Loads one signature of a SavedModel; see {@link #load(Path)}.
   *
   * @throws IllegalArgumentException if there is no such model or signature
   */
  public static GraphModel load(Path directory, String signature) {
    Arguments.require(directory, "directory");
    Arguments.require(signature, "signature");
    TensorFlowLibrary.load();
    return SavedModels.load(directory, signature, null);
  }

  /**
   * Loads one signature of one of the graphs of a SavedModel; see {@link #load(Path)}.
   *
   * @param tags all tags of the graph, such as {@code serve} and {@code tpu}; none for the one
   *     without tags
   * @throws IllegalArgumentException if there is no such model, graph or signature
   */
  public static GraphModel load(Path directory, String signature, Set<String> tags) {
    Arguments.require(directory, "directory");
    Arguments.require(signature, "signature");
    Arguments.require(tags, "tags");
    TensorFlowLibrary.load();
    return SavedModels.load(directory, signature, tags);
  }

  /**
   * Puts a model together from its parts. Nodes and variables that no endpoint needs are left out;
   * several unordered reads of one variable become one. Operations of TensorFlow's early releases
   * become those of today, and layer norms that are computed by a batch norm in training mode, as
   * Keras 2 saves them, are written out. A graph with a circle of nodes can be looked at; whatever
   * computes, changes, saves or converts it refuses it, naming the circle.
   *
   * @throws IllegalArgumentException if an endpoint is not in the graph, a variable of it has no
   *     value or one of another type, two resource variables have no shared name, or there is a
   *     lookup table
   */
  public static GraphModel of(
      GraphDef graphDef, Endpoints endpoints, Collection<Variable> variables) {
    Arguments.require(graphDef, "graphDef");
    Arguments.require(endpoints, "endpoints");
    Arguments.require(variables, "variables");
    TensorFlowLibrary.load();
    String circle = GraphCheck.circle(graphDef);
    GraphEditor editor = new GraphEditor(graphDef);
    Endpoints ends = GraphReduction.reduce(editor, endpoints);
    Map<String, Variable> given = new HashMap<>();
    variables.forEach(variable -> given.put(variable.name(), variable));
    Map<String, Variable> needed = new LinkedHashMap<>();
    for (String name : VariableNodes.names(editor)) {
      Variable variable = given.get(name);
      if (variable == null) {
        throw new IllegalArgumentException("variable \"" + name + "\" has no value");
      }
      VariableNodes.requireFits(editor.node(name), variable);
      needed.put(name, variable);
    }
    return new GraphModel(editor.build(), ends, needed, circle);
  }

  /** The graph; its nodes are in the order in which they were added. */
  public GraphDef graphDef() {
    return graphDef;
  }

  /** Named inputs and outputs, updates, and the mode. */
  public Endpoints endpoints() {
    return endpoints;
  }

  /** The input tensors ({@code node:index}) by name. */
  public Map<String, String> inputs() {
    return endpoints.inputs();
  }

  /** The output tensors ({@code node:index}) by name. */
  public Map<String, String> outputs() {
    return endpoints.outputs();
  }

  /** The operations that every training step has to run. */
  public List<String> updates() {
    return endpoints.updates();
  }

  /** Returns whether batch norm and dropout behave as in training. */
  public boolean isTraining() {
    return endpoints.training();
  }

  /**
   * Returns whether the graph can be trained as it is: it is in training mode, or has neither batch
   * norm nor random operations, so that it is the same graph in both modes.
   */
  public boolean canTrain() {
    return isTraining() || InferenceMode.isIndifferent(this);
  }

  /**
   * Verifies that the graph can be trained as it is ({@link #canTrain}).
   *
   * @param purpose the technique or loop that needs it, for the message
   * @throws IllegalArgumentException if it is for inference; the message says what to do
   */
  public void requireCanTrain(String purpose) {
    Arguments.require(purpose, "purpose");
    if (!canTrain()) {
      throw new IllegalArgumentException(
          purpose
              + " needs a model in training mode, this one is for inference: build or load it with"
              + " batch norm and dropout as in training, or call withTraining(true) to train it as"
              + " it is");
    }
  }

  /**
   * The same model, taken to be in training mode or not: for a graph whose mode was not recognized,
   * or to train on with the moving averages of batch norm as they are. No node is changed; {@link
   * #toInference} does that.
   */
  public GraphModel withTraining(boolean training) {
    return new GraphModel(
        graphDef, endpoints.toBuilder().training(training).build(), variables, circle);
  }

  /**
   * The names of the operations that give the outputs other random numbers in every run: a dropout,
   * or what a model such as a sampler means to have.
   */
  public List<String> randomOperations() {
    return RandomOperations.in(this);
  }

  /** The variables by name, in the graph's order. */
  public Map<String, Variable> variables() {
    return variables;
  }

  /**
   * Returns one variable.
   *
   * @param name the name of its node, as {@link #variables} lists it, or its shared name
   * @throws IllegalArgumentException if there is none of that name; the message has the nearest
   */
  public Variable variable(String name) {
    Arguments.require(name, "name");
    return Objects.requireNonNull(
        variables.get(VariableNames.find(name, variables.keySet(), graphDef::getNodeList)));
  }

  /**
   * The same model with other values for some of its variables.
   *
   * @throws IllegalArgumentException if a variable is unknown, or a type or shape differs
   */
  public GraphModel withValues(Map<String, TensorProto> values) {
    Arguments.require(values, "values");
    Map<String, Variable> changed = new LinkedHashMap<>(variables);
    values.forEach(
        (name, value) -> {
          Variable variable = variable(name).withValue(value);
          changed.put(variable.name(), variable);
        });
    return new GraphModel(graphDef, endpoints, changed, circle);
  }

  /**
   * Returns the model with the shape of one input fixed as far as the given shape says, and with
   * the loops unrolled whose number of steps is known then.
   *
   * <pre>{@code
   * GraphModel steps = GraphModel.load(folder).withInputShape("x", Shape.of(-1, 28, 28));
   * }</pre>
   *
   * @param name the input
   * @param shape its shape; -1 leaves a dimension as it is
   * @throws IllegalArgumentException if there is no such input, it is not a placeholder, or its
   *     shape contradicts the given one
   */
  public GraphModel withInputShape(String name, Shape shape) {
    Arguments.require(name, "name");
    Arguments.require(shape, "shape");
    GraphModel fixed = InputShapeFixing.fix(this, name, shape);
    return LoopUnrolling.unroll(fixed, LoopUnrolling.MOST_STEPS).model();
  }

  /**
   * Returns the model with every {@code While} loop replaced by its steps: layers that techniques
   * know, with weights that all steps share. {@link #load} does so for each loop that it can.
   *
   * @param mostSteps the most steps that a loop may have, at least 1
   * @throws IllegalArgumentException if a loop has more steps, their number is not known before the
   *     model runs, or it changes a variable; the message names the loop and what to do
   */
  public GraphModel unrollLoops(int mostSteps) {
    if (mostSteps < 1) {
      throw new IllegalArgumentException(
          "a loop has at least one step, so that the most cannot be " + mostSteps);
    }
    LoopUnrolling.Unrolled unrolled = LoopUnrolling.unroll(this, mostSteps);
    Map<String, String> left = new LinkedHashMap<>(unrolled.left());
    left.putAll(OldLoops.in(this));
    left.forEach(
        (loop, reason) -> {
          throw new IllegalArgumentException(
              "the loop \"%s\" cannot be unrolled: %s".formatted(loop, reason));
        });
    return unrolled.model();
  }

  /**
   * Returns the loops of the graph, which techniques pass over, each with the reason why it is not
   * unrolled and what to do: {@code While} loops by their name, and loops of TensorFlow 1 by the
   * name of their frame.
   */
  public Map<String, String> loops() {
    Map<String, String> loops =
        new LinkedHashMap<>(LoopUnrolling.unroll(this, LoopUnrolling.MOST_STEPS).left());
    loops.putAll(OldLoops.in(this));
    return Collections.unmodifiableMap(loops);
  }

  /**
   * The same model with the values that a checkpoint has for its variables.
   *
   * @param prefix the checkpoint's path without {@code .index}
   * @throws IllegalArgumentException if the checkpoint is missing, lacks a variable, or has one of
   *     another type or shape
   */
  public GraphModel restore(Path prefix) {
    Arguments.require(prefix, "prefix");
    return withValues(Checkpoint.read(prefix, variables.values()));
  }

  /**
   * Writes the variables as a TensorFlow checkpoint; a crash leaves the old one or the new one.
   *
   * @param prefix the checkpoint's path without {@code .index}
   */
  public void saveCheckpoint(Path prefix) {
    Arguments.require(prefix, "prefix");
    Map<String, TensorProto> values = new LinkedHashMap<>();
    variables.forEach((name, variable) -> values.put(name, variable.value()));
    Checkpoint.write(prefix, values);
  }

  /**
   * Writes a SavedModel that TensorFlow can load for serving.
   *
   * @param directory the folder to write, which must not exist yet or be empty
   * @throws IllegalArgumentException if the folder is not empty
   * @throws UncheckedIOException if it cannot be written
   */
  public void save(Path directory) {
    Arguments.require(directory, "directory");
    requireOrder();
    SavedModels.save(this, directory);
  }

  /**
   * The model for inference: fused batch norms use their moving averages, inverted dropout is taken
   * out, what {@link ModelEditor#inInference} names takes its place, updates, operations and
   * assertions are dropped, checks and prints hand their values through, and half precision becomes
   * {@code float32} ({@link #toFloat32}). A model that is not in training mode and has none of
   * these stays as it is.
   *
   * <p>Inverted dropout is a tensor times a mask of uniform random numbers against a constant rate,
   * over the probability of being kept; in its usual spellings, be it a product or a selection.
   * Other random operations stay, because a model may be meant to draw them in inference (a
   * sampler); {@link #randomOperations} of the result names them. Noise that was only for training,
   * and dropout with a rate that is fed, have to be taken out where the graph is built.
   *
   * @throws IllegalArgumentException if a batch norm has no moving averages, or as {@link
   *     #toFloat32}
   */
  public GraphModel toInference() {
    requireOrder();
    return InferenceMode.convert(this).toFloat32();
  }

  /**
   * Returns the model with what it computes in half precision ({@code float16}, {@code bfloat16})
   * computed in {@code float32}: the same model if there is nothing of the kind. The casts of
   * mixed-precision training before each operation fall away. Inputs, outputs and variables that
   * are of half precision themselves stay so.
   *
   * @throws IllegalArgumentException if a loop, a branch or a call computes in half precision
   */
  public GraphModel toFloat32() {
    return HalfPrecision.raise(this);
  }

  /**
   * Returns the model as TensorFlow Lite has models: frozen ({@link #freeze}), with {@code float32}
   * for all floating-point numbers, {@code float64} among them, of inputs and outputs too. Doubles
   * inside of loops and branches that stay keep their type, and then all do.
   *
   * @throws IllegalArgumentException as {@link #freeze}
   */
  public GraphModel freezeToFloat32() {
    return HalfPrecision.raiseAll(freeze());
  }

  /**
   * The same computation with every variable replaced by a constant of its value.
   *
   * @throws IllegalArgumentException if the model has updates, or an operation other than a read
   *     takes a variable
   */
  public GraphModel freeze() {
    requireOrder();
    return Freezing.freeze(this);
  }

  /**
   * Requires a graph that can be computed.
   *
   * @throws IllegalArgumentException naming the nodes of a circle
   */
  void requireOrder() {
    if (circle != null) {
      throw new IllegalArgumentException(circle);
    }
  }

  /** Opens the model in a graph and session of its own; the caller closes it. */
  public LiveModel open() {
    return open(Threads.DEFAULT);
  }

  /** Opens the model with a given number of threads; the caller closes it. */
  public LiveModel open(Threads threads) {
    Arguments.require(threads, "threads");
    return open(threads.config());
  }

  /**
   * Opens the model in a session with the given configuration; the caller closes it. TensorFlow's
   * optimizer of graphs is switched off if more than 2,000 operations follow each other, since it
   * could end the process.
   */
  public LiveModel open(ConfigProto config) {
    Arguments.require(config, "config");
    requireOrder();
    return new LiveModel(this, config);
  }

  /** Returns inputs, outputs, mode, variables and the numbers of operations, in a line. */
  @Override
  public String toString() {
    return ModelDescription.of(this);
  }
}
