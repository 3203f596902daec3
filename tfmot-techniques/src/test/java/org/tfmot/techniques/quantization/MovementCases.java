package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.images;
import static org.tfmot.techniques.quantization.OperationCase.sequences;
import static org.tfmot.techniques.quantization.OperationCase.vectors;

import java.util.List;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;

/** What merges, resizes, moves and chooses values, and arithmetic. */
final class MovementCases {

  private MovementCases() {}

  static Stream<OperationCase> all() {
    return Stream.of(merging(), resizing(), moving(), splitting(), arithmetic())
        .flatMap(cases -> cases);
  }

  private static Stream<OperationCase> merging() {
    return Stream.of(
        images(
            "ConcatV2",
            1,
            "CONCATENATION",
            (layers, x) ->
                layers
                    .at("m", "concat")
                    .concat(
                        List.of(layers.relu("r", x), twice(layers, x), x),
                        layers.tf().constant(3))),
        images(
            "ConcatV2, a constant",
            1,
            "CONCATENATION",
            (layers, x) ->
                layers
                    .at("m", "concat")
                    .concat(
                        List.of(x, OperationCase.weight(layers, 16, 8, 8, 2)),
                        layers.tf().constant(3))),
        vectors(
            "Pack",
            1,
            "PACK",
            (layers, x) ->
                layers.at("m", "pack").stack(List.of(x, twice(layers, x)), Stack.axis(1L))),
        vectors(
            "Maximum",
            1,
            "MAXIMUM",
            (layers, x) -> layers.at("m", "maximum").math.maximum(x, twice(layers, x))),
        vectors(
            "Minimum, a constant",
            1,
            "MINIMUM",
            (layers, x) -> layers.at("m", "minimum").math.minimum(x, layers.tf().constant(.4f))),
        images(
            "PadV2 with a value",
            1,
            "PADV2",
            (layers, x) ->
                layers.at("m", "pad").pad(x, border(layers), layers.tf().constant(6.5f))));
  }

  private static Stream<OperationCase> resizing() {
    return Stream.of(
        images(
            "ResizeBilinear",
            1,
            "RESIZE_BILINEAR",
            (layers, x) ->
                layers
                    .at("s", "resize")
                    .image
                    .resizeBilinear(
                        x, layers.tf().array(16, 12), ResizeBilinear.halfPixelCenters(true))),
        moving(
            OperationCase.IMAGES,
            "ResizeNearestNeighbor",
            "RESIZE_NEAREST_NEIGHBOR",
            (layers, x) ->
                layers.at("s", "resize").image.resizeNearestNeighbor(x, layers.tf().array(16, 16))),
        images("AvgPool", 1, "AVERAGE_POOL_2D", (layers, x) -> layers.averagePool("s", x)),
        moving(
            OperationCase.IMAGES, "MaxPool", "MAX_POOL_2D", (layers, x) -> layers.maxPool("s", x)),
        moving(
            OperationCase.IMAGES,
            "Max",
            "REDUCE_MAX",
            (layers, x) -> layers.at("s", "max").max(x, axes(layers))),
        moving(
            OperationCase.IMAGES,
            "Min",
            "REDUCE_MIN",
            (layers, x) -> layers.at("s", "min").min(x, axes(layers))));
  }

  private static Stream<OperationCase> moving() {
    return Stream.of(
        moving(
            OperationCase.IMAGES,
            "PadV2 with zeros",
            "PAD",
            (layers, x) -> layers.at("m", "pad").pad(x, border(layers), layers.tf().constant(0f))),
        moving(
            OperationCase.IMAGES,
            "MirrorPad",
            "MIRROR_PAD",
            (layers, x) -> layers.at("m", "mirror").mirrorPad(x, border(layers), "REFLECT")),
        moving(
            OperationCase.IMAGES,
            "Reshape",
            "RESHAPE",
            (layers, x) -> layers.at("m", "flat").reshape(x, layers.tf().array(-1, 48))),
        moving(
            OperationCase.IMAGES,
            "Transpose",
            "TRANSPOSE",
            (layers, x) ->
                layers.at("m", "transpose").linalg.transpose(x, layers.tf().array(0, 2, 3, 1))),
        moving(
            OperationCase.IMAGES,
            "StridedSlice",
            "STRIDED_SLICE",
            (layers, x) ->
                layers
                    .at("m", "slice")
                    .stridedSlice(
                        x,
                        layers.tf().array(0, 1, 1, 0),
                        layers.tf().array(0, 7, 7, 3),
                        layers.tf().array(1, 2, 2, 1),
                        StridedSlice.endMask(1L))),
        moving(
            OperationCase.IMAGES,
            "Slice",
            "SLICE",
            (layers, x) ->
                layers
                    .at("m", "slice")
                    .slice(x, layers.tf().array(0, 1, 1, 0), layers.tf().array(16, 4, 4, 2))),
        moving(
            OperationCase.IMAGES,
            "GatherV2",
            "GATHER",
            (layers, x) ->
                layers
                    .at("m", "gather")
                    .gather(x, layers.tf().array(2, 0, 2), layers.tf().constant(3))),
        moving(
            OperationCase.IMAGES,
            "Tile",
            "TILE",
            (layers, x) -> layers.at("m", "tile").tile(x, layers.tf().array(1, 2, 1, 2))),
        moving(
            OperationCase.IMAGES,
            "SpaceToDepth",
            "SPACE_TO_DEPTH",
            (layers, x) -> layers.at("m", "blocks").nn.spaceToDepth(x, 2L)),
        moving(
            OperationCase.SEQUENCES,
            "DepthToSpace",
            "DEPTH_TO_SPACE",
            (layers, x) ->
                layers
                    .at("m", "pixels")
                    .nn
                    .depthToSpace(
                        layers.at("m", "rows").reshape(x, layers.tf().array(8, 2, 4, 4)), 2L)));
  }

  private static Stream<OperationCase> splitting() {
    return Stream.of(
        vectors(
            "Split",
            1,
            "SPLIT",
            (layers, x) -> {
              List<Output<TFloat32>> parts =
                  layers.at("p", "split").split(layers.tf().constant(1), x, 3L).output();
              return layers.at("p", "add").math.add(parts.get(0), parts.get(2));
            }),
        vectors(
            "SplitV",
            1,
            "SPLIT",
            (layers, x) -> {
              List<Output<TFloat32>> parts =
                  layers
                      .at("p", "split")
                      .splitV(x, layers.tf().array(2, 2, 2), layers.tf().constant(1), 3L)
                      .output();
              return layers.at("p", "mul").math.mul(parts.get(1), parts.get(2));
            }),
        sequences(
            "Unpack",
            1,
            "UNPACK",
            (layers, x) -> {
              List<Output<TFloat32>> rows =
                  layers.at("p", "unpack").unstack(x, 8L, Unstack.axis(1L)).output();
              return layers.at("p", "sub").math.sub(rows.get(1), rows.get(4));
            }));
  }

  private static Stream<OperationCase> arithmetic() {
    return Stream.of(
        vectors("Add", 1, "ADD", (layers, x) -> layers.at("a", "add").math.add(x, x)),
        vectors(
            "Add, ReLU",
            1,
            "ADD",
            (layers, x) -> layers.relu("r", layers.at("a", "add").math.add(x, x))),
        vectors(
            "Sub from a constant",
            1,
            "SUB",
            (layers, x) -> layers.at("a", "sub").math.sub(layers.tf().constant(1f), x)),
        vectors("Mul", 1, "MUL", (layers, x) -> layers.at("a", "mul").math.mul(x, x)),
        vectors(
            "RealDiv by a number",
            1,
            "MUL",
            (layers, x) -> layers.at("a", "div").math.div(x, layers.tf().constant(-2.6f))),
        vectors(
            "RealDiv by constants",
            1,
            "MUL",
            (layers, x) ->
                layers.at("a", "div").math.div(x, layers.tf().array(-2.6f, 3, .7f, 1, 2, 5))),
        vectors("Square", 1, "MUL", (layers, x) -> layers.at("a", "square").math.square(x)),
        vectors(
            "SquaredDifference",
            1,
            "MUL",
            (layers, x) ->
                layers.at("a", "difference").math.squaredDifference(x, layers.tf().constant(.5f))),
        images("Mean", 1, "MEAN", (layers, x) -> layers.at("a", "mean").math.mean(x, axes(layers))),
        images("Sum", 1, "SUM", (layers, x) -> layers.at("a", "sum").sum(x, axes(layers))),
        images("batch norm alone", 1, "DEPTHWISE_CONV_2D", (layers, x) -> layers.batchNorm("n", x)),
        images(
            "batch norm alone, ReLU",
            1,
            "DEPTHWISE_CONV_2D",
            (layers, x) -> layers.relu("r", layers.batchNorm("n", x))));
  }

  /** What only moves values is quantized between others that are. */
  private static OperationCase moving(Shape shape, String name, String lite, Body body) {
    return new OperationCase(
        name,
        shape,
        1,
        lite,
        (layers, x) -> layers.at("f", "leaky").nn.leakyRelu(body.build(layers, x)));
  }

  private static Operand<TFloat32> twice(TestLayers layers, Operand<TFloat32> x) {
    return layers.at("t", "twice").math.add(x, x);
  }

  private static Operand<TInt32> axes(TestLayers layers) {
    return layers.tf().array(1, 2);
  }

  private static Operand<TInt32> border(TestLayers layers) {
    return layers.tf().constant(new int[][] {{0, 0}, {1, 1}, {2, 1}, {0, 0}});
  }
}
