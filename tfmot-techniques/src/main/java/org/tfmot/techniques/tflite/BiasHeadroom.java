package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;

/**
 * Makes room for biases that the converter cut off at 32 bits. A bias is in steps of the product of
 * the input's and the weight's scale; where the weights of a channel are all but zero that is so
 * little that an ordinary bias does not fit. Such a channel gets a larger weight scale, as TFLite's
 * own quantizer does it. A bias that leads out of the output's range whatever the input is first
 * becomes the least that does; what the weights then lose is below a step of the output.
 *
 * <p>Numbers of fields are those of {@code schema.fbs}.
 */
final class BiasHeadroom {

  private static final int MODEL_SUBGRAPHS = 2;
  private static final int MODEL_BUFFERS = 4;
  private static final int GRAPH_TENSORS = 0;
  private static final int TENSOR_BUFFER = 2;
  private static final int TENSOR_QUANTIZATION = 4;
  private static final int QUANTIZATION_SCALE = 2;
  private static final int BUFFER_DATA = 0;

  /** What a bias takes of its 32 bits at most, so that the products have room beside it. */
  private static final double LARGEST = 1 << 30;

  /** How many steps an input is from its zero at most. */
  private static final int INPUT_STEPS = 255;

  private final TfLiteModel model;
  private final WideBiases biases;
  private final ByteBuffer file;
  private final List<FlatTable> tensors;
  private final List<FlatTable> buffers;

  private BiasHeadroom(TfLiteModel model, GraphDef graph) {
    this.model = model;
    biases = new WideBiases(graph);
    file = ByteBuffer.wrap(model.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    FlatTable root = FlatTable.root(file);
    tensors = root.getTables(MODEL_SUBGRAPHS).get(0).getTables(GRAPH_TENSORS);
    buffers = root.getTables(MODEL_BUFFERS);
  }

  /**
   * Gives the cut off biases of a model their values.
   *
   * @param graph that it was made from
   * @throws TfLiteConversionException if the graph does not tell the value of one, or its
   *     operation's weight belongs to others, too
   */
  static TfLiteModel apply(TfLiteModel model, GraphDef graph) {
    List<TfLiteOperator> cutOff =
        model.operators().stream().filter(operator -> isCutOff(model, operator)).toList();
    if (cutOff.isEmpty()) {
      return model;
    }
    BiasHeadroom headroom = new BiasHeadroom(model, graph);
    cutOff.forEach(headroom::widen);
    return TfLiteModel.of(headroom.file.array());
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
    double[] factors = new double[scales(weight).size()];
    for (int i = 0; i < wide.length; i++) {
      int channel = factors.length == 1 ? 0 : i;
      factors[channel] = Math.max(factors[channel], Math.max(1, Math.abs(wide[i]) / LARGEST));
    }
    scale(weight, factors);
    scale(bias, factors);
    int values = data(bias);
    for (int i = 0; i < wide.length; i++) {
      double factor = factors[factors.length == 1 ? 0 : i];
      file.putInt(values + Integer.BYTES * i, (int) Math.rint(wide[i] / factor));
    }
    narrow(weight, factors);
  }

  /** Biases that are not further from the output's range than the products may lead back. */
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
    int channels = bias.length;
    int inner = inner(weight, channels);
    for (int i = 0; i < weight.elementCount(); i++) {
      products[i / inner % channels] += INPUT_STEPS * (double) Math.abs(values.get(i));
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

  /** How many elements of a weight lie behind each other in one channel. */
  private static int inner(TfLiteTensor weight, int channels) {
    Shape shape = weight.shape();
    boolean last = shape.get(0) != channels;
    return last ? 1 : Math.toIntExact(shape.size() / channels);
  }

  /** Divides the integers of each channel. */
  private void narrow(int weight, double[] factors) {
    TfLiteTensor tensor = model.tensors().get(weight);
    int inner = inner(tensor, factors.length);
    int values = data(weight);
    for (int i = 0; i < tensor.elementCount(); i++) {
      double factor = factors[factors.length == 1 ? 0 : i / inner % factors.length];
      file.put(values + i, (byte) Math.rint(file.get(values + i) / factor));
    }
  }

  private void scale(int tensor, double[] factors) {
    FlatTable quantization =
        Objects.requireNonNull(tensors.get(tensor).getTable(TENSOR_QUANTIZATION));
    List<Float> scales = scales(tensor);
    int place = quantization.vector(QUANTIZATION_SCALE, Float.BYTES);
    for (int i = 0; i < scales.size(); i++) {
      double factor = factors[factors.length == 1 ? 0 : i];
      file.putFloat(place + Float.BYTES * i, (float) (scales.get(i) * factor));
    }
  }

  private List<Float> scales(int tensor) {
    return model.tensors().get(tensor).quantization().orElseThrow().scales();
  }

  /** Where the values of a constant are in the file. */
  private int data(int tensor) {
    return buffers.get(buffer(tensor)).vector(BUFFER_DATA, 1);
  }

  private int buffer(int tensor) {
    return tensors.get(tensor).getInt(TENSOR_BUFFER, 0);
  }

  private void requireOwn(TfLiteOperator operator, int tensor) {
    int buffer = buffer(tensor);
    long tensorsOfBuffer =
        IntStream.range(0, tensors.size()).filter(i -> buffer(i) == buffer).count();
    long readers = model.operators().stream().filter(o -> o.inputs().contains(tensor)).count();
    boolean known =
        model.tensors().get(tensor).isConstant()
            && model.tensors().get(tensor).type().bits() % 8 == 0;
    if (tensorsOfBuffer != 1 || readers != 1 || !known) {
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
