package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tfmot.techniques.tflite.Int16Graphs.BATCH;
import static org.tfmot.techniques.tflite.Int16Graphs.ONE;
import static org.tfmot.techniques.tflite.Int16Graphs.TWO;
import static org.tfmot.techniques.tflite.Int16Graphs.assertMentions;
import static org.tfmot.techniques.tflite.Int16Graphs.biased;
import static org.tfmot.techniques.tflite.Int16Graphs.filter;
import static org.tfmot.techniques.tflite.Int16Graphs.flat;
import static org.tfmot.techniques.tflite.Int16Graphs.graph;
import static org.tfmot.techniques.tflite.Int16Graphs.ints;
import static org.tfmot.techniques.tflite.Int16Graphs.narrow;
import static org.tfmot.techniques.tflite.Int16Graphs.padded;
import static org.tfmot.techniques.tflite.Int16Graphs.steps;
import static org.tfmot.techniques.tflite.Int16Graphs.wide;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.Int16Graphs.Case;
import org.tfmot.techniques.tflite.SampleGraph.Body;
import org.tfmot.techniques.tflite.SampleGraph.Layers;

/** What the runtime's kernels make of 16-bit activations, each operation alone. */
@EnabledOnOs(OS.LINUX)
class Int16KernelsTest {

  private static final float[] THREE = {.1f, -.2f, .3f};
  private static final int WIDE = 16;
  private static final int MANY = WIDE * WIDE * 3;

  static Stream<Case> kernels() {
    return Stream.of(
        new Case(
            "CONV_2D", 4, (l, x) -> l.tf.nn.conv2d(x, filter(l, "w", 3, 3, 3, 8), ONE, "SAME")),
        new Case("CONV_2D", 4, (l, x) -> l.tf.nn.relu6(biased(l, x))),
        new Case(
            "DEPTHWISE_CONV_2D",
            4,
            (l, x) -> l.tf.nn.depthwiseConv2dNative(x, filter(l, "w", 3, 3, 3, 1), ONE, "SAME")),
        new Case(
            "TRANSPOSE_CONV",
            4,
            (l, x) ->
                l.tf.nn.conv2dBackpropInput(
                    ints(l, BATCH, 16, 16, 8), filter(l, "w", 3, 3, 8, 3), x, TWO, "SAME")),
        new Case(
            "FULLY_CONNECTED", 4, (l, x) -> l.tf.linalg.matMul(flat(l, x), filter(l, "w", 192, 5))),
        new Case(
            "BATCH_MATMUL",
            4,
            (l, x) ->
                l.tf.train.batchMatMul(
                    x, l.tf.linalg.transpose(x, ints(l, 0, 1, 3, 2)), TFloat32.class)),
        new Case("ADD", 2, (l, x) -> l.tf.math.add(x, wide(l, l.tf.math.mul(x, x), .7f))),
        new Case("SUB", 2, (l, x) -> l.tf.math.sub(x, wide(l, l.tf.constant(.3f), .3f))),
        new Case("SUB", 2, (l, x) -> l.tf.math.add(x, wide(l, l.tf.constant(THREE), .3f))),
        new Case("SUB", 2, (l, x) -> l.tf.nn.biasAdd(x, wide(l, l.tf.constant(THREE), .3f))),
        new Case(
            "MUL", 1, (l, x) -> l.tf.math.squaredDifference(x, wide(l, l.tf.constant(.1f), 1))),
        new Case("SLICE", 1, (l, x) -> l.tf.slice(x, ints(l, 0, 1, 1, 0), ints(l, BATCH, 4, 4, 2))),
        new Case(
            "STRIDED_SLICE",
            1,
            (l, x) ->
                l.tf.stridedSlice(
                    x, ints(l, 0, 1, 1, 0), ints(l, BATCH, 7, 7, 3), ints(l, 1, 2, 2, 1))),
        new Case("GATHER", 1, (l, x) -> l.tf.gather(x, ints(l, 2, 0, 2), l.tf.constant(3))),
        new Case("MUL", 1, (l, x) -> l.tf.math.mul(x, x)),
        new Case("MEAN", 1, (l, x) -> l.tf.math.mean(x, ints(l, 1, 2))),
        new Case("MEAN", 8, (l, x) -> l.tf.sum(x, l.tf.constant(3))),
        new Case("EXP", 3, (l, x) -> l.tf.math.exp(x)),
        new Case("AVERAGE_POOL_2D", 1, (l, x) -> l.tf.nn.avgPool(x, TWO, TWO, "VALID")),
        new Case("MAX_POOL_2D", 1, (l, x) -> l.maxPool(x)),
        new Case("REDUCE_MAX", 1, (l, x) -> l.tf.max(x, ints(l, 1, 2))),
        new Case("MAXIMUM", 1, (l, x) -> l.tf.math.maximum(x, wide(l, l.tf.constant(.5f), 1))),
        new Case("MINIMUM", 1, (l, x) -> l.tf.math.minimum(x, wide(l, l.tf.constant(.5f), 1))),
        new Case("EXPAND_DIMS", 1, (l, x) -> l.tf.expandDims(x, l.tf.constant(1))),
        new Case(
            "UNPACK", 1, (l, x) -> l.tf.<TFloat32>unstack(x, 8L, Unstack.axis(1L)).output().get(2)),
        new Case("RELU", 1, (l, x) -> l.tf.nn.relu(x)),
        new Case("LEAKY_RELU", 1, (l, x) -> l.tf.nn.leakyRelu(x)),
        new Case("ABS", 1, (l, x) -> l.tf.math.abs(x)),
        new Case("LOGISTIC", 1, (l, x) -> l.tf.math.sigmoid(x)),
        new Case("TANH", 1, (l, x) -> l.tf.math.tanh(x)),
        new Case("SOFTMAX", 1, (l, x) -> l.tf.nn.softmax(x)),
        new Case("PAD", 1, (l, x) -> padded(l, x)),
        new Case("RESHAPE", 1, (l, x) -> flat(l, x)),
        new Case("TRANSPOSE", 1, (l, x) -> l.tf.linalg.transpose(x, ints(l, 0, 2, 1, 3))),
        new Case("RESIZE_BILINEAR", 1, (l, x) -> l.tf.image.resizeBilinear(x, ints(l, 16, 16))),
        new Case(
            "RESIZE_NEAREST_NEIGHBOR",
            1,
            (l, x) -> l.tf.image.resizeNearestNeighbor(x, ints(l, 16, 16))));
  }

  /** Each within three steps of the output, which rounding in the middle and at the end make. */
  @ParameterizedTest
  @MethodSource("kernels")
  void everyKernel_answersAsSimulated(Case test) {
    SampleGraph graph = graph(test.range(), test.body());
    TfLiteModel model = graph.converter().int16x8().convert();
    assertTrue(
        model.operators().stream().anyMatch(op -> op.name().equals(test.operator())),
        model.operators().toString());
    assertEquals(List.of(), model.floatOperators());
    double steps = steps(graph, model, test.range());
    assertTrue(steps <= 3.01, steps + " steps");
  }

  /**
   * The runtime has a table with 256 lines for what is positive. At 0.3 of 2 they are up to two
   * steps of the output from the curve, besides the three of other kernels.
   */
  @Test
  void reciprocalRoot_isWithinTheLinesOfATable() {
    SampleGraph graph = graph(2, (l, x) -> l.tf.math.rsqrt(positive(l, x)));
    TfLiteModel model = graph.converter().int16x8().convert();
    assertTrue(model.operators().stream().anyMatch(op -> op.name().equals("RSQRT")));
    double steps = steps(graph, model, 2);
    assertTrue(steps <= 5.01, steps + " steps");
  }

  static Stream<Case> sums() {
    return Stream.of(
        new Case(
            "CONV_2D", 800, (l, x) -> l.tf.nn.conv2d(x, ones(l, WIDE, WIDE, 3, 1), ONE, "VALID")),
        new Case(
            "FULLY_CONNECTED",
            800,
            (l, x) -> {
              Operand<TFloat32> product =
                  l.tf.linalg.matMul(l.tf.reshape(x, ints(l, -1, MANY)), ones(l, MANY, 1));
              return l.tf.nn.biasAdd(product, l.tf.constant(new float[] {1e-3f}));
            }),
        new Case(
            "BATCH_MATMUL",
            800,
            (l, x) ->
                l.tf.train.batchMatMul(
                    l.tf.reshape(x, ints(l, -1, 1, MANY)),
                    l.tf.reshape(x, ints(l, -1, MANY, 1)),
                    TFloat32.class)));
  }

  @ParameterizedTest
  @MethodSource("sums")
  void sumsBeyond32Bits_doNotOverflow(Case test) {
    // 768 products of 32767 and 127 are more than 2^31.
    TfLiteModel model = sum(test.body()).converter().int16x8().convert();
    assertTrue(model.operators().stream().anyMatch(op -> op.name().equals(test.operator())));
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(model)) {
      float[] pixels = Values.of(MANY, i -> 1);
      assertEquals(MANY, interpreter.run(pixels, 1)[0], 2 * 800 / 32767.0);
    }
  }

  @Test
  void sumThatTheRuntimeWouldOverflow_isRefused() {
    TfLiteConverter converter =
        sum((l, x) -> l.tf.linalg.matMul(l.tf.reshape(x, ints(l, -1, MANY)), ones(l, MANY, 1)))
            .converter()
            .int16x8();
    Exception e = assertThrows(TfLiteConversionException.class, converter::convert);
    assertMentions(e, "FULLY_CONNECTED");
    assertMentions(e, "768 products in 32 bits");
  }

  static Stream<Case> withoutKernels() {
    return Stream.of(
        new Case("RELU6", 1, (l, x) -> l.tf.nn.relu6(x)),
        new Case("ELU", 1, (l, x) -> l.tf.nn.elu(x)),
        new Case("TILE", 1, (l, x) -> l.tf.tile(x, ints(l, 1, 2, 1, 1))),
        new Case("COS", 1, (l, x) -> l.tf.math.cos(x)));
  }

  @ParameterizedTest
  @MethodSource("withoutKernels")
  void operationWithoutA16BitKernel_isNamed(Case test) {
    TfLiteConverter converter = graph(test.range(), test.body()).converter().int16x8();
    assertMentions(
        assertThrows(TfLiteConversionException.class, converter::convert), test.operator());
  }

  private static Operand<TFloat32> positive(Layers l, Operand<TFloat32> x) {
    Operand<TFloat32> magnitude = wide(l, l.tf.math.abs(x), 1);
    return wide(l, l.tf.math.add(magnitude, wide(l, l.tf.constant(.3f), .3f)), 2);
  }

  private static SampleGraph sum(Body body) {
    return SampleGraph.of(
        WIDE, false, (l, image) -> wide(l, body.build(l, wide(l, image, 1)), 800));
  }

  private static Operand<TFloat32> ones(Layers l, long... shape) {
    Shape size = Shape.of(shape);
    float[] ones = Values.of((int) size.size(), i -> 1);
    return narrow(l, l.tf.constant(size, DataBuffers.of(ones)));
  }
}
