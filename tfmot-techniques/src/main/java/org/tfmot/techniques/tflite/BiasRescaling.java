package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.BUFFER_DATA;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.GRAPH_TENSORS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_BUFFERS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.MODEL_SUBGRAPHS;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.QUANTIZATION_SCALE;
import static org.tfmot.techniques.tflite.flatbuffer.SchemaFields.TENSOR_QUANTIZATION;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.tensorflow.proto.GraphDef;
import org.tfmot.techniques.tflite.flatbuffer.FlatTable;
import org.tfmot.techniques.tflite.flatbuffer.TensorBuffers;

/**
 * Rescales weights whose bias the converter cut off at 32 bits. A bias has the scale input scale x
 * weight scale; if a channel's weights are nearly zero, that is so small that an ordinary bias
 * overflows int32. This pass enlarges the weight scale of such a channel, as TFLite's quantizer
 * does. A bias that saturates the output for any input is first reduced to the smallest one that
 * does; the precision that the weights then lose is below a step of the output.
 */
final class BiasRescaling {

  /** Largest bias, so that the products have room beside it in 32 bits. */
  private static final double LARGEST = 1 << 30;

  /** Largest distance of an input from its zero, in steps. */
  private static final int INPUT_STEPS = 255;

  private final TfLiteModel model;
  private final WideBiases biases;
  private final ByteBuffer file;
  private final List<FlatTable> tensors;
  private final TensorBuffers buffers;
  private final List<FlatTable> data;

  private BiasRescaling(TfLiteModel model, GraphDef graph) {
    this.model = model;
    biases = new WideBiases(graph);
    file = ByteBuffer.wrap(model.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    FlatTable root = FlatTable.root(file);
    tensors = root.getTables(MODEL_SUBGRAPHS).get(0).getTables(GRAPH_TENSORS);
    buffers = new TensorBuffers(tensors);
    data = root.getTables(MODEL_BUFFERS);
  }

  /**
   * Restores the biases that were cut off.
   *
   * @param graph the TensorFlow graph that the model was made from
   * @throws TfLiteConversionException if a bias is not constant in the graph, or its operation
   *     shares the weight with others
   */
  static TfLiteModel apply(TfLiteModel model, GraphDef graph) {
    List<TfLiteOperator> cutOff =
        model.operators().stream().filter(operator -> isCutOff(model, operator)).toList();
    if (cutOff.isEmpty()) {
      return model;
    }
    BiasRescaling rescaling = new BiasRescaling(model, graph);
    cutOff.forEach(rescaling::widen);
    return TfLiteModel.of(rescaling.file.array());
  }

  private static boolean isCutOff(TfLiteModel model, TfLiteOperator operator) {
    int bias = WideBiases.bias(operator);
    return bias >= 0
        && model.tensors().get(bias).type() == TensorType.INT32
        && WideBiases.isCutOff(model.tensors().get(bias));
  }

  private void widen(TfLiteOperator operator) {
    int bias = WideBiases.bias(operator);
    int weight = operator.inputs().get(1);
    requireOwn(operator, bias);
    requireOwn(operator, weight);
    double[] wide = clamped(operator, biases.widen(model.tensors().get(bias), Long.MAX_VALUE));
    double[] factors = Arrays.stream(wide).map(v -> Math.max(1, Math.abs(v) / LARGEST)).toArray();
    if (scales(weight).size() == 1) {
      Arrays.fill(factors, Arrays.stream(factors).max().orElseThrow());
    }
    scale(weight, factors);
    scale(bias, factors);
    int values = data(bias);
    for (int i = 0; i < wide.length; i++) {
      file.putInt(values + Integer.BYTES * i, (int) Math.rint(wide[i] / factors[i]));
    }
    narrow(operator, factors);
  }

  /** Returns the biases, limited to where the products can lead back into the output's range. */
  private double[] clamped(TfLiteOperator operator, long[] bias) {
    double[] clamped = Arrays.stream(bias).asDoubleStream().toArray();
    Quantization output =
        model.tensors().get(operator.outputs().get(0)).quantization().orElse(null);
    if (output == null) {
      return clamped;
    }
    TfLiteTensor weight = model.tensors().get(operator.inputs().get(1));
    double[] products = new double[bias.length];
    ByteBuffer values = weight.data();
    int outputs = outputs(operator);
    for (int i = 0; i < weight.elementCount(); i++) {
      products[weight.slice(outputs, i)] += INPUT_STEPS * (double) Math.abs(values.get(i));
    }
    List<Float> steps = scales(WideBiases.bias(operator));
    for (int i = 0; i < clamped.length; i++) {
      double step = output.scales().get(0) / (double) steps.get(steps.size() == 1 ? 0 : i);
      double low = (Byte.MIN_VALUE - output.zeroPoints().get(0) - 1) * step - products[i];
      double high = (Byte.MAX_VALUE - output.zeroPoints().get(0) + 1) * step + products[i];
      clamped[i] = Math.max(low, Math.min(high, clamped[i]));
    }
    return clamped;
  }

  /** The dimension of a weight that the output's channels, and so the biases, run along. */
  private static int outputs(TfLiteOperator operator) {
    return operator.name().equals("DEPTHWISE_CONV_2D") ? 3 : 0;
  }

  /** Divides the integers of each channel. */
  private void narrow(TfLiteOperator operator, double[] factors) {
    int weight = operator.inputs().get(1);
    TfLiteTensor tensor = model.tensors().get(weight);
    int outputs = outputs(operator);
    int values = data(weight);
    for (int i = 0; i < tensor.elementCount(); i++) {
      double factor = factors[tensor.slice(outputs, i)];
      file.put(values + i, (byte) Math.rint(file.get(values + i) / factor));
    }
  }

  private void scale(int tensor, double[] factors) {
    FlatTable quantization =
        Objects.requireNonNull(tensors.get(tensor).getTable(TENSOR_QUANTIZATION));
    List<Float> scales = scales(tensor);
    int place = quantization.vector(QUANTIZATION_SCALE, Float.BYTES);
    for (int i = 0; i < scales.size(); i++) {
      file.putFloat(place + Float.BYTES * i, (float) (scales.get(i) * factors[i]));
    }
  }

  private List<Float> scales(int tensor) {
    return model.tensors().get(tensor).quantization().orElseThrow().scales();
  }

  /** Returns the offset of a constant's values in the file. */
  private int data(int tensor) {
    return data.get(buffers.of(tensor)).vector(BUFFER_DATA, 1);
  }

  private void requireOwn(TfLiteOperator operator, int tensor) {
    long readers = model.operators().stream().filter(o -> o.inputs().contains(tensor)).count();
    boolean known =
        model.tensors().get(tensor).isConstant()
            && model.tensors().get(tensor).type().bits() % 8 == 0;
    if (buffers.users(buffers.of(tensor)) != 1 || readers != 1 || !known) {
      throw new TfLiteConversionException(
          ("the bias of %s \"%s\" does not fit into 32 bits, and \"%s\" cannot be given another"
               + " scale because it is computed or not its alone: make the bias smaller, or leave"
               + " the operation out of the quantization")
              .formatted(
                  operator.name(),
                  model.tensors().get(operator.outputs().get(0)).name(),
                  model.tensors().get(tensor).name()));
    }
  }
}
