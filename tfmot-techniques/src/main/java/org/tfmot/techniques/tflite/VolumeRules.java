package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of convolutions of volumes (N, D, H, W, C), in float. Options: padding 0, strides of
 * depth, width and height 1 to 3, fused activation 4, dilations likewise 5 to 7.
 */
final class VolumeRules {

  private static final int[] STRIDES = {1, 3, 2};
  private static final int[] DILATIONS = {5, 7, 6};

  private VolumeRules() {}

  static List<OperatorRule> rules() {
    return List.of(
        rule("CONV_3D")
            .types("f32 f32 f32? > f32")
            .options("Conv3D")
            .assume(VolumeRules::windows)
            .makes(VolumeRules::convolved),
        rule("CONV_3D_TRANSPOSE")
            .types("i32 f32 f32 f32? > f32")
            .options("Conv3D")
            .assume(VolumeRules::windows)
            .makes(VolumeRules::transposed));
  }

  private static void windows(OperatorCall call) {
    Windows.padding(call);
    for (int i = 0; i < STRIDES.length; i++) {
      int stride = call.options().getInt(STRIDES[i], 0);
      int dilation = call.options().getInt(DILATIONS[i], 1);
      call.require(
          stride >= 1 && stride <= Windows.MOST && dilation >= 1 && dilation <= Windows.MOST,
          "the stride %d or the dilation %d is out of range",
          stride,
          dilation);
    }
  }

  /** Returns the shape of a volume or a filter, which has no dimension of 0. */
  private static int[] volume(OperatorCall call, int input) {
    Shapes.requireRank(call, input, 5, 5);
    int[] shape = call.shape(input);
    call.require(
        shape != null && Arrays.stream(shape).allMatch(size -> size > 0),
        "input %d has the shape %s",
        input,
        Arrays.toString(shape));
    return shape == null ? new int[5] : shape;
  }

  /** Without a bias the kernel leaves out the activation that is fused into it, too. */
  private static void bias(OperatorCall call, int input, int channels) {
    int[] bias = call.has(input) ? call.shape(input) : null;
    call.require(
        call.has(input) || call.options().getByte(4) == 0,
        "has an activation but no bias, without which the kernel leaves it out");
    call.require(
        bias == null || Shapes.size(bias) == channels,
        "a bias of the shape %s for %d channels",
        Arrays.toString(bias),
        channels);
  }

  /** {@code CONV_3D}: filter (d, h, w, C, O); its kernel unfolds the volume in memory. */
  private static int @Nullable [] convolved(OperatorCall call) {
    int[] volume = volume(call, 0);
    int[] filter = volume(call, 1);
    call.require(
        volume[4] == filter[3],
        "a volume of the shape %s and a filter of %s do not fit",
        Arrays.toString(volume),
        Arrays.toString(filter));
    bias(call, 2, filter[4]);
    int[] shape = {volume[0], 0, 0, 0, filter[4]};
    double unfolded = (double) Float.BYTES * volume[0] * filter[3];
    for (int i = 0; i < STRIDES.length; i++) {
      int stride = call.options().getInt(STRIDES[i], 0);
      int dilation = call.options().getInt(DILATIONS[i], 1);
      shape[i + 1] = Windows.size(call, volume[i + 1], filter[i], stride, dilation);
      unfolded *= (double) shape[i + 1] * filter[i];
    }
    call.require(unfolded <= Integer.MAX_VALUE, "unfolds %.0f bytes", unfolded);
    return shape;
  }

  /** {@code CONV_3D_TRANSPOSE}: shape of the result, filter (d, h, w, O, C), volume. */
  private static int @Nullable [] transposed(OperatorCall call) {
    int[] filter = volume(call, 1);
    int[] volume = volume(call, 2);
    int[] shape = Products.shapeFrom(call, 0);
    bias(call, 3, filter[3]);
    call.require(shape != null && shape.length == 5, "the shape of the result is not known");
    if (shape == null) {
      return null;
    }
    boolean fits =
        shape[0] == volume[0] && shape[4] == filter[3] && volume[4] == filter[4] && shape[0] > 0;
    double unfolded = (double) Float.BYTES * filter[3];
    for (int i = 0; fits && i < STRIDES.length; i++) {
      int stride = call.options().getInt(STRIDES[i], 0);
      call.require(call.options().getInt(DILATIONS[i], 1) == 1, "a dilation");
      fits =
          shape[i + 1] > 0
              && Windows.size(call, shape[i + 1], filter[i], stride, 1) == volume[i + 1];
      unfolded *= (double) volume[i + 1] * filter[i];
    }
    call.require(
        fits && unfolded <= Integer.MAX_VALUE,
        "a filter of the shape %s does not make %s of %s",
        Arrays.toString(filter),
        Arrays.toString(shape),
        Arrays.toString(volume));
    return shape;
  }
}
