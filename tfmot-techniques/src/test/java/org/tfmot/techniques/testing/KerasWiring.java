package org.tfmot.techniques.testing;

import java.io.IOException;
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
import org.tensorflow.proto.VersionDef;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/** What stands around Keras's recurrent layers in models of Python: an LSTM or a GRU each. */
public enum KerasWiring {
  /** {@code return_state=True}: the states are outputs. */
  STATES_AS_OUTPUTS,
  /** A decoder that is called step by step: the states are inputs and outputs. */
  STATES_AS_INPUTS,
  /** The last output is repeated for a decoder that begins with the encoder's states. */
  ENCODER_DECODER,
  /** {@code Bidirectional(merge_mode="sum")}. */
  MERGED_BY_SUM,
  /** {@code Bidirectional(merge_mode="mul")}. */
  MERGED_BY_PRODUCT,
  /** {@code Bidirectional(merge_mode="ave")}. */
  MERGED_BY_AVERAGE,
  /** {@code Bidirectional(merge_mode=None)}: two outputs. */
  NOT_MERGED,
  /** {@code Attention} of the sequence over itself. */
  ATTENTION;

  private static final int UNITS = 6;

  /** The length of a sequence. */
  public static final int STEPS = 4;

  /** The features of a step. */
  public static final int FEATURES = 3;

  /** The shapes of the inputs for a batch. */
  public Map<String, Shape> inputs(KerasCell cell, long batch) {
    Map<String, Shape> inputs = new LinkedHashMap<>();
    inputs.put("image", Shape.of(batch, STEPS, FEATURES));
    for (int i = 0; i < cell.states() && this == STATES_AS_INPUTS; i++) {
      inputs.put("state" + i, Shape.of(batch, UNITS));
    }
    return inputs;
  }

  /**
   * Writes the model as Python saves it, and loads it as users do.
   *
   * @param folder for the SavedModel
   */
  public GraphModel load(KerasCell cell, Path folder) throws IOException {
    traced(cell).save(folder);
    Path file = folder.resolve("saved_model.pb");
    SavedModel.Builder saved = SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    saved.getMetaGraphsBuilder(0).clearCollectionDef();
    Files.write(file, saved.build().toByteArray());
    return GraphModel.load(folder);
  }

  /** The model as it was traced: a call of a function with loops. */
  public GraphModel traced(KerasCell cell) {
    Writer writer = new Writer(cell);
    List<String> results = writer.write(this);
    for (int i = 0; i < results.size(); i++) {
      writer.f.result("Identity_" + i, results.get(i));
    }
    writer.functions.add(writer.f.build());
    GraphDef.Builder graph =
        GraphDef.newBuilder().setVersions(VersionDef.newBuilder().setProducer(1994));
    Endpoints.Builder endpoints = Endpoints.builder();
    NodeBuilder call = NodeBuilder.op("StatefulPartitionedCall", "StatefulPartitionedCall");
    List<DataType> types = new ArrayList<>();
    inputs(cell, -1)
        .forEach(
            (name, shape) -> {
              graph.addNode(
                  NodeBuilder.op("Placeholder", "serving_default_" + name)
                      .attr("dtype", DataType.DT_FLOAT)
                      .attr("shape", shape)
                      .build());
              call.inputs("serving_default_" + name);
              types.add(DataType.DT_FLOAT);
              endpoints.input(name, "serving_default_" + name);
            });
    List<DataType> out = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      out.add(DataType.DT_FLOAT);
      endpoints.output("output" + i, "StatefulPartitionedCall:" + i);
    }
    graph.addNode(
        call.attr("Tin", types)
            .attr("Tout", out)
            .attr("f", FunctionWriter.function(writer.f.name()))
            .build());
    graph.getLibraryBuilder().addAllFunction(writer.functions);
    return GraphModel.of(graph.build(), endpoints.build(), List.of());
  }

  private static final class Writer {
    private final KerasCell cell;
    private final FunctionWriter f = new FunctionWriter("__inference_wiring_1");
    private final List<FunctionDef> functions = new ArrayList<>();
    private final Random random = new Random(7);

    Writer(KerasCell cell) {
      this.cell = cell;
    }

    List<String> write(KerasWiring wiring) {
      String x = f.argument("image", DataType.DT_FLOAT);
      return switch (wiring) {
        case STATES_AS_OUTPUTS -> withStates(layer("rnn/", x, FEATURES, null, false));
        case STATES_AS_INPUTS -> {
          List<String> states = new ArrayList<>();
          for (int i = 0; i < cell.states(); i++) {
            states.add(f.argument("state" + i, DataType.DT_FLOAT));
          }
          yield withStates(layer("rnn/", x, FEATURES, states, false));
        }
        case ENCODER_DECODER -> {
          KerasLoop.Result encoder = layer("encoder/", x, FEATURES, null, false);
          String row = f.op("ExpandDims", "repeat/ExpandDims", encoder.last(), f.number("one", 1));
          String rows = f.op("Tile", "repeat/Tile", row, f.numbers("repeat/n", 1, STEPS, 1));
          yield List.of(layer("decoder/", rows, UNITS, encoder.states(), false).sequence());
        }
        case ATTENTION -> List.of(attention(layer("rnn/", x, FEATURES, null, false).sequence()));
        case NOT_MERGED -> both(x);
        case MERGED_BY_SUM ->
            List.of(f.op("AddV2", "bidirectional/add", both(x).toArray(String[]::new)));
        case MERGED_BY_PRODUCT ->
            List.of(f.op("Mul", "bidirectional/mul", both(x).toArray(String[]::new)));
        case MERGED_BY_AVERAGE -> {
          String sum = f.op("AddV2", "bidirectional/add", both(x).toArray(String[]::new));
          String two = f.constant("bidirectional/two", TensorProtos.scalar(2f));
          yield List.of(f.op("RealDiv", "bidirectional/truediv", sum, two));
        }
      };
    }

    private static List<String> withStates(KerasLoop.Result result) {
      List<String> all = new ArrayList<>(List.of(result.sequence()));
      all.addAll(result.states());
      return all;
    }

    private List<String> both(String x) {
      String forward = layer("bidirectional/forward/", x, FEATURES, null, false).sequence();
      String backward = layer("bidirectional/backward/", x, FEATURES, null, true).sequence();
      String name = "bidirectional/ReverseV2";
      return List.of(forward, f.op("ReverseV2", name, backward, f.numbers(name + "/axis", 1)));
    }

    private String attention(String sequence) {
      String scores =
          f.op("BatchMatMulV2", "attention/MatMul", Map.of("adj_y", true), sequence, sequence);
      String shares = f.op("Softmax", "attention/Softmax", scores);
      return f.op("BatchMatMulV2", "attention/MatMul_1", shares, sequence);
    }

    private KerasLoop.Result layer(
        String scope, String x, int width, @Nullable List<String> given, boolean backwards) {
      List<String> weights =
          List.of(
              weight(scope + "kernel", cell.kernel(width, UNITS)),
              weight(scope + "recurrent_kernel", cell.recurrent(UNITS)),
              weight(scope + "bias", cell.bias(UNITS)));
      List<String> states = new ArrayList<>();
      String zeros = given == null ? KerasLoop.initialState(f, scope, x, UNITS) : "";
      for (int i = 0; i < cell.states(); i++) {
        states.add(given == null ? zeros : given.get(i));
      }
      KerasLoop.Options options = new KerasLoop.Options(cell, UNITS, true, backwards, false);
      return new KerasLoop(f, scope, options, STEPS, functions)
          .write(x, null, states, weights, true);
    }

    private String weight(String name, Shape shape) {
      float[] values = new float[(int) shape.size()];
      double scale = shape.numDimensions() > 1 ? Math.sqrt(3.0 / shape.get(0)) : 0.1;
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (scale * (2 * random.nextDouble() - 1));
      }
      return f.constant(name, TensorProtos.floats(shape, values));
    }
  }
}
