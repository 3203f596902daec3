package org.tfmot.techniques.tflite;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Rules of the kernels of convolutions and matrix products. */
final class Products {

  private static final double MAGNITUDE_8 = 0xFF;
  private static final double MAGNITUDE_WEIGHT = 0x80;
  // With 16-bit activations the sum has 48 bits and the factor a shift below 8.
  private static final int MOST_SHIFT_16 = 7;

  private Products() {}

  /** {@code CONV_2D}: image (N, H, W, C), filter (O, h, w, C / groups), bias (O). */
  static void convolution(OperatorCall call) {
    requireImage(call, 0, 1);
    windows(call, 5, 4);
    bias(call, 1, 0, 2);
    int[] image = call.shape(0);
    int[] filter = call.shape(1);
    if (image != null && filter != null) {
      call.require(
          filter[3] > 0 && image[3] % filter[3] == 0 && filter[0] % (image[3] / filter[3]) == 0,
          "an image of the shape %s and a filter of %s do not fit",
          Arrays.toString(image),
          Arrays.toString(filter));
    }
  }

  /** {@code DEPTHWISE_CONV_2D}: filter (1, h, w, C * multiplier). */
  static void depthwise(OperatorCall call) {
    requireImage(call, 0, 1);
    windows(call, 6, 5);
    bias(call, 1, 3, 2);
    int multiplier = call.options().getInt(3, 0);
    int[] image = call.shape(0);
    int[] filter = call.shape(1);
    if (image != null && filter != null) {
      call.require(
          filter[0] == 1 && multiplier > 0 && (long) image[3] * multiplier == filter[3],
          "an image of the shape %s, a filter of %s and depth_multiplier %d do not fit",
          Arrays.toString(image),
          Arrays.toString(filter),
          multiplier);
    }
  }

  /** {@code TRANSPOSE_CONV}: shape of the result, filter (O, h, w, C), image. */
  static void transposed(OperatorCall call) {
    requireImage(call, 2, 1);
    stride(call, "stride_w", 1);
    stride(call, "stride_h", 2);
    Windows.padding(call);
    bias(call, 1, 0, 3);
    int[] image = call.shape(2);
    int[] filter = call.shape(1);
    int[] result = shapeFrom(call, 0);
    if (image == null || filter == null || result == null) {
      call.require(call.values(0) != null, "the shape of the result is no constant");
      return;
    }
    boolean fits =
        result.length == 4
            && image[0] == result[0]
            && image[3] == filter[3]
            && filter[0] == result[3];
    for (int axis = 1; fits && axis <= 2; axis++) {
      int stride = call.options().getInt(axis == 1 ? 2 : 1, 0);
      fits = Windows.size(call, result[axis], filter[axis], stride, 1) == image[axis];
    }
    call.require(
        fits,
        "a filter of the shape %s does not make %s of %s",
        Arrays.toString(filter),
        Arrays.toString(result),
        Arrays.toString(image));
  }

  private static void requireImage(OperatorCall call, int image, int filter) {
    Shapes.requireRank(call, image, 4, 4);
    Shapes.requireRank(call, filter, 4, 4);
    for (int input : new int[] {image, filter}) {
      int[] shape = call.shape(input);
      call.require(
          shape == null || Arrays.stream(shape).skip(input == image ? 1 : 0).allMatch(d -> d > 0),
          "input %d has the shape %s",
          input,
          Arrays.toString(shape));
    }
  }

  private static void windows(OperatorCall call, int dilationHeight, int dilationWidth) {
    Windows.padding(call);
    stride(call, "stride_w", 1);
    stride(call, "stride_h", 2);
    stride(call, "dilation_w_factor", dilationWidth, 1);
    stride(call, "dilation_h_factor", dilationHeight, 1);
  }

  private static void stride(OperatorCall call, String name, int field) {
    stride(call, name, field, 0);
  }

  private static void stride(OperatorCall call, String name, int field, int absent) {
    int value = call.options().getInt(field, absent);
    ActivationRules.require(call, name, value, 1, Windows.MOST);
  }

  private static void bias(OperatorCall call, int filter, int axis, int bias) {
    int[] weights = call.shape(filter);
    int[] shape = call.has(bias) ? call.shape(bias) : null;
    if (weights != null && shape != null) {
      call.require(
          Shapes.size(shape) == weights[axis],
          "a bias of the shape %s for %d channels",
          Arrays.toString(shape),
          weights[axis]);
    }
  }

  static int @Nullable [] convolved(OperatorCall call) {
    int[] filter = call.shape(1);
    return filter == null ? null : convolved(call, 5, 4, filter[0]);
  }

  static int @Nullable [] convolvedDepthwise(OperatorCall call) {
    int[] filter = call.shape(1);
    return filter == null ? null : convolved(call, 6, 5, filter[3]);
  }

  private static int @Nullable [] convolved(
      OperatorCall call, int dilationHeight, int dilationWidth, int channels) {
    int[] image = call.shape(0);
    int[] filter = call.shape(1);
    if (image == null || filter == null) {
      return null;
    }
    OperatorOptions options = call.options();
    return new int[] {
      image[0],
      Windows.size(
          call, image[1], filter[1], options.getInt(2, 0), options.getInt(dilationHeight, 1)),
      Windows.size(
          call, image[2], filter[2], options.getInt(1, 0), options.getInt(dilationWidth, 1)),
      channels
    };
  }

  /** Returns the shape that an integer input holds, or null if it is not known. */
  static int @Nullable [] shapeFrom(OperatorCall call, int input) {
    long[] sizes = call.values(input);
    if (sizes == null) {
      return null;
    }
    for (long size : sizes) {
      call.require(size >= 0 && size <= Integer.MAX_VALUE, "the shape %s", Arrays.toString(sizes));
    }
    return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
  }

  /** {@code FULLY_CONNECTED}: the last dimensions as rows, weights (units, depth). */
  static void fullyConnected(OperatorCall call) {
    ActivationRules.require(call, "weights_format", call.options().getByte(1), 0, 0);
    Shapes.requireRank(call, 1, 2, 2);
    bias(call, 1, 0, 2);
    int[] input = call.shape(0);
    int[] weights = call.shape(1);
    call.require(weights != null, "the shape of the weights is computed in the run");
    if (input == null || weights == null) {
      return;
    }
    boolean keeps = call.options().getBoolean(2);
    boolean fits =
        weights[1] > 0
            && Shapes.size(input) % weights[1] == 0
            && (!keeps || (input.length > 0 && input[input.length - 1] == weights[1]));
    call.require(
        fits,
        "an input of the shape %s and weights of %s do not fit",
        Arrays.toString(input),
        Arrays.toString(weights));
  }

  static int @Nullable [] connected(OperatorCall call) {
    int[] input = call.shape(0);
    int[] weights = call.shape(1);
    if (input == null || weights == null) {
      return null;
    }
    if (!call.options().getBoolean(2)) {
      return new int[] {(int) (Shapes.size(input) / weights[1]), weights[0]};
    }
    int[] shape = input.clone();
    shape[shape.length - 1] = weights[0];
    return shape;
  }

  /** {@code BATCH_MATMUL}: matrices of 2 to 5 dimensions that fit. */
  static void matrices(OperatorCall call) {
    Shapes.requireRank(call, 0, 2, 5);
    Shapes.requireRank(call, 1, 2, 5);
    multiplied(call);
  }

  static int @Nullable [] multiplied(OperatorCall call) {
    int[] left = call.shape(0);
    int[] right = call.shape(1);
    if (left == null || right == null) {
      return null;
    }
    boolean adjointLeft = call.options().getBoolean(0);
    boolean adjointRight = call.options().getBoolean(1);
    int depthLeft = left[left.length - (adjointLeft ? 2 : 1)];
    int depthRight = right[right.length - (adjointRight ? 1 : 2)];
    call.require(
        depthLeft == depthRight,
        "matrices of the shapes %s and %s do not fit",
        Arrays.toString(left),
        Arrays.toString(right));
    int[] batch =
        Shapes.broadcast(
            call, Arrays.copyOf(left, left.length - 2), Arrays.copyOf(right, right.length - 2));
    int[] shape = Arrays.copyOf(batch, batch.length + 2);
    shape[batch.length] = left[left.length - (adjointLeft ? 1 : 2)];
    shape[batch.length + 1] = right[right.length - (adjointRight ? 2 : 1)];
    return shape;
  }

  /**
   * Factors of a product with weights: one for the tensor, or one for each channel along the axis
   * that the kernel takes for it. The sum times the factor has to stay in the kernel's integers.
   */
  static void scales(OperatorCall call, int input, int filter, int axis) {
    TfLiteTensor weights = call.input(filter);
    Quantization quantization = weights.quantization().orElse(null);
    if (quantization == null || weights.type().isFloat()) {
      return;
    }
    int[] shape = KnownTensors.declared(weights);
    call.require(
        !quantization.isPerChannel() || quantization.axis() == axis,
        "\"%s\" has a scale for each slice along dimension %d instead of %d",
        weights.name(),
        quantization.axis(),
        axis);
    if (call.type(input).isFloat()) {
      return;
    }
    double terms = (double) Shapes.size(shape) / Math.max(1, shape[axis]);
    for (float scale : quantization.scales()) {
      requireHeld(call, (double) call.scale(input) * scale, terms, call.type(input));
    }
  }

  /** {@code BATCH_MATMUL}: one factor, the depth as terms. */
  static void matrixScales(OperatorCall call) {
    int[] left = call.shape(0);
    boolean quantized = !call.type(0).isFloat() && call.result(0).type() != TensorType.INT32;
    if (quantized) {
      int depth = left == null ? 1 : left[left.length - (call.options().getBoolean(0) ? 2 : 1)];
      requireHeld(call, call.scale(0) * call.scale(1), depth, call.type(0));
    }
  }

  private static void requireHeld(
      OperatorCall call, double product, double terms, TensorType activations) {
    double factor = product / call.resultScale();
    if (activations == TensorType.INT16) {
      call.require(
          factor > 0 && Double.isFinite(factor) && Multiplier.of(factor).shift() <= MOST_SHIFT_16,
          "the scales need a factor of %s, and the kernel's are above 0 and below 128",
          factor);
    } else {
      Scales.requireHeld(call, factor, terms * MAGNITUDE_8 * MAGNITUDE_WEIGHT);
    }
  }
}
