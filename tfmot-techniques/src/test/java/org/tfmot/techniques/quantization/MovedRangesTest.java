package org.tfmot.techniques.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tfmot.api.GraphModel;
import org.tfmot.api.LiveModel;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.quantization.IntegerModels.Way;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Kind;
import org.tfmot.techniques.testing.TestTraining;
import org.tfmot.techniques.tflite.TfLiteModel;
import org.tfmot.techniques.tflite.TfLiteTensor;

/** Moved values keep their range whatever reads them. */
class MovedRangesTest {

  private static final Shape SHAPE = Shape.of(8, 6, 6, 4);

  enum Reader {
    SQUARE((l, x) -> l.tf().math.square(reshaped(l, x))),
    SQUARE_OF_RELU((l, x) -> l.tf().math.square(reshaped(l, l.relu("r", x)))),
    SQUARE_OF_TWO_RESHAPES(
        (l, x) -> l.tf().math.square(reshaped(l, l.tf().reshape(x, l.tf().array(-1, 9, 16))))),
    SQUARE_OF_A_RESHAPED_SQUARE(
        (l, x) ->
            l.tf()
                .math
                .square(l.tf().reshape(l.tf().math.square(reshaped(l, x)), l.tf().array(-1, 144)))),
    TWICE_TWICE((l, x) -> twice(l, twice(l, reshaped(l, x)))),
    SQUARE_OF_TWICE((l, x) -> l.tf().math.square(twice(l, reshaped(l, x)))),
    DIFFERENCE_TO_ITSELF(
        (l, x) -> {
          Operand<TFloat32> y = reshaped(l, x);
          Operand<TFloat32> none = l.tf().math.sub(y, y);
          return l.tf().math.add(l.tf().math.add(none, y), l.tf().math.squaredDifference(y, y));
        }),
    SQUARE_OF_CONV1D((l, x) -> l.tf().math.square(sequence(l, x))),
    TWICE_OF_CONV1D((l, x) -> twice(l, sequence(l, x))),
    PRODUCT_OF_EQUAL_RESHAPES((l, x) -> l.tf().math.mul(reshaped(l, x), reshaped(l, x))),
    /** A mean over a middle dimension is that of an image, which gets its shape back. */
    SQUARE_OF_A_MEAN((l, x) -> l.tf().math.square(l.tf().math.mean(x, l.tf().array(2)))),
    SQUARE_OF_AN_ADDED_DIMENSION(
        (l, x) -> l.tf().math.square(l.tf().expandDims(reshaped(l, x), l.tf().constant(1)))),
    SQUARE_OF_A_DROPPED_DIMENSION(
        (l, x) ->
            l.tf()
                .math
                .square(
                    l.tf()
                        .squeeze(
                            l.tf().reshape(x, l.tf().array(-1, 1, 36, 4)),
                            Squeeze.axis(List.of(1L))))),
    POOL_AND_CONVOLUTION_OF_AN_ADDED_DIMENSION(
        (l, x) -> poolAndConvolution(l, l.tf().expandDims(reshaped(l, x), l.tf().constant(2)))),
    POOL_AND_CONVOLUTION_OF_A_PADDED_IMAGE(
        (l, x) ->
            poolAndConvolution(
                l,
                l.tf()
                    .pad(
                        x,
                        l.tf().constant(new int[][] {{0, 0}, {1, 1}, {1, 1}, {0, 0}}),
                        l.tf().constant(0f)))),
    POOL_AND_CONVOLUTION_OF_A_CUT_IMAGE(
        (l, x) ->
            poolAndConvolution(
                l, l.tf().gather(x, l.tf().array(3, 0, 2, 5, 1, 4), l.tf().constant(1)))),
    TWICE((l, x) -> l.tf().math.add(reshaped(l, x), reshaped(l, x))),
    TWICE_A_RELU((l, x) -> twice(l, reshaped(l, l.relu("r", x)))),
    TWICE_AN_EINSUM(
        (l, x) -> {
          Operand<TFloat32> y = einsum(l, "abcd,de->abce", x, 4, 5);
          return l.tf().math.add(y, y);
        }),
    NORMALIZED(
        (l, x) -> {
          Operand<TFloat32> y = reshaped(l, x);
          Operand<TFloat32> sum =
              l.tf().sum(l.tf().math.square(y), l.tf().constant(2), Sum.keepDims(true));
          return l.tf().math.mul(y, l.tf().math.rsqrt(l.tf().math.add(sum, l.tf().constant(0.1f))));
        }),
    SQUARED_RELU_OF_A_RESHAPED_PRODUCT(
        (l, x) -> {
          Operand<TFloat32> rows = l.tf().reshape(x, l.tf().array(-1, 4));
          Operand<TFloat32> y = l.tf().linalg.matMul(rows, OperationCase.weight(l, 4, 5));
          return l.tf().math.square(l.relu("r", l.tf().reshape(y, l.tf().array(-1, 36, 5))));
        }),
    /** The converter makes an Einsum end in a reshape. */
    SQUARE_OF_EINSUM((l, x) -> l.tf().math.square(einsum(l, "abcd,de->abce", x, 4, 5))),
    SQUARE_OF_TRANSPOSED_EINSUM((l, x) -> l.tf().math.square(einsum(l, "abcd,ed->abce", x, 5, 4))),
    PRODUCT_OF_EINSUM_TO_HEADS(
        (l, x) -> {
          Operand<TFloat32> y = einsum(l, "abcd,dhk->abchk", x, 4, 2, 3);
          return l.tf().math.mul(y, y);
        }),
    SQUARED_RELU_OF_EINSUM(
        (l, x) -> l.tf().math.square(l.relu("r", einsum(l, "abcd,cde->abe", x, 6, 4, 5)))),
    MAXIMUM_OF_A_SECOND_READER(
        (l, x) -> {
          Operand<TFloat32> y = l.tf().nn.spaceToDepth(x, 2L);
          Operand<TFloat32> wide =
              l.tf().math.mul(l.conv("conv", y, 16, 1, 1), l.tf().constant(5f));
          return l.tf().math.maximum(wide, y);
        }),
    /** Rows of a table are rounded already. */
    CONCATENATION_OF_ROWS(
        (l, x) -> {
          Operand<TFloat32> table = OperationCase.weight(l, 4, 40);
          Operand<TFloat32> y =
              l.tf().gather(table, l.tf().math.argMax(x, l.tf().constant(3)), l.tf().constant(0));
          Operand<TFloat32> large = l.tf().math.mul(y, l.tf().constant(new float[] {-.6f}));
          return l.tf().concat(List.of(y, large), l.tf().constant(1));
        }),
    CONCATENATION_OF_A_SECOND_READER(
        (l, x) -> {
          Operand<TFloat32> y = reshaped(l, x);
          Operand<TFloat32> wide = l.tf().math.mul(y, l.tf().constant(6f));
          return l.tf()
              .math
              .add(
                  l.tf().concat(List.of(y, wide), l.tf().constant(1)),
                  l.tf().concat(List.of(y, y), l.tf().constant(1)));
        });

    private final BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body;

    Reader(BiFunction<TestLayers, Operand<TFloat32>, Operand<TFloat32>> body) {
      this.body = body;
    }

    private static Operand<TFloat32> einsum(
        TestLayers layers, String equation, Operand<TFloat32> x, long... weight) {
      Operand<TFloat32> kernel = OperationCase.weight(layers, weight);
      return layers.tf().linalg.einsum(List.of(x, kernel), equation);
    }

    private static Operand<TFloat32> poolAndConvolution(TestLayers layers, Operand<TFloat32> x) {
      Operand<TFloat32> pool =
          layers.tf().nn.avgPool(x, List.of(1L, 3L, 1L, 1L), List.of(1L, 1L, 1L, 1L), "SAME");
      Operand<TFloat32> convolution = layers.relu("c", layers.conv("c", x, 4, 1, 1));
      return layers.tf().concat(List.of(convolution, pool), layers.tf().constant(3));
    }

    private static Operand<TFloat32> sequence(TestLayers layers, Operand<TFloat32> x) {
      Operand<TFloat32> row = layers.tf().reshape(x, layers.tf().array(-1, 1, 36, 4));
      Operand<TFloat32> y =
          layers.tf().squeeze(layers.conv("c", row, 5, 1), Squeeze.axis(List.of(1L)));
      return layers.relu("r", layers.biasAdd("c", y));
    }

    private static Operand<TFloat32> twice(TestLayers layers, Operand<TFloat32> x) {
      return layers.tf().math.add(x, x);
    }

    private static Operand<TFloat32> reshaped(TestLayers layers, Operand<TFloat32> x) {
      return layers.tf().reshape(x, layers.tf().array(-1, 36, 4));
    }
  }

  @ParameterizedTest
  @EnumSource(Reader.class)
  void fileAnswersAsTheSimulation(Reader reader) {
    GraphModel model = TestLayers.model(Kind.RESOURCE, Shape.of(-1, 6, 6, 4), reader.body::apply);
    try (TFloat32 image = TestTraining.random(SHAPE, 5)) {
      float[] values = TensorProtos.toFloats(TensorProtos.of(image));
      for (Way way : Way.values()) {
        // One step of the product, and one of what is made of it.
        TfLiteModel file =
            IntegerModels.assertAgree(way.apply(model, image), image, values, 2, 0.05);
        TfLiteTensor output = file.tensors().get(file.outputs().get("logits"));
        assertEquals(shape(model, image), withoutBatch(output.shape()), reader.name());
      }
    }
  }

  private static Shape shape(GraphModel model, TFloat32 image) {
    try (LiveModel live = model.open();
        Result result = live.run(Map.of("image", image))) {
      return withoutBatch(result.get(0).shape());
    }
  }

  private static Shape withoutBatch(Shape shape) {
    return shape.subShape(1, shape.numDimensions());
  }
}
