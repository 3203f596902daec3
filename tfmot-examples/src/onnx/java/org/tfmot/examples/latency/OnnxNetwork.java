package org.tfmot.examples.latency;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * ResNet-20 and MobileNetV1 as ONNX files with random weights, in float32, or in int8 as ONNX
 * Runtime's own tool writes it: float operations between pairs of {@code QuantizeLinear} and {@code
 * DequantizeLinear}, activations unsigned, weights signed and per channel, no ReLU where the range
 * clips.
 */
final class OnnxNetwork {

  private static final float SCALE = 0.05f;
  private static final float SIX = 6;
  private static final int WEIGHT_STEPS = 40;
  private static final int BIAS_STEPS = 500;

  private final OnnxGraph graph = new OnnxGraph();
  private final Random random = new Random(3);
  private final boolean integer;

  private OnnxNetwork(boolean integer) {
    this.integer = integer;
  }

  /** A tensor and the scale in which it is quantized. */
  private record Value(String name, float scale) {}

  /** What is applied behind a convolution or a sum. */
  private enum Activation {
    NONE,
    RELU,
    RELU6
  }

  /** Returns ResNet-20 for one image of 3 x 32 x 32. */
  static byte[] resNet20(boolean integer) {
    OnnxNetwork network = new OnnxNetwork(integer);
    Value x = network.quantize("image", Activation.NONE);
    x = network.convolution(x, 3, 16, 3, 1, 1, Activation.RELU);
    int channels = 16;
    for (int i = 0; i < 9; i++) {
      int output = 16 << (i / 3);
      int stride = output == channels ? 1 : 2;
      Value shortcut =
          stride == 1 ? x : network.convolution(x, channels, output, 1, 2, 1, Activation.NONE);
      Value y = network.convolution(x, channels, output, 3, stride, 1, Activation.RELU);
      y = network.convolution(y, output, output, 3, 1, 1, Activation.NONE);
      String sum = network.graph.node("Add", List.of(y.name(), shortcut.name()));
      x = network.activate(sum, Activation.RELU);
      channels = output;
    }
    return network.classifier(x, channels, 10, 32);
  }

  /** Returns MobileNetV1 1.0 for one image of 3 x 224 x 224. */
  static byte[] mobileNet(boolean integer) {
    OnnxNetwork network = new OnnxNetwork(integer);
    Value x = network.quantize("image", Activation.NONE);
    x = network.convolution(x, 3, 32, 3, 2, 1, Activation.RELU6);
    int channels = 32;
    for (int[] block : MobileNet.BLOCKS) {
      x = network.convolution(x, channels, channels, 3, block[1], channels, Activation.RELU6);
      x = network.convolution(x, channels, block[0], 1, 1, 1, Activation.RELU6);
      channels = block[0];
    }
    return network.classifier(x, channels, MobileNet.CLASSES, MobileNet.SIDE);
  }

  /** A convolution in TensorFlow's padding SAME, for images of an even side. */
  private Value convolution(
      Value x, int in, int out, int side, int stride, int groups, Activation activation) {
    int fanIn = side * side * in / groups;
    double deviation = Math.sqrt(2.0 / fanIn);
    int end = side / 2;
    int begin = stride == 1 ? end : 0;
    String y =
        graph.node(
            "Conv",
            List.of(
                x.name(),
                weight(deviation, out, in / groups, side, side),
                bias(out, x.scale() * deviation / WEIGHT_STEPS)),
            OnnxGraph.numbers("kernel_shape", side, side),
            OnnxGraph.numbers("strides", stride, stride),
            OnnxGraph.numbers("pads", begin, begin, end, end),
            OnnxGraph.number("group", groups));
    return activate(y, activation);
  }

  private byte[] classifier(Value x, int channels, int classes, int side) {
    Value mean = quantize(graph.node("GlobalAveragePool", List.of(x.name())), Activation.RELU);
    Value flat = quantize(graph.node("Flatten", List.of(mean.name())), Activation.RELU);
    double deviation = Math.sqrt(1.0 / channels);
    String product =
        graph.node(
            "Gemm",
            List.of(
                flat.name(),
                weight(deviation, classes, channels),
                bias(classes, flat.scale() * deviation / WEIGHT_STEPS)),
            OnnxGraph.number("transB", 1));
    String logits = quantize(product, Activation.NONE).name();
    return graph.model("image", new long[] {1, 3, side, side}, logits, new long[] {1, classes});
  }

  private Value activate(String x, Activation activation) {
    if (integer || activation == Activation.NONE) {
      return quantize(x, activation);
    }
    String active =
        activation == Activation.RELU
            ? graph.node("Relu", List.of(x))
            : graph.node("Clip", List.of(x, scalar(0), scalar(SIX)));
    return quantize(active, activation);
  }

  /** Hands a tensor on as it is in float32. */
  private Value quantize(String x, Activation activation) {
    float scale = activation == Activation.RELU6 ? SIX / 255 : SCALE;
    if (!integer) {
      return new Value(x, scale);
    }
    String step = scalar(scale);
    String zero = graph.unsigned(activation == Activation.NONE ? 128 : 0);
    String quantized = graph.node("QuantizeLinear", List.of(x, step, zero));
    return new Value(graph.node("DequantizeLinear", List.of(quantized, step, zero)), scale);
  }

  private String weight(double deviation, long... sizes) {
    int count = Math.toIntExact(Arrays.stream(sizes).reduce(1, Math::multiplyExact));
    int channels = (int) sizes[0];
    if (!integer) {
      return graph.floats(normal(count, deviation), sizes);
    }
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      long value = Math.round(random.nextGaussian() * WEIGHT_STEPS);
      values[i] = (byte) Math.max(-Byte.MAX_VALUE, Math.min(Byte.MAX_VALUE, value));
    }
    return dequantize(
        graph.bytes(values, sizes),
        channels,
        deviation / WEIGHT_STEPS,
        graph.bytes(new byte[channels], channels));
  }

  private String bias(int channels, double step) {
    if (!integer) {
      return graph.floats(normal(channels, 0.1), channels);
    }
    int[] values = new int[channels];
    Arrays.setAll(values, i -> (int) (random.nextGaussian() * BIAS_STEPS));
    return dequantize(
        graph.ints(values, channels), channels, step, graph.ints(new int[channels], channels));
  }

  private String dequantize(String tensor, int channels, double step, String zeros) {
    float[] steps = new float[channels];
    Arrays.fill(steps, (float) step);
    return graph.node(
        "DequantizeLinear",
        List.of(tensor, graph.floats(steps, channels), zeros),
        OnnxGraph.number("axis", 0));
  }

  private String scalar(float value) {
    return graph.floats(new float[] {value});
  }

  private float[] normal(int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
