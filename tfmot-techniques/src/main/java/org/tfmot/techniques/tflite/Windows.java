package org.tfmot.techniques.tflite;

/** Windows that move over an image: convolutions and pools. */
final class Windows {

  /** The largest stride, dilation and filter: products of two stay within 32 bits. */
  static final int MOST = 0x7FFF;

  private static final int SAME = 0;
  private static final int VALID = 1;

  private Windows() {}

  /** Requires one of the two kinds of padding that there are. */
  static void padding(OperatorCall call) {
    ActivationRules.require(call, "padding", call.options().getByte(0), SAME, VALID);
  }

  /**
   * Returns how many windows there are along a dimension.
   *
   * @throws IllegalArgumentException if the window is larger than the image without padding
   */
  static int size(OperatorCall call, int image, int filter, int stride, int dilation) {
    if (call.options().getByte(0) == SAME) {
      return (int) (((long) image + stride - 1) / stride);
    }
    long window = (filter - 1L) * dilation + 1;
    call.require(
        window <= image,
        "the window (filter %d, dilation %d) is larger than the image, which is %d",
        filter,
        dilation,
        image);
    return (int) ((image - window + stride) / stride);
  }
}
