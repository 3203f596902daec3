package org.tfmot.techniques.tflite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;

/** Files with int8 weights and float activations run on XNNPACK wherever float files do. */
class DynamicRangeTest {

  private static final Shape IMAGES = Shape.of(-1, 8, 8, 32);
  private static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void operationThatXnnPackTakesInFloat_isTakenWithInt8Weights(
      String name, Shape shape, BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, shape, body::apply);
    assertEquals(List.of(), undelegated(TfLiteConverter.of(model).convert()));
    assertEquals(List.of(), undelegated(TfLiteConverter.of(model).dynamicRange().convert()));
  }

  static Stream<Arguments> operations() {
    return Stream.of(
        operation(
            "Conv2D", IMAGES, (l, x) -> l.tf().nn.conv2d(x, kernel(l, 3, 3, 32, 32), ONE, "SAME")),
        operation("DepthwiseConv2dNative", IMAGES, (l, x) -> depthwise(l, "a", x, 5, 2)),
        operation(
            "Conv2DBackpropInput",
            Shape.of(1, 8, 8, 32),
            (l, x) ->
                l.tf()
                    .nn
                    .conv2dBackpropInput(
                        l.tf().constant(new int[] {1, 16, 16, 16}),
                        kernel(l, 3, 3, 16, 32),
                        x,
                        List.of(1L, 2L, 2L, 1L),
                        "SAME")),
        operation("MatMul", Shape.of(-1, 64), (l, x) -> l.tf().linalg.matMul(x, kernel(l, 64, 64))),
        operation(
            "BatchMatMulV3",
            Shape.of(4, 8, 64),
            (l, x) -> l.tf().train.batchMatMul(x, kernel(l, 4, 64, 32), TFloat32.class)),
        operation(
            "Einsum",
            Shape.of(1, 8, 64),
            (l, x) -> l.tf().linalg.einsum(List.of(x, kernel(l, 64, 4, 16)), "abc,cde->abde")));
  }

  @Test
  void depthwiseKernels_keepTheirFloats_andTheOthersAreInt8() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGES,
            (l, x) -> {
              Operand<TFloat32> y =
                  depthwise(l, "a", l.relu("r", depthwise(l, "b", x, 7, 1)), 7, 1);
              return l.tf().nn.conv2d(y, kernel(l, 3, 3, 32, 32), ONE, "SAME");
            });
    TfLiteModel exact = TfLiteConverter.of(model).convert();
    TfLiteModel dynamic = TfLiteConverter.of(model).dynamicRange().convert();

    assertEquals(3, dynamic.weights().size());
    for (int i = 0; i < 3; i++) {
      TfLiteTensor weight = dynamic.weights().get(i);
      if (weight.shape().get(1) == 7) {
        assertEquals(TensorType.FLOAT32, weight.type());
        assertTrue(weight.quantization().isEmpty());
        assertArrayEquals(exact.weights().get(i).toFloats(), weight.toFloats());
      } else {
        assertEquals(TensorType.INT8, weight.type());
        assertFalse(weight.quantization().isEmpty());
      }
    }
  }

  @Test
  void equalKernels_areEachReplaced() {
    GraphModel model =
        TestLayers.model(
            Kind.RESOURCE,
            IMAGES,
            (l, x) -> {
              Operand<TFloat32> kernel = kernel(l, 7, 7, 32, 1);
              Operand<TFloat32> y = l.tf().nn.depthwiseConv2dNative(x, kernel, ONE, "SAME");
              return l.tf().nn.depthwiseConv2dNative(l.relu("r", y), kernel, ONE, "SAME");
            });
    TfLiteModel dynamic = TfLiteConverter.of(model).dynamicRange().convert();
    assertTrue(dynamic.weights().stream().allMatch(w -> w.type() == TensorType.FLOAT32));
    assertEquals(List.of(), undelegated(dynamic));
  }

  private static Operand<TFloat32> depthwise(
      TestLayers layers, String name, Operand<TFloat32> x, int side, int multiples) {
    Operand<TFloat32> kernel = layers.normal(name, "kernel", Shape.of(side, side, 32, multiples));
    return layers.at(name, "conv").nn.depthwiseConv2dNative(x, kernel, ONE, "SAME");
  }

  private static Operand<TFloat32> kernel(TestLayers layers, long... sizes) {
    return layers.normal("layer", "kernel", Shape.of(sizes));
  }

  private static Arguments operation(
      String name, Shape shape, BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body) {
    return Arguments.of(name, shape, body);
  }

  private static List<String> undelegated(TfLiteModel file) {
    try (TfLiteInterpreter interpreter = TfLiteInterpreter.open(file)) {
      return interpreter.undelegatedOperators();
    }
  }
}
