package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.PostTrainingQuantization.Calibrated;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;
import org.tfmot.techniques.tflite.TfLiteConverter;
import org.tfmot.techniques.tflite.TfLiteInterpreter;
import org.tfmot.techniques.tflite.TfLiteModel;

/**
 * What quantization makes is what the converter needs for a model in integers only, and the two
 * agree.
 */
class IntegerModelTest {

  private static final Shape IMAGES = Shape.of(64, 8, 8, 3);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void residualNetwork(Kind kind) {
    assertAgrees(TestLayers.residual(kind), IMAGES);
  }

  @Test
  void normalizationOfTheInput() {
    assertAgrees(
        (layers, x) -> {
          x = layers.at("n", "sub").math.sub(x, layers.tf().constant(new float[] {.1f, .2f, .3f}));
          x = layers.at("n", "mul").math.mul(x, layers.tf().constant(new float[] {2, 3, 4}));
          return layers.relu("c", layers.convNorm("c", x, 4, 3));
        });
  }

  @Test
  void padding() {
    assertAgrees(
        (layers, x) -> {
          x = layers.relu("c", layers.convNorm("c", x, 4, 3));
          int[][] border = {{0, 0}, {1, 1}, {1, 1}, {0, 0}};
          x = layers.at("p", "Pad").pad(x, layers.tf().constant(border), layers.tf().constant(0f));
          return layers.convNorm("d", x, 4, 3);
        });
  }

  @Test
  void averagePool() {
    assertAgrees((layers, x) -> layers.averagePool("a", layers.convNorm("c", x, 4, 3)));
  }

  @Test
  void batchNormOfVectors() {
    assertAgrees(
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(-1, 12),
            (layers, x) -> {
              x = layers.biasAdd("d", layers.matMul("d", x, 6));
              x = layers.at("d", "images").reshape(x, layers.tf().array(-1, 1, 1, 6));
              x = layers.relu("d", layers.batchNorm("d", x));
              x = layers.at("d", "vectors").reshape(x, layers.tf().array(-1, 6));
              return layers.matMul("e", x, 3);
            }),
        Shape.of(64, 12));
  }

  @Test
  void matrixOnTheLeft() {
    assertAgrees(
        TestLayers.model(
            Kind.RESOURCE,
            Shape.of(6, 5),
            (layers, x) -> {
              float[] values = Values.of(24, Math::sin);
              Operand<TFloat32> kernel = layers.weight("d", "kernel", Shape.of(4, 6), values);
              x = layers.at("d", "MatMul").linalg.matMul(kernel, layers.relu("r", x));
              return layers.relu("d", x);
            }),
        Shape.of(6, 5));
  }

  private static void assertAgrees(Body body) {
    assertAgrees(TestLayers.model(Kind.RESOURCE, Shape.of(-1, 8, 8, 3), body), IMAGES);
  }

  /** Equal but for values that a rounding moved by a step or two. */
  private static void assertAgrees(GraphModel model, Shape shape) {
    try (TFloat32 image = TestTraining.random(shape, 1)) {
      Calibrated calibrated =
          PostTrainingQuantization.builder()
              .build()
              .calibrate(model, List.of(Map.of("image", image)));
      assertEquals(List.of(), calibrated.report().skipped());
      GraphModel quantized = calibrated.model();
      TfLiteModel lite = TfLiteConverter.of(quantized).int8().convert();
      assertEquals(List.of(), lite.floatOperators());
      float[] expected = TestTraining.run(quantized, image);
      float[] actual;
      try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(lite)) {
        float[] pixels = TensorProtos.toFloats(TensorProtos.of(image));
        actual = interpreter.run(pixels, (int) shape.get(0));
      }
      float step = outputStep(quantized);
      int same = 0;
      for (int i = 0; i < expected.length; i++) {
        same += Math.abs(expected[i] - actual[i]) < step / 2 ? 1 : 0;
      }
      assertTrue(Values.distance(expected, actual) < 3.5 * step);
      assertTrue(same > 0.7 * expected.length, same + " of " + expected.length);
    }
  }

  /** The step between two values of a quantized model's output. */
  static float outputStep(GraphModel quantized) {
    GraphEditor graph = new GraphEditor(quantized.graphDef());
    NodeDef node = graph.node(TensorRef.parse(quantized.outputs().get("logits")).node());
    while (!node.getOp().startsWith("FakeQuant")) {
      node = graph.input(node, 0);
    }
    return (constant(graph.input(node, 2)) - constant(graph.input(node, 1))) / 255;
  }

  private static float constant(NodeDef node) {
    return TensorProtos.toFloats(node.getAttrOrThrow("value").getTensor())[0];
  }
}
