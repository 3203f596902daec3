package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_OPERATORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_TENSORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_BUFFERS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_CODES;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_CODE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_INPUTS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_OPTIONS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_OUTPUTS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_SCALE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_ZERO_POINT;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_BUFFER;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_QUANTIZATION;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_SIGNATURE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_TYPE;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Replaces operations of a file by others, with tensors and constants of their own.
 *
 * <p>References in a flatbuffer lead forward only. So the file as it is stays whole at the end, and
 * in front of it come new lists of its operations, tensors, constants and codes, with those that
 * are new. What no longer belongs to a list remains, unused: some bytes for each operation.
 */
final class FileEdit {

  private static final int TENSOR_NAME = 3;
  private static final int OPTIONS_TYPE = 3;
  private static final int ALIGNMENT = 16;

  private final FlatTable root;
  private final int subgraph;
  private final FlatTable graph;
  private final FlatBufferBuilder builder;
  private final int start;
  private final List<Integer> codes = new ArrayList<>();
  private final List<Integer> buffers = new ArrayList<>();
  private final List<Integer> tensors = new ArrayList<>();
  private final List<List<Integer>> operators = new ArrayList<>();
  private final Map<Integer, Integer> newCodes = new LinkedHashMap<>();

  /** Edits the graph that a run starts with. */
  FileEdit(TfLiteModel model) {
    this(model, 0);
  }

  /** Edits one of the graphs of a file. */
  FileEdit(TfLiteModel model, int subgraph) {
    byte[] file = model.toByteArray();
    root = FlatTable.root(ByteBuffer.wrap(file));
    this.subgraph = subgraph;
    graph = root.getTables(MODEL_SUBGRAPHS).get(subgraph);
    byte[] padded = new byte[(file.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT];
    System.arraycopy(file, 0, padded, 0, file.length);
    builder = new FlatBufferBuilder(padded.length + 1024);
    builder.forceDefaults(true);
    builder.prep(ALIGNMENT, padded.length);
    start = builder.createByteVector(padded) - Integer.BYTES;
    root.getTables(MODEL_CODES).forEach(table -> codes.add(place(table)));
    root.getTables(MODEL_BUFFERS).forEach(table -> buffers.add(place(table)));
    graph.getTables(GRAPH_TENSORS).forEach(table -> tensors.add(place(table)));
    graph
        .getTables(GRAPH_OPERATORS)
        .forEach(table -> operators.add(new ArrayList<>(List.of(place(table)))));
  }

  /** Removes an operation; those that are added in its place stand where it stood. */
  void remove(int operator) {
    operators.get(operator).clear();
  }

  /** Adds an operation without options where another one stands or stood. */
  void add(int at, BuiltinOperators.Code code, List<Integer> inputs, List<Integer> outputs) {
    add(at, code, inputs, outputs, 0, 0);
  }

  /** Gives an operation another code and other operands; its options stay. */
  void replace(
      int operator, BuiltinOperators.Code code, List<Integer> inputs, List<Integer> outputs) {
    remove(operator);
    addWithOptions(operator, code, inputs, outputs);
  }

  /** Adds an operation where another one stands or stood, with that one's options. */
  void addWithOptions(
      int operator, BuiltinOperators.Code code, List<Integer> inputs, List<Integer> outputs) {
    FlatTable table = graph.getTables(GRAPH_OPERATORS).get(operator);
    FlatTable options = table.getTable(OPERATOR_OPTIONS);
    add(
        operator,
        code,
        inputs,
        outputs,
        table.getByte(OPTIONS_TYPE),
        options == null ? 0 : place(options));
  }

  /** Adds a split into as many parts as there are outputs. */
  void addSplit(int at, BuiltinOperators.Code code, List<Integer> inputs, List<Integer> outputs) {
    builder.startTable(1);
    builder.addInt(0, outputs.size(), 0);
    int options = builder.endTable();
    add(at, code, inputs, outputs, OperatorOptions.number("Split"), options);
  }

  private void add(
      int at,
      BuiltinOperators.Code code,
      List<Integer> inputs,
      List<Integer> outputs,
      int optionsType,
      int options) {
    int in = ints(inputs);
    int out = ints(outputs);
    int index = newCodes.computeIfAbsent(code.number(), number -> addCode(code));
    builder.startTable(OPERATOR_OPTIONS + 1);
    if (options != 0) {
      builder.addOffset(OPERATOR_OPTIONS, options, 0);
      builder.addByte(OPTIONS_TYPE, (byte) optionsType, 0);
    }
    builder.addOffset(OPERATOR_OUTPUTS, out, 0);
    builder.addOffset(OPERATOR_INPUTS, in, 0);
    builder.addInt(OPERATOR_CODE, index, 0);
    operators.get(at).add(builder.endTable());
  }

  /** Adds a tensor without a scale that has the shape of another one. */
  int addTensor(String name, TensorType type, int like) {
    return addTensor(name, type, like, null, null, 0);
  }

  /** Adds a tensor of uint8 that has the shape and, shifted by 128, the values of one of int8. */
  int addBytes(String name, Quantization int8, int like) {
    int quantization =
        quantization(int8.scales().get(0), int8.zeroPoints().get(0) - Byte.MIN_VALUE);
    return addTensor(name, TensorType.UINT8, like, null, null, quantization);
  }

  /** Gives an input or output another type and one scale; its name and shape stay. */
  void retype(TfLiteTensor tensor, int index, TensorType type, float scale, long zeroPoint) {
    int quantization = quantization(scale, zeroPoint);
    addTensor(tensor.name(), type, index, null, null, quantization);
    tensors.set(index, tensors.remove(tensors.size() - 1));
  }

  private int quantization(float scale, long zeroPoint) {
    builder.startVector(Long.BYTES, 1, Long.BYTES);
    builder.addLong(zeroPoint);
    int zeroPoints = builder.endVector();
    int scales = ints(List.of(Float.floatToRawIntBits(scale)));
    builder.startTable(QUANTIZATION_ZERO_POINT + 1);
    builder.addOffset(QUANTIZATION_ZERO_POINT, zeroPoints, 0);
    builder.addOffset(QUANTIZATION_SCALE, scales, 0);
    return builder.endTable();
  }

  /** Adds a constant vector of bytes with the scale of another tensor. */
  int addConstant(String name, TensorType type, byte[] values, int like) {
    int buffer = addBuffer(values);
    return addTensor(name, type, like, List.of(values.length), buffer, scales(like));
  }

  /** Adds a constant with the shape of one tensor, and the type and scale of another. */
  int addConstant(String name, byte[] values, int shape, int like) {
    int buffer = addBuffer(values);
    byte type = graph.getTables(GRAPH_TENSORS).get(like).getByte(TENSOR_TYPE);
    return addTensor(name, TensorType.values()[type], shape, null, buffer, scales(like));
  }

  /** Adds a constant of one integer. */
  int addInt(String name, int value) {
    byte[] bytes = {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    return addTensor(name, TensorType.INT32, 0, List.of(1), addBuffer(bytes), 0);
  }

  /** Adds a tensor with the type, shape and scale of another one. */
  int addLike(String name, int like) {
    byte type = graph.getTables(GRAPH_TENSORS).get(like).getByte(TENSOR_TYPE);
    return addTensor(name, TensorType.values()[type], like, null, null, scales(like));
  }

  /** Adds a tensor with the shape of one tensor, and the type and scale of another. */
  int addScaled(String name, int shape, int like) {
    byte type = graph.getTables(GRAPH_TENSORS).get(like).getByte(TENSOR_TYPE);
    return addTensor(name, TensorType.values()[type], shape, null, null, scales(like));
  }

  /** Replaces an operation by a constant: its one result has the type and values of a tensor. */
  void makeConstant(int operator, TfLiteTensor constant) {
    byte[] values = new byte[constant.data().remaining()];
    constant.data().get(values);
    int tensor = graph.getTables(GRAPH_OPERATORS).get(operator).getInts(OPERATOR_OUTPUTS).get(0);
    addTensor(constant.name(), constant.type(), tensor, null, addBuffer(values), 0);
    tensors.set(tensor, tensors.remove(tensors.size() - 1));
    remove(operator);
  }

  private int addBuffer(byte[] values) {
    builder.prep(ALIGNMENT, values.length);
    int data = builder.createByteVector(values);
    builder.startTable(1);
    builder.addOffset(0, data, 0);
    buffers.add(builder.endTable());
    return buffers.size() - 1;
  }

  private int scales(int tensor) {
    FlatTable scales = graph.getTables(GRAPH_TENSORS).get(tensor).getTable(TENSOR_QUANTIZATION);
    return scales == null ? 0 : place(scales);
  }

  private int addTensor(
      String name,
      TensorType type,
      int like,
      @Nullable List<Integer> shape,
      @Nullable Integer buffer,
      int quantization) {
    FlatTable other = graph.getTables(GRAPH_TENSORS).get(like);
    int text = builder.createString(name);
    int sizes = shape == null ? 0 : ints(shape);
    builder.startTable(TENSOR_SIGNATURE + 1);
    builder.addOffset(TENSOR_NAME, text, 0);
    if (shape == null) {
      vector(other, 0);
      vector(other, TENSOR_SIGNATURE);
    } else {
      builder.addOffset(0, sizes, 0);
    }
    if (quantization != 0) {
      builder.addOffset(TENSOR_QUANTIZATION, quantization, 0);
    }
    builder.addInt(TENSOR_BUFFER, buffer == null ? 0 : buffer, 0);
    builder.addByte(TENSOR_TYPE, (byte) type.ordinal(), 0);
    tensors.add(builder.endTable());
    return tensors.size() - 1;
  }

  private int addCode(BuiltinOperators.Code code) {
    builder.startTable(4);
    builder.addInt(3, code.number(), 0);
    builder.addInt(2, code.version(), 0);
    builder.addByte(0, (byte) Math.min(code.number(), 127), 0);
    codes.add(builder.endTable());
    return codes.size() - 1;
  }

  /** The model with what was changed. */
  TfLiteModel build() {
    int newTensors = vector(tensors);
    int newOperators = vector(operators.stream().flatMap(List::stream).toList());
    builder.startTable(5);
    builder.addOffset(GRAPH_OPERATORS, newOperators, 0);
    builder.addOffset(GRAPH_TENSORS, newTensors, 0);
    vector(graph, 1);
    vector(graph, 2);
    vector(graph, 4);
    int edited = builder.endTable();
    List<Integer> subgraphs = new ArrayList<>();
    root.getTables(MODEL_SUBGRAPHS).forEach(table -> subgraphs.add(place(table)));
    subgraphs.set(subgraph, edited);
    int newSubgraphs = vector(subgraphs);
    int newCodes = vector(codes);
    int newBuffers = vector(buffers);
    builder.startTable(8);
    builder.addInt(0, root.getInt(0, 0), 0);
    builder.addOffset(MODEL_CODES, newCodes, 0);
    builder.addOffset(MODEL_SUBGRAPHS, newSubgraphs, 0);
    builder.addOffset(MODEL_BUFFERS, newBuffers, 0);
    for (int field : new int[] {3, 5, 6, 7}) { // description, metadata, signatures
      vector(root, field);
    }
    builder.finish(builder.endTable(), "TFL3");
    return TfLiteModel.of(builder.sizedByteArray());
  }

  /** Makes a field refer to the vector of numbers, or the string, that a table has in the file. */
  private void vector(FlatTable table, int field) {
    int elements = table.vector(field, 1);
    if (elements != 0) {
      builder.addOffset(field, start - (elements - Integer.BYTES), 0);
    }
  }

  private int place(FlatTable table) {
    return start - table.position();
  }

  private int vector(List<Integer> places) {
    return builder.createVectorOfTables(places.stream().mapToInt(Integer::intValue).toArray());
  }

  private int ints(List<Integer> values) {
    builder.startVector(Integer.BYTES, values.size(), Integer.BYTES);
    for (int i = values.size() - 1; i >= 0; i--) {
      builder.addInt(values.get(i));
    }
    return builder.endVector();
  }
}
