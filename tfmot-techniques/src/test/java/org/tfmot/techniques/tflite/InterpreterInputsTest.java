package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;

/** Batches, shapes and types of what an interpreter is given. */
class InterpreterInputsTest {

  private static SampleGraph quantizedGraph;
  private static TfLiteModel floatModel;

  @BeforeAll
  static void convert() {
    quantizedGraph = SampleGraph.small(true);
    floatModel = SampleGraph.small(false).converter().convert();
  }

  @Test
  void integerAndBooleanEndpoints_standForThemselves() {
    float[] table = {1, 2, 3, 4, 5, 6};
    GraphModel lookup =
        GraphModel.build(
            tf -> {
              Operand<TInt64> id =
                  tf.withName("id").placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
              Operand<TFloat32> rows =
                  tf.gather(tf.constant(Shape.of(3, 2), DataBuffers.of(table)), id, tf.constant(0));
              Operand<TFloat32> sum = tf.reduceSum(rows, tf.constant(1));
              return Endpoints.builder()
                  .input("id", id)
                  .output("large", tf.math.greater(sum, tf.constant(6f)))
                  .output("half", tf.dtypes.cast(sum, TInt32.class))
                  .inference()
                  .build();
            });
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(lookup).convert())) {
      Map<String, float[]> results = interpreter.run(Map.of("id", new float[] {2, 0, 1}), 3);
      assertArrayEquals(new float[] {1, 0, 1}, results.get("large"));
      assertArrayEquals(new float[] {11, 3, 7}, results.get("half"));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> interpreter.run(Map.of("id", new float[] {1, 0.5f, 1}), 3));
      assertTrue(e.getMessage().contains("value 1 is 0.5"), e.getMessage());
    }
  }

  @Test
  void wrongLength_isRefusedWithBothLengths() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> interpreter.run(new float[100], 2));
      assertEquals("input \"image\" takes 384 values for a batch of 2, not 100", e.getMessage());
      assertThrows(IllegalArgumentException.class, () -> interpreter.run(new float[0], 0));
      // It still works.
      assertEquals(10, interpreter.run(new float[192], 1).length);
    }
  }

  @Test
  void fixedBatch_isTheOnlyOneTaken() {
    SampleGraph graph =
        SampleGraph.of(4, 8, false, (layers, image) -> layers.conv("conv", image, 3, 2, 1, true));
    float[] images = graph.images(4, 1);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(graph.converter().convert())) {
      assertArrayEquals(graph.run(images, 4), interpreter.run(images, 4), 1e-5f);
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> interpreter.run(new float[192], 1));
      assertTrue(
          e.getMessage()
              .startsWith(
                  "the model is fixed to a batch of 4 and does not take 1: a batch is the first"),
          e.getMessage());
      assertEquals(3, interpreter.benchmark(1, 3).runs());
      assertArrayEquals(graph.run(images, 4), interpreter.run(images, 4), 1e-5f);
    }
  }

  @Test
  void batchThatTheGraphCannotTake_leavesTheInterpreterUsable() {
    // The input leaves the batch open, but the reshape insists on a single example.
    SampleGraph graph =
        SampleGraph.of(
            2,
            false,
            (layers, image) -> {
              Operand<TFloat32> x = layers.tf.reshape(image, layers.tf.constant(new int[] {1, 12}));
              return layers.dense("logits", x, 12, 10);
            });
    float[] image = graph.images(1, 1);
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(graph.converter().convert())) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> interpreter.run(new float[36], 3));
      assertTrue(
          e.getMessage().startsWith("the model does not take a batch of 3: "), e.getMessage());
      assertArrayEquals(graph.run(image, 1), interpreter.run(image, 1), 1e-5f);
    }
  }

  private static Operand<TFloat32> floats(Ops tf, String name, Shape shape) {
    return tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  @Test
  void batch_isThatOfTheInputsThatLeaveItOpen() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> table = floats(tf, "a_table", Shape.of(4, 2));
              Operand<TFloat32> x = floats(tf, "x", Shape.of(-1, 2));
              Operand<TFloat32> y = tf.linalg.matMul(x, table, MatMul.transposeB(true));
              return Endpoints.builder()
                  .input("a_table", table)
                  .input("x", x)
                  .output("y", y)
                  .build();
            });
    float[] table = {1, 0, 0, 1, 1, 1, 2, 2};
    float[] x = {3, 5, 1, 1, 2, 2, 0, 1};
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      float[] y = interpreter.run(Map.of("a_table", table, "x", x), 4).get("y");
      assertArrayEquals(new float[] {3, 5, 8, 16, 1, 1, 2, 4, 2, 2, 4, 8, 0, 1, 1, 2}, y, 1e-5f);
    }
  }

  @Test
  void resizeInput_setsWhatAnExampleLeavesOpen() {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> image = floats(tf, "image", Shape.of(-1, -1, -1, 2));
              Operand<TFloat32> mean = tf.math.mean(image, tf.array(1, 2));
              return Endpoints.builder().input("image", image).output("mean", mean).build();
            });
    try (TfLiteInterpreter interpreter =
        TfLiteInterpreter.open(TfLiteConverter.of(model).convert())) {
      float[] two = {1, 10, 3, 20, 5, 30, 7, 40, 0, 0, 0, 0, 0, 0, 4, 8};
      String message =
          assertThrows(IllegalArgumentException.class, () -> interpreter.run(two, 2)).getMessage();
      assertTrue(message.contains("for a batch of 2, not 16; resizeInput"), message);
      interpreter.resizeInput("image", Shape.of(2, 2, 2));
      assertArrayEquals(new float[] {4, 25, 1, 2}, interpreter.run(two, 2), 1e-5f);
      message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> {
                    interpreter.resizeInput("image", Shape.of(1024, 1024, 2));
                    interpreter.run(two, 300);
                  })
              .getMessage();
      assertTrue(message.contains("too large for a batch of 300"), message);
      interpreter.resizeInput("image", Shape.of(1, 4, 2));
      assertArrayEquals(new float[] {4, 25}, interpreter.run(Arrays.copyOf(two, 8), 1), 1e-5f);
      for (Shape wrong :
          List.of(
              Shape.of(2, 2, 3),
              Shape.of(2, 2),
              Shape.of(0, 2, 2),
              Shape.of(-1, 2, 2),
              Shape.of(1L << 40, 1L << 40, 2))) {
        message =
            assertThrows(
                    IllegalArgumentException.class, () -> interpreter.resizeInput("image", wrong))
                .getMessage();
        assertTrue(message.contains("\"image\" has the shape"), message);
      }
      message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> interpreter.resizeInput("picture", Shape.of(2, 2, 2)))
              .getMessage();
      assertTrue(message.contains("[image], not \"picture\""), message);
      assertArrayEquals(new float[] {4, 25}, interpreter.run(Arrays.copyOf(two, 8), 1), 1e-5f);
    }
  }

  @Test
  void noNumber_isNotTakenForOneByIntegers() {
    for (TensorType type : List.of(TensorType.FLOAT32, TensorType.INT8)) {
      TfLiteModel integer = quantizedGraph.converter().int8().inputType(type).convert();
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(integer)) {
        float[] image = new float[192];
        image[7] = Float.NaN;
        String message =
            assertThrows(IllegalArgumentException.class, () -> interpreter.run(image, 1))
                .getMessage();
        assertTrue(message.contains("value 7 is NaN"), message);
      }
    }
  }

  @Test
  void hugeBatch_isRefusedBeforeItsMemoryIsAskedFor() {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(floatModel)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> interpreter.run(new float[1], Integer.MAX_VALUE));
      assertTrue(e.getMessage().contains("too large"), e.getMessage());
    }
  }
}
