package org.tfmot.techniques.tflite;

import java.nio.ByteBuffer;

/** Moves floats in and out of the native memory of an input or output. */
final class EndpointValues {

  private final TensorType type;
  private final float scale;
  private final int zeroPoint;

  /**
   * For a tensor of type float32, or of type int8 or uint8 with one scale.
   *
   * @throws IllegalArgumentException if the tensor is of another kind
   */
  EndpointValues(TfLiteTensor tensor) {
    type = tensor.type();
    if (type == TensorType.FLOAT32) {
      scale = 1;
      zeroPoint = 0;
      return;
    }
    Quantization quantization = tensor.quantization().orElse(null);
    boolean byteSized = type == TensorType.INT8 || type == TensorType.UINT8;
    if (!byteSized || quantization == null || quantization.isPerChannel()) {
      throw new IllegalArgumentException(
          "endpoint %s is neither float32 nor a quantized 8-bit tensor".formatted(tensor));
    }
    scale = quantization.scales().get(0);
    zeroPoint =
        quantization.zeroPoints().isEmpty() ? 0 : quantization.zeroPoints().get(0).intValue();
  }

  int elements(ByteBuffer memory) {
    return memory.remaining() / (type.bits() / 8);
  }

  void write(float[] values, ByteBuffer target) {
    if (type == TensorType.FLOAT32) {
      target.asFloatBuffer().put(values);
      return;
    }
    int lowest = type == TensorType.INT8 ? Byte.MIN_VALUE : 0;
    for (int i = 0; i < values.length; i++) {
      // Half to even, as XNNPACK rounds.
      double rounded = Math.rint(values[i] / scale) + zeroPoint;
      target.put(i, (byte) Math.max(lowest, Math.min(lowest + 255, rounded)));
    }
  }

  float[] read(ByteBuffer source) {
    float[] values = new float[elements(source)];
    if (type == TensorType.FLOAT32) {
      source.asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      int quantized = type == TensorType.INT8 ? source.get(i) : source.get(i) & 0xFF;
      values[i] = (quantized - zeroPoint) * scale;
    }
    return values;
  }
}
