package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

/** Shapes that the graph computes of others, for a kernel that needs to know them. */
class KnownValuesTest {

  /** Ways to compute the shape of an image of twice the sides, with 3 channels. */
  enum Form {
    SLICES(
        (tf, shape) ->
            tf.concat(
                List.of(tf.slice(shape, tf.array(0), tf.array(1)), tf.array(8, 10, 3)),
                tf.constant(0))),
    PRODUCTS(
        (tf, shape) ->
            tf.stack(
                List.of(
                    tf.gather(shape, tf.constant(0), tf.constant(0)),
                    tf.math.mul(tf.gather(shape, tf.constant(1), tf.constant(0)), tf.constant(2)),
                    tf.math.add(
                        tf.math.sub(
                            tf.math.mul(
                                tf.gather(shape, tf.constant(2), tf.constant(0)), tf.constant(3)),
                            tf.constant(7)),
                        tf.constant(2)),
                    tf.constant(3)))),
    QUOTIENTS(
        (tf, shape) ->
            tf.math.floorDiv(
                tf.math.maximum(
                    tf.math.mul(shape, tf.constant(new int[] {2, 4, 4, 2})), tf.array(1, 1, 1, 6)),
                tf.constant(2)));

    private final BiFunction<Ops, Operand<TInt32>, Operand<TInt32>> shape;

    Form(BiFunction<Ops, Operand<TInt32>, Operand<TInt32>> shape) {
      this.shape = shape;
    }
  }

  private static GraphModel model(BiFunction<Ops, Operand<TInt32>, Operand<TInt32>> shape) {
    return GraphModel.build(
        tf -> {
          Operand<TFloat32> x =
              tf.withName("image")
                  .placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 5, 2)));
          float[] weights = Values.of(2 * 2 * 3 * 2, i -> i % 5 - 2);
          Operand<TFloat32> filter = tf.constant(Shape.of(2, 2, 3, 2), DataBuffers.of(weights));
          Operand<TFloat32> y =
              tf.nn.conv2dBackpropInput(
                  shape.apply(tf, tf.shape(x)), filter, x, List.of(1L, 2L, 2L, 1L), "SAME");
          return Endpoints.builder().input("image", x).output("logits", y).inference().build();
        });
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void upsamplingToAComputedShape_isConverted_forEveryBatch(Form form) {
    GraphModel model = model(form.shape);
    TfLiteModel file = TfLiteConverter.of(model).convert();
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      for (int batch : new int[] {1, 3}) {
        try (TFloat32 x = TestTraining.random(Shape.of(batch, 4, 5, 2), batch)) {
          assertArrayEquals(
              TestTraining.run(model, x), interpreter.run(Values.of(x), batch), 1e-4f);
        }
      }
    }
  }

  @Test
  void shapeOfAnotherSize_isRefused() {
    GraphModel model =
        model(
            (tf, shape) ->
                tf.stack(
                    List.of(
                        tf.gather(shape, tf.constant(0), tf.constant(0)),
                        tf.math.mul(
                            tf.gather(shape, tf.constant(1), tf.constant(0)), tf.constant(3)),
                        tf.constant(10),
                        tf.constant(3))));
    assertThrows(
        RuntimeException.class,
        () -> {
          TfLiteModel file = TfLiteConverter.of(model).convert();
          TfLiteInterpreter.open(file).close();
        });
  }
}
