package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.techniques.quantization.PostTrainingQuantization;

/** Values and ranges at the ends of what a float holds. */
class FarValuesTest {

  private static final float[] ROW = {-1000, -100, -20, 0, 20, 89, 100, 1000};

  private interface Body {
    Operand<TFloat32> build(Ops tf, Operand<TFloat32> x);
  }

  private static GraphModel model(Body body) {
    return GraphModel.build(
        tf -> {
          Placeholder<TFloat32> x =
              tf.withName("x")
                  .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, ROW.length)));
          return Endpoints.builder().input("x", x).output("y", body.build(tf, x)).build();
        });
  }

  @Test
  void softplusInAFloatFile_isFinite_andRight() {
    TfLiteModel file =
        TfLiteConverter.of(model((tf, x) -> tf.math.softplus(x))).float32().convert();
    float[] expected = new float[ROW.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) (Math.max(ROW[i], 0) + Math.log1p(Math.exp(-Math.abs(ROW[i]))));
    }
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      assertArrayEquals(expected, interpreter.run(ROW, 1), 1e-4f);
    }
  }

  /** Users write the largest float for "no bound". */
  @Test
  void boundThatNothingReaches_leavesIntegersTheirRange() {
    GraphModel model =
        model(
            (tf, x) ->
                tf.math.abs(
                    tf.math.maximum(
                        tf.math.minimum(x, tf.constant(Float.MAX_VALUE)),
                        tf.constant(-Float.MAX_VALUE))));
    float[] expected = new float[ROW.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = Math.abs(ROW[i]);
    }
    try (TFloat32 sample = TFloat32.tensorOf(Shape.of(1, ROW.length), DataBuffers.of(ROW))) {
      GraphModel calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("x", sample)))
              .model();
      TfLiteModel file = TfLiteConverter.of(calibrated).int8().convert();
      assertEquals(List.of(), file.floatOperators());
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
        assertArrayEquals(expected, interpreter.run(ROW, 1), 2000 / 255f);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-Infinity, 6, 8, range",
    "-6, Infinity, 8, range",
    "NaN, 6, 8, range",
    "6, -6, 8, range",
    "-3e38, 3e38, 8, range",
    "-6, 6, 99, 99 bits",
    "-6, 6, 1, 1 bits"
  })
  void simulationThatIsNone_isRefused_withItsName(float min, float max, int bits, String word) {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(
                NodeBuilder.op("Placeholder", "x")
                    .attr("dtype", DataType.DT_FLOAT)
                    .attr("shape", Shape.of(1, 2))
                    .build())
            .addNode(
                NodeBuilder.op("FakeQuantWithMinMaxArgs", "quantizer")
                    .inputs("x")
                    .attr("min", min)
                    .attr("max", max)
                    .attr("num_bits", bits)
                    .attr("narrow_range", false)
                    .build())
            .build();
    Map<String, String> x = Map.of("x", "x:0");
    Map<String, String> y = Map.of("y", "quantizer:0");
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TfLiteConverter.of(graph, x, y).int8().convert())
                .getMessage());
    assertTrue(message.contains("\"quantizer\"") && message.contains(word), message);
  }
}
