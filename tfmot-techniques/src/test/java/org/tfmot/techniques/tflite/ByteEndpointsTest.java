package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;

/** Images of bytes, and borders of uint8. */
class ByteEndpointsTest {

  private static final Shape IMAGES = Shape.of(2, 6, 6, 3);
  private static final int VALUES = 2 * 6 * 6 * 3;

  private static GraphModel model(boolean bytes) {
    return GraphModel.build(
        tf -> {
          Placeholder.Options shape = Placeholder.shape(Shape.of(-1, 6, 6, 3));
          Operand<TUint8> held =
              tf.withName(bytes ? "x" : "unused").placeholder(TUint8.class, shape);
          Operand<TFloat32> floats =
              bytes
                  ? tf.dtypes.cast(held, TFloat32.class)
                  : tf.withName("x").placeholder(TFloat32.class, shape);
          float[] kernel = new float[3 * 3 * 3 * 4];
          Random random = new Random(7);
          for (int i = 0; i < kernel.length; i++) {
            kernel[i] = (float) random.nextGaussian();
          }
          Operand<TFloat32> images =
              tf.math.sub(tf.math.mul(floats, tf.constant(1 / 127.5f)), tf.constant(1f));
          Operand<TFloat32> y =
              tf.nn.relu(
                  tf.nn.conv2d(
                      images,
                      tf.constant(Shape.of(3, 3, 3, 4), DataBuffers.of(kernel)),
                      List.of(1L, 1L, 1L, 1L),
                      "SAME"));
          return Endpoints.builder()
              .input("x", bytes ? held : floats)
              .output("y", tf.math.mean(y, tf.array(1, 2)))
              .build();
        });
  }

  private static float[] values(int largest) {
    Random random = new Random(11);
    float[] values = new float[VALUES];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(largest + 1);
    }
    return values;
  }

  private static TType tensor(boolean bytes, float[] values) {
    if (!bytes) {
      return TFloat32.tensorOf(IMAGES, DataBuffers.of(values));
    }
    byte[] held = new byte[values.length];
    for (int i = 0; i < held.length; i++) {
      held[i] = (byte) (int) values[i];
    }
    return TUint8.tensorOf(IMAGES, DataBuffers.of(held));
  }

  private static float[] run(GraphModel model, TType x) {
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("x", x))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(0)));
    }
  }

  private static float step(TfLiteModel file) {
    return file.operators().stream()
        .map(op -> file.tensors().get(op.outputs().get(0)))
        .filter(tensor -> tensor.type() == TensorType.INT8)
        .reduce((first, last) -> last)
        .orElseThrow()
        .quantization()
        .orElseThrow()
        .scales()
        .get(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {255, 200})
  void imageOfBytes_isQuantizedAtOnce_andEqualsTheSimulation(int largest) {
    float[] values = values(largest);
    try (TType x = tensor(true, values)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model(true), List.of(Map.of("x", x)));
      assertEquals(List.of(), calibrated.report().skipped());
      TfLiteModel file = TfLiteConverter.of(calibrated.model()).int8().convert();
      TfLiteTensor input = file.tensors().get(file.inputs().get("x"));
      assertEquals(TensorType.UINT8, input.type());
      assertEquals(List.of(1f), input.quantization().orElseThrow().scales());
      assertTrue(
          file.operators().stream().noneMatch(op -> op.name().equals("CAST")),
          file.operators().toString());
      assertEquals(List.of(), file.floatOperators());
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        float[] simulated = run(calibrated.model(), x);
        assertArrayEquals(simulated, interpreter.run(values, 2), 1.01f * step(file));
      }
    }
  }

  @Test
  void bordersOfUint8_holdTheIntegersThatInt8Would() {
    float[] values = values(255);
    try (TType x = tensor(false, values)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model(false), List.of(Map.of("x", x)));
      TfLiteModel signed =
          TfLiteConverter.of(calibrated.model())
              .int8()
              .inputType(TensorType.INT8)
              .outputType(TensorType.INT8)
              .convert();
      TfLiteModel bytes =
          TfLiteConverter.of(calibrated.model())
              .int8()
              .inputType(TensorType.UINT8)
              .outputType(TensorType.UINT8)
              .convert();
      assertEquals(TensorType.UINT8, bytes.tensors().get(bytes.inputs().get("x")).type());
      assertEquals(TensorType.UINT8, bytes.tensors().get(bytes.outputs().get("y")).type());
      try (TfLiteInterpreter one = TfLiteInterpreter.open(signed);
          TfLiteInterpreter other = TfLiteInterpreter.open(bytes)) {
        assertArrayEquals(one.run(values, 2), other.run(values, 2));
      }
    }
  }

  @Test
  void uint8_outsideOfInt8_isRefused() {
    TfLiteConverter converter = TfLiteConverter.of(model(false)).inputType(TensorType.UINT8);
    var error = assertThrows(IllegalArgumentException.class, converter::convert);
    assertEquals("uint8 inputs and outputs need int8()", error.getMessage());
  }
}
