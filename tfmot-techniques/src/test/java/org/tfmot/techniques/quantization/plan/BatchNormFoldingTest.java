package org.tfmot.techniques.quantization.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.ModelEditor;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.PostTrainingQuantization;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.testing.Values;

class BatchNormFoldingTest {

  private static final Shape IMAGE = Shape.of(-1, 6, 6, 3);
  private static final Shape VECTOR = Shape.of(-1, 6);

  @ParameterizedTest
  @EnumSource(Kind.class)
  void convolution(Kind kind) {
    assertFolds(kind, IMAGE, (layers, x) -> layers.convNorm("conv", x, 4, 3));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void convolutionWithBias(Kind kind) {
    assertFolds(
        kind,
        IMAGE,
        (layers, x) -> layers.batchNorm("c", layers.biasAdd("c", layers.conv("c", x, 4, 3))));
  }

  @Test
  void convolutionWithAnAddedVector() {
    assertFolds(
        Kind.RESOURCE,
        IMAGE,
        (layers, x) -> {
          x = layers.conv("c", x, 4, 3);
          Operand<TFloat32> bias = layers.vector("c", "bias", x, 0, 1);
          return layers.batchNorm("c", layers.at("c", "add").math.add(bias, x));
        });
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void matrixProductWithBias(Kind kind) {
    assertFolds(
        kind,
        VECTOR,
        (layers, x) -> normOfVectors(layers, layers.biasAdd("d", layers.matMul("d", x, 4))));
  }

  @Test
  void transposedMatrixProduct() {
    assertFolds(
        Kind.RESOURCE,
        VECTOR,
        (layers, x) -> {
          float[] values = Values.of(24, Math::sin);
          Operand<TFloat32> kernel = layers.weight("d", "kernel", Shape.of(4, 6), values);
          x = layers.at("d", "MatMul").linalg.matMul(x, kernel, MatMul.transposeB(true));
          return normOfVectors(layers, x);
        });
  }

  @Test
  void wholeNetwork() {
    GraphModel folded = assertSame(TestLayers.residual(Kind.RESOURCE));
    assertEquals(0, count(folded, "FusedBatchNormV3"));
    // A second time there is nothing to do.
    assertEquals(folded.graphDef(), BatchNormFolding.fold(folded).model().graphDef());
  }

  @Test
  void scaleOfZero_leavesTheOffset() {
    GraphModel folded =
        assertSame(
            TestLayers.model(
                Kind.RESOURCE,
                IMAGE,
                (layers, x) ->
                    layers.batchNorm(
                        "c",
                        layers.conv("c", x, 3, 3),
                        new float[] {0, -2, 1},
                        new float[] {1, 2, 3})));
    float[] kernel = TensorProtos.toFloats(folded.variable("c/Conv2D/folded_kernel").value());
    for (int i = 0; i < kernel.length; i += 3) {
      assertEquals(0, Math.abs(kernel[i]));
    }
  }

  @Test
  void zerosOfTheWeightStayZero() {
    float[] values = Values.of(54, i -> i % 4 == 0 ? Math.cos(i) : 0);
    GraphModel folded =
        assertSame(
            TestLayers.model(
                Kind.RESOURCE,
                Shape.of(-1, 6, 6, 3),
                (layers, x) -> {
                  Operand<TFloat32> kernel =
                      layers.weight("c", "kernel", Shape.of(3, 3, 3, 2), values);
                  x = layers.at("c", "conv").nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
                  return layers.batchNorm("c", x);
                }));
    float[] kernel = TensorProtos.toFloats(folded.variable("c/conv/folded_kernel").value());
    for (int i = 0; i < kernel.length; i++) {
      assertEquals(values[i] == 0, kernel[i] == 0);
    }
  }

  @Test
  void batchNormThatFollowsSomethingElse_stays() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGE,
            (layers, x) -> layers.batchNorm("n", layers.relu("c", layers.conv("c", x, 4, 3))));
    assertEquals(1, count(assertSame(model), "FusedBatchNormV3"));
  }

  @Test
  void vectorOfOneElementBetween_staysWithTheBatchNorm() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> offset = layers.weight("c", "offset", Shape.of(1), 0.5f);
              x = layers.at("c", "add").math.add(layers.conv("c", x, 4, 3), offset);
              return layers.batchNorm("c", x);
            });
    assertEquals(1, count(assertSame(model), "FusedBatchNormV3"));
  }

  @Test
  void batchNormInTrainingModeOfAModelForInference_isRefusedByName() {
    GraphModel training =
        TestLayers.model(Kind.RESOURCE, IMAGE, (layers, x) -> layers.convNorm("c", x, 4, 3));
    GraphModel undeclared =
        GraphModel.of(
            training.graphDef(),
            training.endpoints().toBuilder().inference().build(),
            training.variables().values());
    try (TFloat32 image = TestTraining.random(Shape.of(2, 6, 6, 3), 1)) {
      List<Map<String, TFloat32>> samples = List.of(Map.of("image", image));
      PostTrainingQuantization quantization = PostTrainingQuantization.builder().build();
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> quantization.calibrate(undeclared, samples));
      assertTrue(e.getMessage().contains("\"c/batch_norm\""), e.getMessage());
      assertTrue(e.getMessage().contains("training(true)"), e.getMessage());
    }
  }

  @Test
  void convolutionThatOthersLookAt_stays() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGE,
            (layers, x) -> {
              Operand<TFloat32> y = layers.conv("c", x, 4, 3);
              return layers.at("sum", "add").math.add(layers.batchNorm("c", y), y);
            });
    assertEquals(1, count(assertSame(model), "FusedBatchNormV3"));
  }

  @Test
  void convolutionThatIsAnOutput_stays() {
    GraphModel model =
        TestLayers.model(Kind.RESOURCE, IMAGE, (layers, x) -> layers.convNorm("c", x, 4, 3));
    ModelEditor editor = new ModelEditor(model.toInference());
    Endpoints endpoints = editor.endpoints().output("features", "c/Conv2D").build();
    GraphModel both = GraphModel.of(editor.graph().build(), endpoints, model.variables().values());
    GraphModel folded = BatchNormFolding.fold(both).model();
    assertEquals(1, count(folded, "FusedBatchNormV3"));
    try (TFloat32 image = TestTraining.random(Shape.of(2, 6, 6, 3), 1)) {
      assertArrayEquals(outputs(both, image, 1), outputs(folded, image, 1));
    }
  }

  private static Operand<TFloat32> normOfVectors(TestLayers layers, Operand<TFloat32> x) {
    x = layers.at("d", "images").reshape(x, layers.tf().array(-1, 1, 1, 4));
    x = layers.batchNorm("d", x);
    return layers.at("d", "vectors").reshape(x, layers.tf().array(-1, 4));
  }

  private static void assertFolds(Kind kind, Shape input, Body body) {
    assertEquals(0, count(assertSame(TestLayers.model(kind, input, body)), "FusedBatchNormV3"));
  }

  /** Within 1e-5 of the largest output; returns the folded model. */
  private static GraphModel assertSame(GraphModel model) {
    GraphModel inference = model.toInference();
    GraphModel folded = BatchNormFolding.fold(inference).model();
    long[] sizes = shape(model).asArray();
    sizes[0] = 3;
    try (TFloat32 image = TestTraining.random(Shape.of(sizes), 1)) {
      float[] expected = outputs(inference, image, 0);
      float[] actual = outputs(folded, image, 0);
      float largest = Values.largest(expected);
      assertTrue(largest > 0.1);
      assertArrayEquals(expected, actual, 1e-5f * largest);
    }
    return folded;
  }

  private static Shape shape(GraphModel model) {
    try (LiveModel live = model.open()) {
      return live.input("image").shape();
    }
  }

  private static float[] outputs(GraphModel model, TFloat32 image, int index) {
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("image", image))) {
      return TensorProtos.toFloats(TensorProtos.of(result.get(index)));
    }
  }

  private static long count(GraphModel model, String op) {
    return model.graphDef().getNodeList().stream().map(NodeDef::getOp).filter(op::equals).count();
  }
}
