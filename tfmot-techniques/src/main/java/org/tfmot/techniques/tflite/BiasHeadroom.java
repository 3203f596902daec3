package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;

/**
 * Makes room for biases that the converter cut off at 32 bits. A bias is in steps of the product of
 * the input's and the weight's scale; where the weights of a channel are all but zero that is so
 * little that an ordinary bias does not fit. Such a channel gets a larger weight scale, as TFLite's
 * own quantizer does it: what its weights lose by it is far below a step of the output.
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
    long[] wide = biases.widen(model.tensors().get(bias));
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
      file.putInt(values + Integer.BYTES * i, (int) Math.round(wide[i] / factor));
    }
    narrow(weight, factors);
  }

  /** Divides the integers of each channel. */
  private void narrow(int weight, double[] factors) {
    TfLiteTensor tensor = model.tensors().get(weight);
    Shape shape = tensor.shape();
    int axis = tensor.quantization().orElseThrow().axis();
    int inner = 1;
    for (int dimension = axis + 1; dimension < shape.numDimensions(); dimension++) {
      inner *= (int) shape.get(dimension);
    }
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
               + " scale because it is not its alone: make the bias smaller, or leave the operation"
               + " out of the quantization")
              .formatted(
                  operator.name(),
                  model.tensors().get(operator.outputs().get(0)).name(),
                  model.tensors().get(tensor).name()));
    }
  }
}
