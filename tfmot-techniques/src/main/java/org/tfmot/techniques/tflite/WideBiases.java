package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tfmot.api.graph.TensorProtos;

/**
 * Biases of 64 bits. The converter writes 32, and cuts off what does not fit: that is a bias of
 * more than some hundred times the largest product of an input and a weight with 16-bit inputs, and
 * some thousand times with 8-bit ones, as in a channel whose weights are nearly zero. What was cut
 * off is looked up in the graph.
 */
final class WideBiases {

  private static final double MAX = Integer.MAX_VALUE;

  /** Index of the bias among an operation's inputs. */
  private static final Map<String, Integer> INPUT =
      Map.of("CONV_2D", 2, "DEPTHWISE_CONV_2D", 2, "FULLY_CONNECTED", 2, "TRANSPOSE_CONV", 3);

  private final GraphDef graph;
  private @Nullable List<float[]> constants;

  WideBiases(GraphDef graph) {
    this.graph = graph;
  }

  /** The tensor that is an operation's bias, or -1. */
  static int bias(TfLiteOperator operator) {
    int input = INPUT.getOrDefault(operator.name(), Integer.MAX_VALUE);
    return input < operator.inputs().size() ? operator.inputs().get(input) : -1;
  }

  /** Returns whether a bias of 32 bits has a value that did not fit. */
  static boolean isCutOff(TfLiteTensor bias) {
    return Arrays.stream(ints(bias)).anyMatch(WideBiases::isCutOff);
  }

  private static int[] ints(TfLiteTensor bias) {
    ByteBuffer data = bias.data();
    int[] values = new int[data.remaining() / Integer.BYTES];
    data.asIntBuffer().get(values);
    return values;
  }

  /**
   * The values of a bias in 64 bits.
   *
   * @param bias of 32 bits
   * @param largest what the runtime takes at most
   * @throws TfLiteConversionException if one does not fit or the graph does not tell it
   */
  long[] widen(TfLiteTensor bias, double largest) {
    int[] narrow = ints(bias);
    if (Arrays.stream(narrow).noneMatch(WideBiases::isCutOff)) {
      return Arrays.stream(narrow).asLongStream().toArray();
    }
    long[] found = null;
    for (float[] constant : constants()) {
      long[] candidate =
          constant.length == narrow.length ? match(bias, narrow, constant, largest) : null;
      if (candidate != null && found != null && !Arrays.equals(candidate, found)) {
        found = null;
        break;
      }
      found = candidate == null ? found : candidate;
    }
    if (found == null) {
      throw new TfLiteConversionException(
          "the bias \"%s\" has values that do not fit into the converter's 32 bits: make them smaller,"
                  .formatted(bias.name())
              + " or leave the operation out of the quantization");
    }
    return found;
  }

  /** Returns a constant in the bias's integers, or null if the bias is not made of it. */
  private static long @Nullable [] match(
      TfLiteTensor bias, int[] narrow, float[] constant, double largest) {
    List<Float> scales = bias.quantization().orElseThrow().scales();
    long[] wide = new long[narrow.length];
    for (int i = 0; i < narrow.length; i++) {
      double value = constant[i] / (double) scales.get(scales.size() == 1 ? 0 : i);
      boolean same =
          isCutOff(narrow[i])
              ? Math.signum(value) == Math.signum(narrow[i]) && Math.abs(value) > 0.999 * MAX
              : Math.abs(value - narrow[i]) <= 1 + 1e-6 * Math.abs(value);
      if (!same || Math.abs(value) > largest) {
        return null;
      }
      wide[i] = isCutOff(narrow[i]) ? Math.round(value) : narrow[i];
    }
    return wide;
  }

  private static boolean isCutOff(int value) {
    return value == Integer.MAX_VALUE || value <= -Integer.MAX_VALUE;
  }

  private List<float[]> constants() {
    if (constants == null) {
      constants = new ArrayList<>();
      for (NodeDef node : graph.getNodeList()) {
        if (node.getOp().equals("Const")) {
          TensorProto value = node.getAttrOrThrow("value").getTensor();
          int dimensions = TensorProtos.shape(value).numDimensions();
          if (value.getDtype() == DataType.DT_FLOAT && dimensions == 1) {
            constants.add(TensorProtos.toFloats(value));
          }
        }
      }
    }
    return constants;
  }
}
