package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_OPERATORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_TENSORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_CODES;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_CODE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.OPERATOR_OPTIONS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_SCALE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_ZERO_POINT;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_QUANTIZATION;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_TYPE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tfmot.techniques.tflite.flatbuffer.FlatAppendix;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Makes a file of the converter fit the runtime's kernels for 16-bit activations. The converter
 * writes biases of 32 bits, which some of them refuse and with which others accumulate in 32 bits
 * and overflow; it leaves additions the default that their scales are powers of two; and it gives
 * the logistic function another range than the one that the runtime asks for.
 *
 * <p>Numbers of options and versions are those of {@code schema.fbs} and {@code op_version.cc}.
 */
final class Int16Adaptation {

  /** The option that says of what type the bias is, for operations that have it. */
  private static final Map<String, Integer> BIAS_TYPE =
      Map.of("CONV_2D", 6, "FULLY_CONNECTED", 4, "TRANSPOSE_CONV", 4);

  /** The first versions with 16-bit activations, of operations that the converter leaves at 1. */
  private static final Map<String, Integer> VERSION =
      Map.of("ADD", 3, "SUB", 5, "DEPTHWISE_CONV_2D", 5);

  /** More than the bytes of an appended table, or of what is around a vector. */
  private static final int PIECE = 64;

  /** The runtime multiplies sums of up to 48 bits. */
  private static final double LARGEST_BIAS = 1L << 46;

  private static final Set<String> ADDITIONS = Set.of("ADD", "SUB");

  private static final float LOGISTIC_SCALE = 1f / 32768;

  private final TfLiteModel model;
  private final WideBiases biases;
  private final FlatAppendix file;
  private final List<FlatTable> codes;
  private final List<FlatTable> tensors;
  private final ConstantValues constants;
  private final List<FlatTable> operators;
  private final int codesStart;
  private final Set<Integer> widened = new HashSet<>();
  private final Set<Integer> raised = new HashSet<>();

  private Int16Adaptation(TfLiteModel model, GraphDef graph) {
    this.model = model;
    biases = new WideBiases(graph);
    file = new FlatAppendix(model.toByteArray(), room(model));
    FlatTable root = FlatTable.root(file.bytes().duplicate().rewind());
    codesStart = root.vector(MODEL_CODES, Integer.BYTES);
    codes = root.getTables(MODEL_CODES);
    FlatTable subgraph = root.getTables(MODEL_SUBGRAPHS).get(0);
    tensors = subgraph.getTables(GRAPH_TENSORS);
    constants = new ConstantValues(model, file, root, tensors);
    operators = subgraph.getTables(GRAPH_OPERATORS);
  }

  /**
   * Adapts a model.
   *
   * @param graph that it was made from
   * @throws TfLiteConversionException if the runtime cannot run it, naming what is in the way
   */
  static TfLiteModel apply(TfLiteModel model, GraphDef graph) {
    return new Int16Adaptation(model, graph).apply();
  }

  private TfLiteModel apply() {
    for (int i = 0; i < operators.size(); i++) {
      TfLiteOperator operator = model.operators().get(i);
      if (model.tensors().get(operator.outputs().get(0)).type() == TensorType.INT16) {
        widenBias(operator, operators.get(i).getTable(OPERATOR_OPTIONS));
        if (ADDITIONS.contains(operator.name())) {
          generalScales(operators.get(i));
        }
        if (operator.name().equals("LOGISTIC")) {
          setRange(operator.outputs().get(0));
        }
        raiseVersion(operator, operators.get(i).getInt(OPERATOR_CODE, 0));
      }
    }
    return TfLiteModel.of(file.toByteArray());
  }

  /** Sets the range of a tensor, from which later operations read it. */
  private void setRange(int tensor) {
    FlatTable quantization = tensors.get(tensor).getTable(TENSOR_QUANTIZATION);
    if (quantization != null) {
      file.bytes().putFloat(quantization.vector(QUANTIZATION_SCALE, Float.BYTES), LOGISTIC_SCALE);
      file.bytes().putLong(quantization.vector(QUANTIZATION_ZERO_POINT, Long.BYTES), 0);
    }
  }

  private void widenBias(TfLiteOperator operator, @Nullable FlatTable options) {
    Integer option = BIAS_TYPE.get(operator.name());
    if (option != null && options != null && options.has(option)) {
      file.bytes().put(options.locate(option), (byte) TensorType.INT64.ordinal());
    }
    int bias = WideBiases.bias(operator);
    if (bias >= 0 && model.tensors().get(bias).type() == TensorType.INT32 && widened.add(bias)) {
      file.bytes().put(tensors.get(bias).locate(TENSOR_TYPE), (byte) TensorType.INT64.ordinal());
      long[] values = biases.widen(model.tensors().get(bias), LARGEST_BIAS);
      ByteBuffer bytes =
          ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asLongBuffer().put(values);
      constants.set(bias, bytes);
    }
  }

  /** Clears the option for scales that are powers of two, and keeps the fused activation. */
  private void generalScales(FlatTable operator) {
    FlatTable options = operator.getTable(OPERATOR_OPTIONS);
    int activation = options == null ? 0 : options.getByte(0);
    file.refer(operator.locate(OPERATOR_OPTIONS), file.appendTable(activation, 0));
  }

  private void raiseVersion(TfLiteOperator operator, int index) {
    int version = VERSION.getOrDefault(operator.name(), 1);
    FlatTable code = codes.get(index);
    if (operator.version() < version && raised.add(index)) {
      // deprecated_builtin_code 0, custom_code 1, version 2, builtin_code 3
      int table = file.appendTable((int) code.getByte(0), null, version, code.getInt(3, 0));
      file.refer(codesStart + Integer.BYTES * index, table);
    }
  }

  /** At most what all the pieces take, with the bytes that align them. */
  private static int room(TfLiteModel model) {
    int room = 0;
    for (TfLiteOperator operator : model.operators()) {
      int bias = WideBiases.bias(operator);
      room += 4 * PIECE + (bias < 0 ? 0 : 2 * model.tensors().get(bias).data().remaining());
    }
    return room;
  }
}
