package org.tfmot.techniques.testing;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.VersionDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.Variable;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Recurrent models as Keras saves them from Python, and their outputs by the cells' equations:
 * input "image", sequences of features or of words, and output "logits".
 */
public final class KerasRecurrent {

  /** Which Keras. */
  public enum Style {
    /** The loop is in a function of its own that is given the weights' values. */
    KERAS_2,
    /** The loop captures the variables and reads them in every step. */
    KERAS_3
  }

  /** A recurrent layer. */
  public record Layer(
      KerasCell cell, int units, boolean bidirectional, boolean sequences, boolean backwards) {

    /** A layer of one direction. */
    public static Layer of(KerasCell cell, int units, boolean sequences) {
      return new Layer(cell, units, false, sequences, false);
    }
  }

  private final Style style;
  private final int steps;
  private final int features;
  private final int words;
  private final boolean masked;
  private final List<Layer> layers;
  private final int classes;
  private final Map<String, TensorProto> weights = new LinkedHashMap<>();
  private final List<FunctionDef> functions = new ArrayList<>();
  private final Random random = new Random(7);
  private boolean open;

  /**
   * Describes a model.
   *
   * @param steps of a sequence
   * @param features of a step, or of a word's row
   * @param words how many words there are, 0 for features
   * @param masked whether the word 0 is no word
   */
  public KerasRecurrent(
      Style style,
      int steps,
      int features,
      int words,
      boolean masked,
      List<Layer> layers,
      int classes) {
    this.style = style;
    this.steps = steps;
    this.features = features;
    this.words = words;
    this.masked = masked;
    this.layers = List.copyOf(layers);
    this.classes = classes;
  }

  /** Leaves the number of steps open when the model is traced. */
  public KerasRecurrent withOpenSteps() {
    open = true;
    return this;
  }

  /** The names of the variables that are weights. */
  public List<String> weights() {
    return List.copyOf(weights.keySet());
  }

  /** Writes the model as Python saves it, and loads it as users do. */
  public GraphModel load() {
    try {
      Path folder = Files.createTempDirectory("keras");
      try {
        Path saved = folder.resolve("model");
        save(saved);
        return GraphModel.load(saved);
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the model as Python saves it. */
  public void save(Path folder) throws IOException {
    traced().save(folder);
    Path file = folder.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    // These say that this toolkit wrote it.
    saved.getMetaGraphsBuilder(0).clearCollectionDef();
    Files.write(file, saved.build().toByteArray());
  }

  /** The model as it was traced: a call of functions. */
  public GraphModel traced() {
    weights.clear();
    random.setSeed(7);
    functions.clear();
    FunctionWriter inner = new FunctionWriter("__inference__wrapped_model_1");
    DataType type = words > 0 ? DataType.DT_INT32 : DataType.DT_FLOAT;
    String logits = network(inner, inner.argument("image", type));
    inner.result("Identity", inner.op("Identity", "Identity", logits, "^NoOp"));
    inner.op("NoOp", "NoOp");
    functions.add(inner.build());

    GraphDef.Builder graph =
        GraphDef.newBuilder().setVersions(VersionDef.newBuilder().setProducer(1994));
    long time = open ? -1 : steps;
    graph.addNode(
        NodeBuilder.op("Placeholder", "serving_default_image")
            .attr("dtype", type)
            .attr("shape", words > 0 ? Shape.of(-1, time) : Shape.of(-1, time, features))
            .build());
    List<Variable> variables = new ArrayList<>();
    List<DataType> types = new ArrayList<>(List.of(type));
    NodeBuilder call =
        NodeBuilder.op("StatefulPartitionedCall", "StatefulPartitionedCall")
            .inputs("serving_default_image");
    weights.forEach(
        (name, value) -> {
          graph.addNode(
              NodeBuilder.op("VarHandleOp", name)
                  .attr("dtype", DataType.DT_FLOAT)
                  .attr("shape", TensorProtos.shape(value))
                  .attr("shared_name", name)
                  .build());
          call.inputs(name);
          types.add(DataType.DT_RESOURCE);
          variables.add(new Variable(name, Variable.Kind.RESOURCE, true, value));
        });
    graph.addNode(
        call.attr("Tin", types)
            .attr("Tout", List.of(DataType.DT_FLOAT))
            .attr("f", FunctionWriter.function(inner.name()))
            .build());
    graph.getLibraryBuilder().addAllFunction(functions);
    return GraphModel.of(
        graph.build(),
        Endpoints.builder()
            .input("image", "serving_default_image")
            .output("logits", "StatefulPartitionedCall")
            .build(),
        variables);
  }

  private String network(FunctionWriter f, String input) {
    String x = input;
    String mask = null;
    int width = features;
    if (words > 0) {
      String table = weight(f, "embedding/embeddings", Shape.of(words, features));
      if (masked) {
        mask = f.op("NotEqual", "embedding/NotEqual", x, f.number("embedding/NotEqual/y", 0));
      }
      x =
          f.op(
              "ResourceGather",
              "embedding/embedding_lookup",
              Map.of("dtype", DataType.DT_FLOAT),
              table,
              x);
    }
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      String scope = layer.cell().layer() + (i == 0 ? "" : "_" + i) + "/";
      if (layer.bidirectional()) {
        String forward = layer(f, "bidirectional/forward_" + scope, x, mask, layer, width, false);
        String backward = layer(f, "bidirectional/backward_" + scope, x, mask, layer, width, true);
        if (layer.sequences()) {
          String name = "bidirectional/" + scope + "ReverseV2";
          backward = f.op("ReverseV2", name, backward, f.numbers(name + "/axis", 1));
        }
        String name = "bidirectional/" + scope + "concat";
        x = f.op("ConcatV2", name, forward, backward, f.number(name + "/axis", -1));
        width = 2 * layer.units();
      } else {
        x = layer(f, scope, x, mask, layer, width, layer.backwards());
        width = layer.units();
      }
    }
    return head(f, x, width);
  }

  /** A dense layer, for each step of a sequence alike. */
  private String head(FunctionWriter f, String x, int width) {
    boolean sequences = layers.get(layers.size() - 1).sequences();
    String rows = x;
    if (sequences) {
      rows = f.op("Reshape", "time/Reshape", x, f.numbers("time/Reshape/shape", -1, width));
    }
    String kernel = read(f, "dense/kernel", weight(f, "dense/kernel", Shape.of(width, classes)));
    String bias = read(f, "dense/bias", weight(f, "dense/bias", Shape.of(classes)));
    String y = f.op("BiasAdd", "dense/BiasAdd", f.op("MatMul", "dense/MatMul", rows, kernel), bias);
    return sequences
        ? f.op(
            "Reshape", "time/Reshape_1", y, f.numbers("time/Reshape_1/shape", -1, steps, classes))
        : y;
  }

  private String layer(
      FunctionWriter f,
      String scope,
      String x,
      @Nullable String mask,
      Layer layer,
      int width,
      boolean backwards) {
    KerasCell cell = layer.cell();
    int units = layer.units();
    String base = scope + cell.layer() + "_cell/";
    List<String> handles =
        List.of(
            weight(f, base + "kernel", cell.kernel(width, units)),
            weight(f, base + "recurrent_kernel", cell.recurrent(units)),
            weight(f, base + "bias", cell.bias(units)));
    String zeros = KerasLoop.initialState(f, scope, x, units);
    List<String> states = new ArrayList<>();
    for (int i = 0; i < cell.states(); i++) {
      states.add(zeros);
    }
    boolean zeroed = layer.bidirectional() && layer.sequences();
    KerasLoop.Options options =
        new KerasLoop.Options(cell, units, layer.sequences(), backwards, zeroed);
    int known = open ? -1 : steps;
    if (style == Style.KERAS_3) {
      KerasLoop loop = new KerasLoop(f, scope, options, known, functions);
      KerasLoop.Result result = loop.write(x, mask, states, handles, true);
      return layer.sequences() ? result.sequence() : result.last();
    }
    List<String> arguments = new ArrayList<>(List.of(x));
    arguments.addAll(states);
    handles.forEach(handle -> arguments.add(read(f, scope + "read", handle)));
    if (mask != null) {
      arguments.add(mask);
    }
    return call(f, scope, options, known, arguments, cell.states(), mask != null);
  }

  /** The function that Keras 2 has for each kind of device. */
  private String call(
      FunctionWriter f,
      String scope,
      KerasLoop.Options options,
      int known,
      List<String> arguments,
      int states,
      boolean withMask) {
    FunctionWriter inner =
        new FunctionWriter(
            "__inference_standard_" + options.cell().layer() + "_" + functions.size());
    inner.attribute("api_implements", options.cell().layer() + "_" + functions.size());
    inner.attribute("api_preferred_device", "CPU");
    List<String> own = new ArrayList<>();
    for (String argument : arguments) {
      own.add(inner.argument("argument_" + own.size(), f.type(argument)));
    }
    KerasLoop.Result result =
        new KerasLoop(inner, "", options, known, functions)
            .write(
                own.get(0),
                withMask ? own.get(own.size() - 1) : null,
                own.subList(1, 1 + states),
                own.subList(1 + states, 4 + states),
                false);
    inner.result("Identity", inner.op("Identity", "Identity", result.last()));
    inner.result("Identity_1", inner.op("Identity", "Identity_1", result.sequence()));
    for (String state : result.states()) {
      String name = "Identity_state" + result.states().indexOf(state);
      inner.result(name, inner.op("Identity", name, state));
    }
    functions.add(inner.build());
    List<DataType> types = new ArrayList<>();
    for (int i = 0; i < 2 + states; i++) {
      types.add(DataType.DT_FLOAT);
    }
    String first =
        f.op(
            "PartitionedCall",
            scope + "PartitionedCall",
            Map.of("f", FunctionWriter.function(inner.name()), "Tout", types),
            arguments.toArray(String[]::new));
    return options.sequences() ? FunctionWriter.output(first, 1) : first;
  }

  private static String read(FunctionWriter f, String name, String handle) {
    return f.op(
        "ReadVariableOp",
        name + "/" + handle + "/ReadVariableOp",
        Map.of("dtype", DataType.DT_FLOAT),
        handle);
  }

  /** A variable of the model, as an argument of the function. */
  private String weight(FunctionWriter f, String name, Shape shape) {
    float[] values = new float[(int) shape.size()];
    double scale = shape.numDimensions() > 1 ? Math.sqrt(3.0 / shape.get(0)) : 0.1;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * (2 * random.nextDouble() - 1));
    }
    weights.put(name, TensorProtos.floats(shape, values));
    return f.argument(name.replace('/', '_') + "_resource", DataType.DT_RESOURCE);
  }

  /**
   * Computes the logits of one sequence by the cells' equations.
   *
   * @param input features of all steps, or words
   * @return as many as there are classes, for each step if the last layer gives sequences
   */
  public double[] expected(float[] input) {
    if (weights.isEmpty()) {
      traced();
    }
    double[][] x = new double[steps][];
    boolean[] valid = new boolean[steps];
    for (int t = 0; t < steps; t++) {
      x[t] = new double[features];
      valid[t] = !masked || input[t] != 0;
      for (int i = 0; i < features; i++) {
        x[t][i] =
            words > 0
                ? floats("embedding/embeddings")[(int) input[t] * features + i]
                : input[t * features + i];
      }
    }
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      String scope = layer.cell().layer() + (i == 0 ? "" : "_" + i) + "/";
      if (layer.bidirectional()) {
        double[][] forward = run("bidirectional/forward_" + scope, layer, x, valid, false);
        double[][] backward = run("bidirectional/backward_" + scope, layer, x, valid, true);
        x = joined(forward, backward, layer.sequences());
      } else {
        x = run(scope, layer, x, valid, layer.backwards());
      }
    }
    double[] logits = new double[x.length * classes];
    for (int t = 0; t < x.length; t++) {
      double[] y = KerasCell.product(x[t], floats("dense/kernel"), classes);
      for (int c = 0; c < classes; c++) {
        logits[t * classes + c] = y[c] + floats("dense/bias")[c];
      }
    }
    return logits;
  }

  /** Backward sequences are in the order in which they were computed, and turned around here. */
  private static double[][] joined(double[][] forward, double[][] backward, boolean sequences) {
    double[][] both = new double[forward.length][];
    for (int t = 0; t < both.length; t++) {
      double[] other = backward[sequences ? both.length - 1 - t : t];
      both[t] =
          java.util.stream.DoubleStream.concat(
                  java.util.Arrays.stream(forward[t]), java.util.Arrays.stream(other))
              .toArray();
    }
    return both;
  }

  private double[][] run(
      String scope, Layer layer, double[][] x, boolean[] valid, boolean backwards) {
    KerasCell cell = layer.cell();
    String base = scope + cell.layer() + "_cell/";
    List<float[]> own =
        List.of(floats(base + "kernel"), floats(base + "recurrent_kernel"), floats(base + "bias"));
    double[][] state = cell.zeros(layer.units());
    double[][] outputs = new double[steps][];
    double[] previous = new double[layer.units()];
    boolean zeroed = layer.bidirectional() && layer.sequences();
    for (int step = 0; step < steps; step++) {
      int t = backwards ? steps - 1 - step : step;
      if (valid[t]) {
        state = cell.compute(x[t], state, own);
        previous = state[0];
        outputs[step] = previous;
      } else {
        outputs[step] = zeroed ? new double[layer.units()] : previous;
      }
    }
    return layer.sequences() ? outputs : new double[][] {outputs[steps - 1]};
  }

  private float[] floats(String name) {
    TensorProto value = weights.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name);
    }
    return TensorProtos.toFloats(value);
  }
}
