package org.tfmot.techniques.tflite;

import com.google.errorprone.annotations.FormatMethod;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ndarray.Shape;
import org.tfmot.techniques.tflite.flatbuffer.BuiltinOperators;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;
import org.tfmot.techniques.tflite.flatbuffer.SparseLayout;

/**
 * Reads the file format. Comments name the schema's fields by their numbers.
 *
 * <p>What it read is consistent: every index that it returns is in range, every constant has as
 * many bytes as its shape needs, and {@link ModelValidation} passes.
 */
final class ModelParser {

  private static final int SCHEMA_VERSION = 3;
  private static final String IDENTIFIER = "TFL3";

  private final ByteBuffer file;
  final List<ByteBuffer> buffers = new ArrayList<>();
  final List<Subgraph> subgraphs = new ArrayList<>();
  final List<String> signatures = new ArrayList<>();
  final Map<String, Integer> inputs = new LinkedHashMap<>();
  final Map<String, Integer> outputs = new LinkedHashMap<>();

  private ModelParser(ByteBuffer file) {
    this.file = file;
  }

  /**
   * Reads a model.
   *
   * @throws IllegalArgumentException if the bytes are not a whole and consistent model
   */
  static ModelParser parse(ByteBuffer file) {
    ModelParser parser = new ModelParser(file.slice().order(ByteOrder.LITTLE_ENDIAN));
    try {
      parser.requireIdentifier();
      parser.model(FlatTable.root(file));
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "the TensorFlow Lite model is truncated or corrupt (%d bytes)"
              .formatted(file.remaining()),
          e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a sound TensorFlow Lite model (%d bytes): %s"
              .formatted(file.remaining(), e.getMessage()),
          e);
    }
    return parser;
  }

  private void requireIdentifier() {
    for (int i = 0; i < IDENTIFIER.length(); i++) {
      if (file.get(4 + i) != IDENTIFIER.charAt(i)) {
        throw new IllegalArgumentException("the identifier " + IDENTIFIER + " is missing");
      }
    }
  }

  private void model(FlatTable model) {
    // version 0, operator_codes 1, subgraphs 2, buffers 4, signature_defs 7
    int version = model.getInt(0, 0);
    require(version == SCHEMA_VERSION, "schema version %s instead of 3", version);
    model.getTables(4).forEach(table -> buffers.add(buffer(table)));
    List<FlatTable> graphs = model.getTables(2);
    require(!graphs.isEmpty(), "no subgraph");
    List<FlatTable> codes = model.getTables(1);
    for (FlatTable graph : graphs) {
      subgraphs.add(subgraph(graph, codes));
    }
    endpoints(model.getTables(7), subgraphs.get(0));
    ModelValidation.check(subgraphs);
  }

  /** The graph that a run starts with. */
  Subgraph main() {
    return subgraphs.get(0);
  }

  private Subgraph subgraph(FlatTable graph, List<FlatTable> codes) {
    // tensors 0, inputs 1, outputs 2, operators 3
    List<TfLiteTensor> tensors = new ArrayList<>();
    Set<Integer> variables = new HashSet<>();
    for (FlatTable table : graph.getTables(0)) {
      if (table.getByte(5) != 0) {
        variables.add(tensors.size());
      }
      tensors.add(tensor(table));
    }
    List<TfLiteOperator> operators = new ArrayList<>();
    List<OperatorOptions> options = new ArrayList<>();
    for (FlatTable table : graph.getTables(3)) {
      operators.add(operator(table, codes, tensors.size()));
      // builtin_options_type 3, builtin_options 4, custom_options 5
      options.add(
          new OperatorOptions(table.getByte(3) & 0xFF, table.getTable(4), table.getBytes(5)));
    }
    return new Subgraph(
        subgraphs.size(),
        tensors,
        operators,
        options,
        indexes(graph.getInts(1), 0, tensors.size()),
        indexes(graph.getInts(2), 0, tensors.size()),
        variables);
  }

  private ByteBuffer buffer(FlatTable table) {
    // data 0, offset 1, size 2: the latter two for data behind the flatbuffer
    long offset = table.getLong(1);
    if (offset > 1) {
      return file.slice(Math.toIntExact(offset), Math.toIntExact(table.getLong(2)));
    }
    ByteBuffer data = table.getBytes(0);
    return data == null ? ByteBuffer.allocate(0) : data;
  }

  private TfLiteTensor tensor(FlatTable table) {
    // shape 0, type 1, buffer 2, name 3, quantization 4, is_variable 5, sparsity 6,
    // shape_signature 7
    String name = table.getString(3);
    int code = table.getByte(1);
    TensorType[] types = TensorType.values();
    require(
        code >= 0 && code < types.length, "tensor \"%s\" is of the unknown type %s", name, code);
    Shape shape = shape(table.getInts(0));
    require(!shape.hasUnknownDimension(), "tensor \"%s\" has the shape %s", name, shape);
    int buffer = table.getInt(2, 0);
    require(buffer >= 0 && buffer < buffers.size(), "tensor \"%s\" has no buffer %s", name, buffer);
    ByteBuffer data = buffers.get(buffer);
    TensorType type = types[code];
    FlatTable sparsity = table.getTable(6);
    if (sparsity != null && data.hasRemaining()) {
      require(type.bits() >= 8, "the sparse constant \"%s\" is of type %s", name, type);
      data = SparseLayout.read(sparsity).toDense(data, shape, type.bits() / 8);
    } else if (data.hasRemaining() && type.bits() > 0) {
      long size = (shape.size() * type.bits() + 7) / 8;
      require(
          size == data.remaining(),
          "constant \"%s\" needs %s bytes, not %s",
          name,
          size,
          data.remaining());
    }
    Shape signature = table.has(7) ? shape(table.getInts(7)) : shape;
    require(
        signature.numDimensions() == shape.numDimensions(),
        "tensor \"%s\" has the shape %s but the signature %s",
        name,
        shape,
        signature);
    return new TfLiteTensor(
        name,
        type,
        shape,
        signature,
        quantization(table.getTable(4), shape),
        data.asReadOnlyBuffer(),
        sparsity != null);
  }

  private static Shape shape(List<Integer> sizes) {
    return Shape.of(sizes.stream().mapToLong(Integer::longValue).toArray());
  }

  private static @Nullable Quantization quantization(@Nullable FlatTable table, Shape shape) {
    // scale 2, zero_point 3, quantized_dimension 6
    if (table == null || table.getFloats(2).isEmpty()) {
      return null;
    }
    Quantization result =
        new Quantization(table.getFloats(2), table.getLongs(3), table.getInt(6, 0));
    int count = result.scales().size();
    int axis = result.axis();
    boolean axisFits = axis >= 0 && axis < shape.numDimensions() && shape.get(axis) == count;
    require(
        result.zeroPoints().isEmpty() || result.zeroPoints().size() == count,
        "%s scales but %s zero points",
        count,
        result.zeroPoints().size());
    require(count == 1 || axisFits, "%s scales along axis %s of %s", count, axis, shape);
    return result;
  }

  private TfLiteOperator operator(FlatTable table, List<FlatTable> codes, int tensors) {
    // opcode_index 0, inputs 1, outputs 2
    int index = table.getInt(0, 0);
    require(index >= 0 && index < codes.size(), "an operation has no code %s", index);
    // deprecated_builtin_code 0, custom_code 1, version 2, builtin_code 3; old files lack the last
    FlatTable code = codes.get(index);
    int builtin = Math.max(code.getByte(0), code.getInt(3, 0));
    boolean custom = builtin == BuiltinOperators.CUSTOM;
    return new TfLiteOperator(
        custom ? code.getString(1) : BuiltinOperators.name(builtin),
        code.getInt(2, 1),
        custom,
        indexes(table.getInts(1), -1, tensors),
        indexes(table.getInts(2), 0, tensors));
  }

  private void endpoints(List<FlatTable> table, Subgraph graph) {
    // inputs 0, outputs 1, signature_key 2, subgraph_index 4
    FlatTable first = null;
    for (FlatTable signature : table) {
      if (signature.getInt(4, 0) != graph.index()) {
        signatures.add(signature.getString(2));
      } else if (first == null) {
        first = signature;
        signatures.add(0, signature.getString(2));
      } else {
        signatures.add(signature.getString(2));
      }
    }
    if (first != null) {
      names(first.getTables(0), graph.inputs(), inputs, "input");
      names(first.getTables(1), graph.outputs(), outputs, "output");
    } else {
      List<TfLiteTensor> tensors = graph.tensors();
      graph.inputs().forEach(index -> endpoint(inputs, tensors.get(index).name(), index, "input"));
      graph
          .outputs()
          .forEach(index -> endpoint(outputs, tensors.get(index).name(), index, "output"));
    }
  }

  private static void names(
      List<FlatTable> maps, List<Integer> indexes, Map<String, Integer> names, String role) {
    for (FlatTable map : maps) {
      // name 0, tensor_index 1
      int index = map.getInt(1, 0);
      String name = map.getString(0);
      require(indexes.contains(index), "the signature's \"%s\" is not an endpoint", name);
      endpoint(names, name, index, role);
    }
  }

  /** Adds an endpoint; a name that another one has gets a number, as TensorFlow's tensors do. */
  private static void endpoint(
      Map<String, Integer> endpoints, String name, int index, String role) {
    String stem = name.isEmpty() ? role : name;
    String unique = stem;
    for (int i = 1; endpoints.getOrDefault(unique, index) != index; i++) {
      unique = stem + ":" + i;
    }
    endpoints.put(unique, index);
  }

  private static List<Integer> indexes(List<Integer> values, int smallest, int tensors) {
    for (int index : values) {
      require(index >= smallest && index < tensors, "a reference to a tensor %s", index);
    }
    return values;
  }

  @FormatMethod
  private static void require(boolean condition, String message, Object... details) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(details));
    }
  }
}
