package org.tfmot.techniques.tflite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.MaxPool;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsPerChannel;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;

/**
 * Small graphs with constant weights, with or without simulated quantization, and their values as
 * TensorFlow itself computes them.
 */
record SampleGraph(GraphDef graphDef, String outputTensor, int side) {

  private static final String INPUT = "image";
  private static final String OUTPUT = "logits";

  /** What a graph is made of. */
  interface Body {
    Operand<TFloat32> build(Layers layers, Operand<TFloat32> image);
  }

  static SampleGraph of(int side, boolean quantized, Body body) {
    return of(-1, side, quantized, body);
  }

  /** A graph for a fixed batch, or, with -1, for any. */
  static SampleGraph of(int batch, int side, boolean quantized, Body body) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> image =
          tf.withName(INPUT)
              .placeholder(TFloat32.class, Placeholder.shape(Shape.of(batch, side, side, 3)));
      Layers layers = new Layers(tf, quantized);
      Output<TFloat32> output =
          body.build(layers, layers.range("image_range", image, 0, 1)).asOutput();
      return new SampleGraph(graph.toGraphDef(), output.op().name() + ":" + output.index(), side);
    }
  }

  /** Convolution, depthwise convolution, pooling, residual addition, dense layer. */
  static SampleGraph small(boolean quantized) {
    return of(
        8,
        quantized,
        (layers, image) -> {
          Operand<TFloat32> x = layers.conv("conv1", image, 3, 8, 1, true);
          Operand<TFloat32> y = layers.depthwise("depthwise", x, 8);
          y = layers.conv("conv2", y, 8, 8, 1, false);
          x = layers.add("add", x, y);
          x = layers.maxPool(x);
          x = layers.globalPool("pool", x);
          return layers.dense("logits", x, 8, 10);
        });
  }

  /** The layout of ResNet-20 for images of 32 x 32. */
  static SampleGraph resNet20(boolean quantized) {
    return of(
        32,
        quantized,
        (layers, image) -> {
          Operand<TFloat32> x = layers.conv("stem", image, 3, 16, 1, true);
          int channels = 16;
          for (int stage = 0; stage < 3; stage++) {
            for (int block = 0; block < 3; block++) {
              String name = "stage" + stage + "block" + block;
              boolean down = stage > 0 && block == 0;
              int out = down ? 2 * channels : channels;
              Operand<TFloat32> y =
                  layers.conv(name + "/conv1", x, channels, out, down ? 2 : 1, true);
              y = layers.conv(name + "/conv2", y, out, out, 1, false);
              Operand<TFloat32> shortcut =
                  down ? layers.conv(name + "/shortcut", x, channels, out, 2, false, 1) : x;
              x = layers.add(name + "/add", y, shortcut);
              channels = out;
            }
          }
          x = layers.globalPool("pool", x);
          return layers.dense("logits", x, channels, 10);
        });
  }

  /** The same with activations simulated in 16 bits, in ranges around 0. */
  SampleGraph wide() {
    GraphEditor editor = new GraphEditor(graphDef);
    for (NodeDef node : editor.nodes()) {
      boolean narrow = node.getAttrOrDefault("narrow_range", AttrValue.getDefaultInstance()).getB();
      if (node.getOp().equals("FakeQuantWithMinMaxVars") && !narrow) {
        TensorProto max = editor.input(node, 2).getAttrOrThrow("value").getTensor();
        TensorProto min = TensorProtos.scalar(-TensorProtos.toFloats(max)[0]);
        editor.replace(NodeBuilder.constant(editor.input(node, 1).getName(), min));
        editor.replace(
            node.toBuilder()
                .putAttr("num_bits", AttrValue.newBuilder().setI(16).build())
                .putAttr("narrow_range", AttrValue.newBuilder().setB(true).build())
                .build());
      }
    }
    return new SampleGraph(editor.build(), outputTensor, side);
  }

  TfLiteConverter converter() {
    return TfLiteConverter.of(graphDef, Map.of(INPUT, INPUT + ":0"), Map.of(OUTPUT, outputTensor));
  }

  /** Images in [0, 1). */
  float[] images(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count * side * side * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return values;
  }

  /** What TensorFlow answers. */
  float[] run(float[] images, int count) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(graphDef);
      try (Session session = new Session(graph);
          TFloat32 fed = TFloat32.tensorOf(Shape.of(count, side, side, 3), DataBuffers.of(images));
          Result result = session.runner().feed(INPUT, fed).fetch(outputTensor).run()) {
        Tensor output = result.get(0);
        float[] values = new float[(int) output.shape().size()];
        output.asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  /** Layers with random weights; with simulated quantization if so asked. */
  static final class Layers {
    final Ops tf;
    private final boolean quantized;
    private final Map<String, Ops> scopes = new HashMap<>();
    private final Random random = new Random(7);

    Layers(Ops tf, boolean quantized) {
      this.tf = tf;
      this.quantized = quantized;
    }

    Operand<TFloat32> conv(
        String name, Operand<TFloat32> x, int in, int out, int stride, boolean relu) {
      return conv(name, x, in, out, stride, relu, 3);
    }

    Operand<TFloat32> conv(
        String name, Operand<TFloat32> x, int in, int out, int stride, boolean relu, int size) {
      Operand<TFloat32> weights =
          weights(name + "/weights", Shape.of(size, size, in, out), size * size * in);
      Operand<TFloat32> y =
          named(name + "/conv")
              .nn
              .conv2d(x, weights, List.of(1L, (long) stride, (long) stride, 1L), "SAME");
      y = named(name + "/biased").nn.biasAdd(y, bias(name + "/bias", out));
      if (relu) {
        y = named(name + "/relu").nn.relu(y);
      }
      return range(name + "/range", y, relu ? 0 : -4, 4);
    }

    Operand<TFloat32> depthwise(String name, Operand<TFloat32> x, int channels) {
      // The quantized dimension of a FakeQuant is the last one: here the multiplier, so one range.
      Operand<TFloat32> weights = weights(name + "/weights", Shape.of(3, 3, channels, 1), 9);
      Operand<TFloat32> y =
          named(name + "/conv")
              .nn
              .depthwiseConv2dNative(x, weights, List.of(1L, 1L, 1L, 1L), "SAME");
      y = named(name + "/relu").nn.relu6(y);
      return range(name + "/range", y, 0, 6);
    }

    Operand<TFloat32> add(String name, Operand<TFloat32> a, Operand<TFloat32> b) {
      Operand<TFloat32> sum = named(name + "/sum").math.add(a, b);
      return range(name + "/range", named(name + "/relu").nn.relu(sum), 0, 6);
    }

    Operand<TFloat32> maxPool(Operand<TFloat32> x) {
      return tf.nn.maxPool(
          x,
          tf.constant(new int[] {1, 2, 2, 1}),
          tf.constant(new int[] {1, 2, 2, 1}),
          "VALID",
          new MaxPool.Options[0]);
    }

    Operand<TFloat32> globalPool(String name, Operand<TFloat32> x) {
      Operand<TFloat32> mean = named(name + "/mean").math.mean(x, tf.constant(new int[] {1, 2}));
      return range(name + "/range", mean, 0, 4);
    }

    Operand<TFloat32> dense(String name, Operand<TFloat32> x, int in, int out) {
      Operand<TFloat32> y =
          named(name + "/product")
              .linalg
              .matMul(x, weights(name + "/weights", Shape.of(in, out), in));
      y = named(name + "/biased").nn.biasAdd(y, bias(name + "/bias", out));
      return range(name + "/range", y, -4, 4);
    }

    Operand<TFloat32> range(String name, Operand<TFloat32> x, float min, float max) {
      if (!quantized) {
        return x;
      }
      return named(name)
          .quantization
          .fakeQuantWithMinMaxVars(
              x, tf.constant(min), tf.constant(max), new FakeQuantWithMinMaxVars.Options[0]);
    }

    Operand<TFloat32> weights(String name, Shape shape, int fanIn) {
      float[] values = new float[(int) shape.size()];
      for (int i = 0; i < values.length; i++) {
        // About every fourth weight is zero, so that there is something to count.
        boolean zero = random.nextInt(4) == 0;
        values[i] = zero ? 0 : (float) (random.nextGaussian() / Math.sqrt(fanIn));
      }
      Operand<TFloat32> constant = named(name).constant(shape, DataBuffers.of(values));
      if (!quantized) {
        return constant;
      }
      if (shape.numDimensions() == 2) {
        // The converter transposes matrices and loses the axis of the scales on the way.
        float bound = 0;
        for (float value : values) {
          bound = Math.max(bound, Math.abs(value));
        }
        return named(name + "/range")
            .quantization
            .fakeQuantWithMinMaxVars(
                constant,
                tf.constant(-bound),
                tf.constant(bound),
                FakeQuantWithMinMaxVars.narrowRange(true));
      }
      int channels = (int) shape.get(shape.numDimensions() - 1);
      float[] max = new float[channels];
      for (int i = 0; i < values.length; i++) {
        max[i % channels] = Math.max(max[i % channels], Math.abs(values[i]));
      }
      float[] min = new float[channels];
      for (int i = 0; i < channels; i++) {
        min[i] = -max[i];
      }
      return named(name + "/range")
          .quantization
          .fakeQuantWithMinMaxVarsPerChannel(
              constant,
              tf.constant(min),
              tf.constant(max),
              FakeQuantWithMinMaxVarsPerChannel.narrowRange(true));
    }

    private Operand<TFloat32> bias(String name, int size) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (float) (0.1 * random.nextGaussian());
      }
      return named(name).constant(values);
    }

    /** A name may have a scope in front. */
    Ops named(String path) {
      int slash = path.lastIndexOf('/');
      if (slash < 0) {
        return tf.withName(path);
      }
      return scopes
          .computeIfAbsent(path.substring(0, slash), this::scope)
          .withName(path.substring(slash + 1));
    }

    private Ops scope(String path) {
      Ops ops = tf;
      for (String part : path.split("/", -1)) {
        ops = ops.withSubScope(part);
      }
      return ops;
    }
  }
}
