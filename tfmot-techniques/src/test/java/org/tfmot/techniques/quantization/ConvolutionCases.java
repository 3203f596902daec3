package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.images;
import static org.tfmot.techniques.quantization.OperationCase.sequences;
import static org.tfmot.techniques.quantization.OperationCase.vectors;
import static org.tfmot.techniques.quantization.OperationCase.weight;

import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.Einsum;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tfmot.techniques.testing.TestLayers;

/** Convolutions and products of matrices. */
final class ConvolutionCases {

  private static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);

  private ConvolutionCases() {}

  static Stream<OperationCase> all() {
    return Stream.concat(convolutions(), products());
  }

  private static Stream<OperationCase> convolutions() {
    return Stream.of(
        images("Conv2D", 1, "CONV_2D", (layers, x) -> layers.conv("c", x, 4, 3)),
        images("Conv2D, batch norm", 1, "CONV_2D", (layers, x) -> layers.convNorm("c", x, 4, 3)),
        images("depthwise", 1, "DEPTHWISE_CONV_2D", (layers, x) -> depthwise(layers, x, 1)),
        images(
            "depthwise, two each", 1, "DEPTHWISE_CONV_2D", (layers, x) -> depthwise(layers, x, 2)),
        images(
            "depthwise, bias, ReLU6",
            1,
            "DEPTHWISE_CONV_2D",
            (layers, x) ->
                layers.at("r", "relu6").nn.relu6(layers.biasAdd("d", depthwise(layers, x, 2)))),
        images(
            "depthwise, batch norm, ReLU",
            1,
            "DEPTHWISE_CONV_2D",
            (layers, x) -> layers.relu("r", layers.batchNorm("d", depthwise(layers, x, 2)))),
        images("transposed", 1, "TRANSPOSE_CONV", ConvolutionCases::transposed),
        images(
            "transposed, bias, ReLU",
            1,
            "TRANSPOSE_CONV",
            (layers, x) -> layers.relu("r", layers.biasAdd("t", transposed(layers, x)))),
        images(
            "transposed, ReLU",
            1,
            "TRANSPOSE_CONV",
            (layers, x) -> layers.relu("r", transposed(layers, x))),
        images(
            "transposed, batch norm",
            1,
            "TRANSPOSE_CONV",
            (layers, x) -> layers.batchNorm("t", transposed(layers, x))),
        sequences("Conv1D", 1, "CONV_2D", ConvolutionCases::convolution1d),
        sequences(
            "Conv1D, bias, ReLU",
            1,
            "CONV_2D",
            (layers, x) -> layers.relu("r", layers.biasAdd("c", convolution1d(layers, x)))));
  }

  private static Stream<OperationCase> products() {
    return Stream.of(
        vectors("MatMul", 1, "FULLY_CONNECTED", (layers, x) -> layers.matMul("d", x, 5)),
        vectors(
            "MatMul, bias, ReLU",
            1,
            "FULLY_CONNECTED",
            (layers, x) -> layers.relu("d", layers.biasAdd("d", layers.matMul("d", x, 5)))),
        sequences(
            "BatchMatMul, a matrix",
            1,
            "FULLY_CONNECTED",
            (layers, x) -> product(layers, x, weight(layers, 4, 5))),
        sequences(
            "BatchMatMul, a matrix, bias, ReLU",
            1,
            "FULLY_CONNECTED",
            (layers, x) ->
                layers.relu(
                    "r",
                    layers
                        .at("a", "add")
                        .math
                        .add(
                            product(layers, x, weight(layers, 4, 5)),
                            layers.weight("a", "bias", SHAPE_5, .1f, -.2f, .3f, -.4f, .5f)))),
        sequences(
            "BatchMatMul, matrices, bias",
            1,
            "BATCH_MATMUL",
            (layers, x) ->
                layers
                    .at("a", "add")
                    .math
                    .add(
                        product(layers, x, weight(layers, 8, 4, 5)),
                        layers.weight("a", "bias", SHAPE_5, .1f, -.2f, .3f, -.4f, .5f))),
        sequences(
            "BatchMatMul, a matrix on the left",
            1,
            "BATCH_MATMUL",
            (layers, x) -> product(layers, weight(layers, 5, 8), x)),
        sequences(
            "BatchMatMul of activations",
            1,
            "BATCH_MATMUL",
            (layers, x) ->
                layers
                    .at("p", "product")
                    .train
                    .batchMatMul(x, x, TFloat32.class, BatchMatMul.adjY(true))),
        sequences(
            "Einsum, a matrix",
            1,
            "FULLY_CONNECTED",
            (layers, x) -> einsum(layers, "btd,dhk->bthk", x, weight(layers, 4, 2, 5))),
        sequences(
            "Einsum of activations",
            1,
            "BATCH_MATMUL",
            (layers, x) -> einsum(layers, "btd,bsd->bts", x, layers.relu("r", x))));
  }

  private static final Shape SHAPE_5 = Shape.of(5);

  private static Operand<TFloat32> depthwise(
      TestLayers layers, Operand<TFloat32> x, long multiplier) {
    return layers
        .at("d", "depthwise")
        .nn
        .depthwiseConv2dNative(x, weight(layers, 3, 3, 3, multiplier), ONE, "SAME");
  }

  private static Operand<TFloat32> transposed(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> result =
        layers
            .at("t", "transposed")
            .nn
            .conv2dBackpropInput(
                layers.tf().array(16, 16, 16, 5),
                weight(layers, 3, 3, 5, 3),
                x,
                List.of(1L, 2L, 2L, 1L),
                "SAME");
    return result;
  }

  private static Operand<TFloat32> convolution1d(TestLayers layers, Operand<TFloat32> x) {
    Operand<TFloat32> image = layers.at("c", "image").expandDims(x, layers.tf().constant(-3));
    Operand<TFloat32> kernel =
        layers.at("c", "filter").expandDims(weight(layers, 3, 4, 5), layers.tf().constant(0));
    Operand<TFloat32> result = layers.at("c", "Conv2D").nn.conv2d(image, kernel, ONE, "SAME");
    return layers.at("c", "squeeze").squeeze(result, Squeeze.axis(List.of(-3L)));
  }

  private static Operand<TFloat32> product(
      TestLayers layers, Operand<TFloat32> a, Operand<TFloat32> b) {
    return layers.at("p", "product").train.batchMatMul(a, b, TFloat32.class);
  }

  private static Operand<TFloat32> einsum(
      TestLayers layers, String equation, Operand<TFloat32> a, Operand<TFloat32> b) {
    Einsum<TFloat32> einsum = layers.at("e", "einsum").linalg.einsum(List.of(a, b), equation);
    return einsum;
  }
}
