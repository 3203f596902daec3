package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_TENSORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_SCALE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_ZERO_POINT;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_QUANTIZATION;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_TYPE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tfmot.techniques.tflite.flatbuffer.FlatAppendix;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;

/**
 * Keeps the kernels of depthwise convolutions in float32 where the other weights are int8 and the
 * activations float. Of all operations whose weights the converter stores so, the depthwise
 * convolution alone has no kernel for it in XNNPACK: on the runtime's own it takes 8 to 60 times as
 * long as in float. Its kernels are few of a model's weights.
 */
final class FloatDepthwise {

  private static final String DEPTHWISE = "DEPTHWISE_CONV_2D";

  /** Of a table, a count and what aligns them. */
  private static final int LARGEST_OVERHEAD = 64;

  private final FlatAppendix file;
  private final List<FlatTable> tensors;
  private final ConstantValues constants;

  private FloatDepthwise(TfLiteModel model, int room) {
    file = new FlatAppendix(model.toByteArray(), room);
    FlatTable root = FlatTable.root(file.bytes().duplicate().rewind());
    tensors = root.getTables(MODEL_SUBGRAPHS).get(0).getTables(GRAPH_TENSORS);
    constants = new ConstantValues(model, file, root, tensors);
  }

  /** Returns whether a model has a depthwise convolution with an int8 kernel. */
  static boolean isNeeded(TfLiteModel dynamic) {
    return kernels(dynamic).values().stream()
        .map(dynamic.tensors()::get)
        .anyMatch(kernel -> kernel.isConstant() && kernel.type() == TensorType.INT8);
  }

  /**
   * Replaces the kernels.
   *
   * @param dynamic the model with int8 weights
   * @param exact the same model with float32 weights
   */
  static TfLiteModel apply(TfLiteModel dynamic, TfLiteModel exact) {
    Map<String, TfLiteTensor> kernels = new HashMap<>();
    kernels(exact).forEach((output, kernel) -> kernels.put(output, exact.tensors().get(kernel)));
    Map<Integer, float[]> values = new TreeMap<>();
    kernels(dynamic)
        .forEach(
            (output, kernel) -> {
              TfLiteTensor rounded = dynamic.tensors().get(kernel);
              if (rounded.isConstant() && rounded.type() == TensorType.INT8) {
                values.put(kernel, kernels.getOrDefault(output, rounded).toFloats());
              }
            });
    int room =
        values.values().stream()
            .mapToInt(kernel -> Float.BYTES * kernel.length + LARGEST_OVERHEAD)
            .sum();
    FloatDepthwise edit = new FloatDepthwise(dynamic, room);
    values.forEach(edit::replace);
    return TfLiteModel.of(edit.file.toByteArray());
  }

  /** The kernel of each depthwise convolution, by the name of the convolution's output. */
  private static Map<String, Integer> kernels(TfLiteModel model) {
    Map<String, Integer> kernels = new HashMap<>();
    for (TfLiteOperator operator : model.operators()) {
      if (operator.name().equals(DEPTHWISE)) {
        String output = model.tensors().get(operator.outputs().get(0)).name();
        kernels.put(output, operator.inputs().get(1));
      }
    }
    return kernels;
  }

  private void replace(int kernel, float[] values) {
    FlatTable tensor = tensors.get(kernel);
    file.bytes().put(tensor.locate(TENSOR_TYPE), (byte) TensorType.FLOAT32.ordinal());
    FlatTable quantization = tensor.getTable(TENSOR_QUANTIZATION);
    if (quantization != null) {
      clear(quantization.vector(QUANTIZATION_SCALE, Float.BYTES));
      clear(quantization.vector(QUANTIZATION_ZERO_POINT, Long.BYTES));
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    constants.set(kernel, bytes);
  }

  /** Leaves a vector, if there is one, without elements. */
  private void clear(int vector) {
    if (vector != 0) {
      file.bytes().putInt(vector - Integer.BYTES, 0);
    }
  }
}
