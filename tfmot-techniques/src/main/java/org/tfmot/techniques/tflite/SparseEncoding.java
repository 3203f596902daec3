package org.tfmot.techniques.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.tfmot.techniques.tflite.flatbuffer.FileSchema;
import org.tfmot.techniques.tflite.flatbuffer.FlatCopy;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Writes a model again with its sparse weights stored as what is not zero and where. A weight's
 * place in the graph is taken by a {@code DENSIFY} of the stored one, which the runtime executes
 * once.
 */
final class SparseEncoding {

  /** The operations whose weights are stored sparsely. */
  private static final Set<String> SPARSE =
      Set.of("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED");

  private static final int DENSIFY = 124;

  /** Their options refer to further data, which a copy would have to know. */
  private static final Set<String> UNKNOWN_OPTIONS =
      Set.of("CONCAT_EMBEDDINGS", "BUCKETIZE", "VAR_HANDLE");

  private static final Set<String> DIMENSION_OPTIONS = Set.of("RESHAPE", "SQUEEZE");

  private final TfLiteModel model;
  private final FlatTable root;
  private final FlatTable graph;
  private final FlatBufferBuilder builder = new FlatBufferBuilder(1024);
  private final FlatCopy copy = new FlatCopy(builder);
  private final Map<Integer, SparseWeight> weights = new LinkedHashMap<>();

  private SparseEncoding(TfLiteModel model) {
    this.model = model;
    root = FlatTable.root(ByteBuffer.wrap(model.toByteArray()));
    graph = root.getTables(2).get(0);
    builder.forceDefaults(true);
  }

  /**
   * The model with all float weights stored sparsely that take less room so.
   *
   * @throws IllegalArgumentException if a weight is stored sparsely already, is not float32, or an
   *     operation cannot be copied
   */
  static TfLiteModel apply(TfLiteModel model) {
    SparseEncoding encoding = new SparseEncoding(model);
    encoding.check();
    encoding.findWeights();
    return encoding.weights.isEmpty() ? model : TfLiteModel.of(encoding.write());
  }

  private void check() {
    Set<String> unknown = new TreeSet<>();
    List<FlatTable> operators = graph.getTables(3);
    for (int i = 0; i < operators.size(); i++) {
      String name = model.operators().get(i).name();
      // large_custom_options_offset 9, builtin_options_2 12
      boolean later = operators.get(i).has(9) || operators.get(i).has(12);
      if (later || UNKNOWN_OPTIONS.contains(name) || name.startsWith("BUILTIN_")) {
        unknown.add(name);
      }
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "the sparse encoding does not know the operations %s: convert without sparse()"
              .formatted(unknown));
    }
  }

  private void findWeights() {
    for (int index : model.weightIndexes(operator -> SPARSE.contains(operator.name()))) {
      TfLiteTensor tensor = model.tensors().get(index);
      if (tensor.isSparse() || tensor.type() != TensorType.FLOAT32) {
        throw new IllegalArgumentException(
            "the sparse encoding takes dense weights of type FLOAT32, not \"%s\" of type %s%s"
                .formatted(tensor.name(), tensor.type(), tensor.isSparse() ? ", sparse" : ""));
      }
      SparseWeight weight = SparseWeight.of(tensor);
      if (weight.size() < tensor.data().remaining()) {
        weights.put(index, weight);
      }
    }
  }

  private byte[] write() {
    // Buffer 0 is the empty one by convention: what DENSIFY computes has no values in the file.
    List<Integer> buffers = buffers();
    List<Integer> codes = copy.tables(root.getTables(1), FileSchema.OPERATOR_CODE);
    codes.add(densifyCode());
    List<Integer> operators = operators(codes.size() - 1);
    List<Integer> tensors = tensors(buffers.size() - weights.size());
    int subgraph =
        copy.table(
            graph,
            FileSchema.SUBGRAPH,
            Map.of(0, copy.vector(tensors), 3, copy.vector(operators)),
            Map.of());
    Map<Integer, Integer> parts =
        Map.of(
            1, copy.vector(codes),
            2, copy.vector(List.of(subgraph)),
            4, copy.vector(buffers));
    builder.finish(copy.table(root, FileSchema.MODEL, parts, Map.of()), "TFL3");
    return builder.sizedByteArray();
  }

  /** The buffers of the model, emptied where a weight is stored sparsely, and those of these. */
  private List<Integer> buffers() {
    List<FlatTable> tensors = graph.getTables(0);
    Set<Integer> dropped = new TreeSet<>();
    weights.keySet().forEach(index -> dropped.add(tensors.get(index).getInt(2, 0)));
    for (int i = 0; i < tensors.size(); i++) {
      if (!weights.containsKey(i)) {
        // Another tensor of the same values still needs them.
        dropped.remove(tensors.get(i).getInt(2, 0));
      }
    }
    List<Integer> places = new ArrayList<>();
    for (ByteBuffer data : model.buffers()) {
      places.add(buffer(dropped.contains(places.size()) ? ByteBuffer.allocate(0) : data));
    }
    weights.values().forEach(weight -> places.add(buffer(weight.values())));
    return places;
  }

  private int buffer(ByteBuffer data) {
    // The runtime computes with them where they lie.
    int place = data.hasRemaining() ? copy.bytes(data, 1, 16) : 0;
    builder.startTable(1);
    if (place != 0) {
      builder.addOffset(0, place, 0);
    }
    return builder.endTable();
  }

  private int densifyCode() {
    // deprecated_builtin_code 0, version 2, builtin_code 3
    builder.startTable(4);
    builder.addInt(3, DENSIFY, 0);
    builder.addInt(2, 1, 0);
    builder.addByte(0, (byte) DENSIFY, 0);
    return builder.endTable();
  }

  private List<Integer> operators(int densify) {
    List<Integer> places = new ArrayList<>();
    int stored = model.tensors().size();
    for (int index : weights.keySet()) {
      int inputs = copy.ints(List.of(stored++));
      int outputs = copy.ints(List.of(index));
      builder.startTable(3);
      builder.addOffset(2, outputs, 0);
      builder.addOffset(1, inputs, 0);
      builder.addInt(0, densify, 0);
      places.add(builder.endTable());
    }
    List<FlatTable> operators = graph.getTables(3);
    for (int i = 0; i < operators.size(); i++) {
      FlatTable options = operators.get(i).getTable(4);
      boolean dimensions = DIMENSION_OPTIONS.contains(model.operators().get(i).name());
      Map<Integer, Integer> copied = Map.of();
      if (options != null) {
        copied =
            Map.of(
                4, dimensions ? copy.table(options, FileSchema.DIMENSIONS) : copy.numbers(options));
      }
      places.add(copy.table(operators.get(i), FileSchema.OPERATOR, copied, Map.of()));
    }
    return places;
  }

  /** The tensors of the model, and those that are stored. */
  private List<Integer> tensors(int firstBuffer) {
    List<FlatTable> tensors = graph.getTables(0);
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      int buffer = weights.containsKey(i) ? 0 : tensors.get(i).getInt(2, 0);
      places.add(copy.table(tensors.get(i), FileSchema.TENSOR, Map.of(), Map.of(2, buffer)));
    }
    int buffer = firstBuffer;
    for (Map.Entry<Integer, SparseWeight> weight : weights.entrySet()) {
      FlatTable dense = tensors.get(weight.getKey());
      // name 3, sparsity 6
      Map<Integer, Integer> own =
          Map.of(
              3, builder.createString(dense.getString(3) + "/sparse"),
              6, weight.getValue().write(builder, copy));
      places.add(copy.table(dense, FileSchema.TENSOR, own, Map.of(2, buffer++)));
    }
    return places;
  }
}
