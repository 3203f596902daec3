package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReverseSequence;
import org.tensorflow.op.image.NonMaxSuppression;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.Values;

/** What the converter makes of less usual operations is run, and as TensorFlow computes it. */
@EnabledOnOs(OS.LINUX)
class ConvertedOperatorsTest {

  private static final List<Long> STRIDES = List.of(1L, 1L, 2L, 1L, 1L);

  private interface Function {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  static Stream<Arguments> functions() {
    return Stream.of(
        of(
            "CONV_3D",
            Shape.of(2, 5, 6, 7, 2),
            (tf, x) -> tf.nn.relu(tf.nn.conv3d(x, wave(tf, 2, 3, 2, 2, 4), STRIDES, "SAME"))),
        of(
            "CONV_3D",
            Shape.of(2, 5, 6, 7, 2),
            (tf, x) ->
                tf.nn.biasAdd(
                    tf.nn.conv3d(x, wave(tf, 1, 1, 1, 2, 4), STRIDES, "VALID"), wave(tf, 4))),
        of(
            "CONV_3D_TRANSPOSE",
            Shape.of(2, 2, 3, 3, 4),
            (tf, x) ->
                tf.nn.conv3dBackpropInput(
                    tf.array(2, 4, 6, 6, 3),
                    wave(tf, 2, 3, 2, 3, 4),
                    x,
                    List.of(1L, 2L, 2L, 2L, 1L),
                    "SAME")),
        of(
            "REVERSE_SEQUENCE",
            Shape.of(2, 5, 3),
            (tf, x) -> tf.reverseSequence(x, tf.array(3, 5), 1L, ReverseSequence.batchDim(0L))),
        of(
            "SCATTER_ND",
            Shape.of(3, 4),
            (tf, x) -> tf.scatterNd(tf.constant(new int[][] {{4}, {0}, {2}}), x, tf.array(6, 4))),
        of(
            "MATRIX_DIAG",
            Shape.of(3, 4),
            (tf, x) ->
                tf.linalg.matrixDiag(
                    x, tf.constant(0), tf.constant(-1), tf.constant(-1), tf.constant(0f))),
        of(
            "NON_MAX_SUPPRESSION_V5",
            Shape.of(6, 4),
            (tf, x) ->
                tf.image
                    .nonMaxSuppression(
                        x,
                        wave(tf, 6),
                        tf.constant(4),
                        tf.constant(.5f),
                        tf.constant(.1f),
                        tf.constant(.5f),
                        NonMaxSuppression.padToMaxOutputSize(true))
                    .selectedScores()));
  }

  private static Arguments of(String operator, Shape shape, Function function) {
    return Arguments.of(operator, shape, function);
  }

  private static Operand<TFloat32> wave(Ops tf, long... sizes) {
    Shape shape = Shape.of(sizes);
    return tf.constant(shape, DataBuffers.of(wave((int) shape.size())));
  }

  private static float[] wave(int count) {
    return Values.of(count, i -> Math.sin(1.7 * i + count));
  }

  @ParameterizedTest(name = "{0} of {1}")
  @MethodSource("functions")
  void operator_isThatOfTensorFlow(String operator, Shape shape, Function function) {
    GraphModel model =
        GraphModel.build(
            tf -> {
              Operand<TFloat32> x =
                  tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape));
              return Endpoints.builder().input("x", x).output("y", function.of(tf, x)).build();
            });
    TfLiteModel file = TfLiteConverter.of(model).convert();
    assertTrue(file.operators().stream().anyMatch(op -> op.name().equals(operator)));
    float[] inputs = wave((int) shape.size());
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      float[] actual = interpreter.run(inputs, (int) shape.get(0));
      assertArrayEquals(evaluate(model, shape, inputs), actual, 1e-5f);
    }
  }

  private static float[] evaluate(GraphModel model, Shape shape, float[] inputs) {
    try (Graph graph = new Graph()) {
      graph.importGraphDef(model.graphDef());
      try (Session session = new Session(graph);
          TFloat32 fed = TFloat32.tensorOf(shape, DataBuffers.of(inputs));
          Result result = session.runner().feed("x", fed).fetch(model.outputs().get("y")).run()) {
        float[] values = new float[(int) result.get(0).shape().size()];
        result.get(0).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  @Test
  void lengthsBeyondTheSequence_areRefused() {
    for (int[] lengths : new int[][] {{3, 6}, {3, -1}, {3}}) {
      FileBuilder file = new FileBuilder();
      int x = file.tensor(TensorType.FLOAT32, 2, 5);
      int y = file.tensor(TensorType.FLOAT32, 2, 5);
      file.operator(
              "REVERSE_SEQUENCE",
              "ReverseSequence",
              options -> options.set(0, 1).set(1, 0),
              new int[] {x, file.ints(lengths)},
              y)
          .inputs(x)
          .outputs(y);
      assertThrows(IllegalArgumentException.class, () -> KernelRules.check(file.model()));
    }
  }

  @Test
  void shapesThatOnlyARunKnows_areNotBroadcast() {
    FileBuilder file = new FileBuilder();
    int left = file.tensor(TensorType.INT32, 2);
    int result = file.tensor(TensorType.INT32, 2);
    file.operator("BROADCAST_ARGS", new int[] {left, file.ints(3, 4)}, result)
        .inputs(left)
        .outputs(result);
    assertThrows(IllegalArgumentException.class, () -> KernelRules.check(file.model()));
  }

  @Test
  void volumeWithAnActivationButNoBias_isRefused() {
    FileBuilder file = new FileBuilder();
    int x = file.tensor(TensorType.FLOAT32, 1, 2, 2, 2, 1);
    int filter = file.tensor(TensorType.FLOAT32, 1, 1, 1, 1, 1);
    int y = file.tensor(TensorType.FLOAT32, 1, 2, 2, 2, 1);
    file.operator(
            "CONV_3D",
            "Conv3D",
            options -> options.set(1, 1).set(2, 1).set(3, 1).set(4, (byte) 1),
            new int[] {x, filter, -1},
            y)
        .inputs(x, filter)
        .outputs(y);
    String message =
        assertThrows(IllegalArgumentException.class, () -> KernelRules.check(file.model()))
            .getMessage();
    assertTrue(message.contains("an activation but no bias"), message);
  }

  @Test
  void quantizationOfNothing_isRefusedWhereAFileIsRead() {
    FileBuilder file = new FileBuilder();
    int x = file.tensor(TensorType.FLOAT32, 1, 2);
    int y = file.tensor(TensorType.FLOAT32, 1, 2);
    file.operator("DEQUANTIZE", new int[] {}, y).inputs(x).outputs(y);
    assertThrows(IllegalArgumentException.class, () -> TfLiteModel.of(file.bytes()));
  }
}
