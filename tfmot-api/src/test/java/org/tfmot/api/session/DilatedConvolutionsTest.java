package org.tfmot.api.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.DepthwiseConv2dNative;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.optimizer.Adam;

/** Values and gradients of convolutions with dilations and paddings, against loops in Java. */
class DilatedConvolutionsTest {

  private static final int BATCH = 2;
  private static final int CHANNELS = 2;
  private static final int WINDOW = 3;

  /** A convolution of an image of rows and columns. */
  private record Case(
      boolean depthwise, int rows, int columns, int[] dilations, int stride, String padding) {

    private static final int[] EXPLICIT = {1, 2, 0, 1};

    private int pad(int dimension, int end) {
      int size = dimension == 0 ? rows : columns;
      int reach = (WINDOW - 1) * dilations[dimension] + 1;
      int total = Math.max(0, (size - 1) / stride * stride + reach - size);
      return switch (padding) {
        case "SAME" -> end == 0 ? total / 2 : total - total / 2;
        case "EXPLICIT" -> EXPLICIT[2 * dimension + end];
        default -> 0;
      };
    }

    private int outputs(int dimension) {
      int size = dimension == 0 ? rows : columns;
      int reach = (WINDOW - 1) * dilations[dimension] + 1;
      return (size + pad(dimension, 0) + pad(dimension, 1) - reach) / stride + 1;
    }

    private Shape kernel() {
      return Shape.of(WINDOW, WINDOW, CHANNELS, depthwise ? 1 : CHANNELS);
    }

    /** The convolution by its definition. */
    private float[] convolve(float[] image, float[] kernel) {
      int height = outputs(0);
      int width = outputs(1);
      float[] result = new float[BATCH * height * width * CHANNELS];
      int next = 0;
      for (int b = 0; b < BATCH; b++) {
        for (int y = 0; y < height; y++) {
          for (int x = 0; x < width; x++) {
            for (int c = 0; c < CHANNELS; c++) {
              result[next++] = (float) sum(image, kernel, b, y, x, c);
            }
          }
        }
      }
      return result;
    }

    private double sum(float[] image, float[] kernel, int b, int y, int x, int c) {
      double sum = 0;
      for (int i = 0; i < WINDOW; i++) {
        for (int j = 0; j < WINDOW; j++) {
          int row = y * stride + i * dilations[0] - pad(0, 0);
          int column = x * stride + j * dilations[1] - pad(1, 0);
          if (row < 0 || row >= rows || column < 0 || column >= columns) {
            continue;
          }
          int pixel = ((b * rows + row) * columns + column) * CHANNELS;
          int tap = (i * WINDOW + j) * CHANNELS;
          for (int d = 0; d < CHANNELS; d++) {
            if (!depthwise) {
              sum += image[pixel + d] * kernel[(tap + d) * CHANNELS + c];
            } else if (d == c) {
              sum += image[pixel + d] * kernel[tap + d];
            }
          }
        }
      }
      return sum;
    }

    private Operand<TFloat32> add(Ops tf, Operand<TFloat32> image, Operand<TFloat32> kernel) {
      List<Long> strides = List.of(1L, (long) stride, (long) stride, 1L);
      List<Long> rates = List.of(1L, (long) dilations[0], (long) dilations[1], 1L);
      List<Long> explicit = new ArrayList<>(List.of(0L, 0L));
      Arrays.stream(EXPLICIT).forEach(pad -> explicit.add((long) pad));
      explicit.addAll(List.of(0L, 0L));
      if (depthwise) {
        var options = DepthwiseConv2dNative.dilations(rates);
        return padding.equals("EXPLICIT")
            ? tf.nn.depthwiseConv2dNative(
                image, kernel, strides, padding, options.explicitPaddings(explicit))
            : tf.nn.depthwiseConv2dNative(image, kernel, strides, padding, options);
      }
      var options = Conv2d.dilations(rates);
      return padding.equals("EXPLICIT")
          ? tf.nn.conv2d(image, kernel, strides, padding, options.explicitPaddings(explicit))
          : tf.nn.conv2d(image, kernel, strides, padding, options);
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (boolean depthwise : List.of(false, true)) {
      for (int[] dilations : List.of(new int[] {2, 2}, new int[] {1, 3}, new int[] {1, 1})) {
        for (int stride : List.of(1, 2)) {
          for (String padding : List.of("SAME", "VALID", "EXPLICIT")) {
            cases.add(new Case(depthwise, 9, 8, dilations, stride, padding));
          }
        }
      }
      cases.add(new Case(depthwise, 7, 10, new int[] {3, 2}, 1, "SAME"));
      cases.add(new Case(depthwise, 3, 4, new int[] {4, 4}, 1, "SAME"));
    }
    return cases.stream();
  }

  private static float[] wave(int length, double phase) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) Math.sin(1.7 * i + phase);
    }
    return values;
  }

  private static GraphModel model(Case of, float[] kernel, Shape image) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(image));
          VarHandleOp variable =
              tf.withName("kernel")
                  .varHandleOp(TFloat32.class, of.kernel(), VarHandleOp.sharedName("kernel"));
          Ops init = tf.withInitScope();
          init.assignVariableOp(variable, init.constant(of.kernel(), DataBuffers.of(kernel)));
          Operand<TFloat32> read = tf.readVariableOp(variable, TFloat32.class);
          return Endpoints.builder().input("x", x).output("y", of.add(tf, x, read)).build();
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradients_areThoseOfTheDefinition(Case of) {
    for (Shape shape :
        List.of(Shape.of(BATCH, of.rows, of.columns, CHANNELS), Shape.of(-1, -1, -1, CHANNELS))) {
      verify(of, shape);
    }
  }

  @SuppressWarnings("unchecked") // All tensors here are floats.
  private static void verify(Case of, Shape shape) {
    float[] image = wave(BATCH * of.rows * of.columns * CHANNELS, 0);
    float[] kernel = wave((int) of.kernel().size(), 1);
    float[] expected = of.convolve(image, kernel);
    float[] slopes = wave(expected.length, 2);
    try (LiveModel live = model(of, kernel, shape).open();
        TFloat32 x =
            TFloat32.tensorOf(
                Shape.of(BATCH, of.rows, of.columns, CHANNELS), DataBuffers.of(image))) {
      Ops tf = live.ops();
      Output<TFloat32> y = (Output<TFloat32>) live.output("y");
      Operand<TFloat32> flat = tf.reshape(y, tf.array(-1));
      Operand<TFloat32> loss = tf.sum(tf.math.mul(flat, tf.constant(slopes)), tf.constant(0));
      Output<?>[] gradients =
          live.graph()
              .addGradients(
                  loss.asOutput(), new Output<?>[] {live.input("x"), live.read("kernel")});
      try (Result results =
          live.runner(Map.of("x", x)).fetch(y).fetch(gradients[0]).fetch(gradients[1]).run()) {
        assertArrayEquals(expected, floats(results, 0), 1e-4f);
        // A convolution is linear: a derivative is the change by a change of one.
        assertArrayEquals(
            derivatives(image, v -> of.convolve(v, kernel), expected, slopes),
            floats(results, 1),
            1e-3f);
        assertArrayEquals(
            derivatives(kernel, v -> of.convolve(image, v), expected, slopes),
            floats(results, 2),
            1e-3f);
      }
    }
  }

  private static float[] derivatives(
      float[] at, Function<float[], float[]> function, float[] values, float[] slopes) {
    float[] derivatives = new float[at.length];
    for (int i = 0; i < at.length; i++) {
      float[] changed = at.clone();
      changed[i] += 1;
      float[] results = function.apply(changed);
      double sum = 0;
      for (int k = 0; k < results.length; k++) {
        sum += slopes[k] * (results[k] - values[k]);
      }
      derivatives[i] = (float) sum;
    }
    return derivatives;
  }

  private static float[] floats(Result results, int index) {
    return TensorProtos.toFloats(TensorProtos.of(results.get(index)));
  }

  @Test
  void frozenModel_keepsItsConvolutions() {
    Case of = cases().findFirst().orElseThrow();
    GraphModel frozen =
        model(of, wave((int) of.kernel().size(), 1), Shape.of(1, 9, 8, CHANNELS)).freeze();
    try (LiveModel live = frozen.open()) {
      assertEquals("Conv2D", live.output("y").op().type());
    }
  }

  @Test
  @SuppressWarnings("unchecked") // All tensors here are floats.
  void dilatedConvolutionOfALiveGraph_isRefusedByAnOptimizer() {
    Case of = cases().findFirst().orElseThrow();
    GraphModel model = model(of, wave((int) of.kernel().size(), 1), Shape.of(1, 9, 8, CHANNELS));
    try (LiveModel live = model.open()) {
      Ops tf = live.ops();
      Operand<TFloat32> again =
          of.add(
              tf.withName("again"),
              (Operand<TFloat32>) live.output("y"),
              tf.constant(of.kernel(), DataBuffers.of(wave((int) of.kernel().size(), 1))));
      Operand<TFloat32> loss = tf.nn.l2Loss(again);
      var error =
          assertThrows(IllegalArgumentException.class, () -> new Adam().minimize(live, loss, 0.1));
      assertTrue(
          error.getMessage().contains("no right gradient of the Conv2D \"again\""),
          error.getMessage());
    }
  }
}
