package org.tfmot.techniques.lowering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/**
 * A quantized constant that several operations read has its range in the file, and is there once.
 */
class ConstantQuantizersTest {

  private static final float[] MATRIX = Values.of(16, i -> 0.7 * Math.sin(i));

  /** By one quantizer for all three products, or by one for each. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void matrixOfSeveralProducts(boolean oneQuantizer) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> image =
                  tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4)));
              Operand<TFloat32> matrix = tf.constant(Shape.of(4, 4), DataBuffers.of(MATRIX));
              Operand<TFloat32> weight = quantized(tf, matrix, 1);
              Operand<TFloat32> x = quantized(tf, image, 4);
              for (int i = 0; i < 3; i++) {
                x = quantized(tf, tf.linalg.matMul(x, weight), 4);
                weight = oneQuantizer ? weight : quantized(tf, matrix, 1);
              }
              return Endpoints.builder().input("image", image).output("logits", x).build();
            });
    TfLiteModel file = TfLiteConverter.of(model).int8().convert();
    List<TfLiteTensor> weights = file.weights();
    assertEquals(1, weights.size(), weights.toString());
    assertEquals(
        List.of(1 / 127f), weights.get(0).quantization().orElseThrow().scales(), "not its range");
    try (TFloat32 image = TestTraining.random(Shape.of(8, 4), 1);
        TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] values = Values.of(32, i -> image.getFloat(i / 4, i % 4));
      // A step for each product.
      assertArrayEquals(TestTraining.run(model, image), interpreter.run(values, 8), 3.1f * 8 / 254);
    }
  }

  private static Operand<TFloat32> quantized(Ops tf, Operand<TFloat32> x, float end) {
    return tf.quantization.fakeQuantWithMinMaxVars(
        x, tf.constant(-end), tf.constant(end), FakeQuantWithMinMaxVars.narrowRange(true));
  }
}
