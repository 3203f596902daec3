package org.tfmot.techniques.quantization;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.api.Endpoints;
import org.tfmot.api.GraphModel;
import org.tfmot.techniques.quantization.plan.Patterns;
import org.tfmot.techniques.quantization.plan.Sums;

/**
 * An operation that the techniques turn into one of integers, alone in a model.
 *
 * @param name its type, and the form
 * @param shape of each input
 * @param inputs how many the model has: "x0", "x1"
 * @param weighted whether it has a constant whose magnitude matters
 * @param body makes the output "y" of the inputs and the constant's magnitude
 */
record SweepOperator(String name, Shape shape, int inputs, boolean weighted, Body body) {

  private static final Shape VECTORS = Shape.of(4, 6);
  private static final Shape IMAGES = Shape.of(1, 4, 4, 2);
  private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> TWOS = List.of(1L, 2L, 2L, 1L);

  /** Makes the output. */
  interface Body {
    Operand<TFloat32> build(Ops tf, List<Operand<TFloat32>> inputs, float magnitude);
  }

  /** A model for inference. */
  GraphModel model(float magnitude) {
    GraphModel built =
        GraphModel.build(
            tf -> {
              Endpoints.Builder endpoints = Endpoints.builder();
              List<Operand<TFloat32>> placeholders = new ArrayList<>();
              for (int i = 0; i < inputs; i++) {
                Operand<TFloat32> x =
                    tf.withName("x" + i).placeholder(TFloat32.class, Placeholder.shape(shape));
                placeholders.add(x);
                endpoints.input("x" + i, x);
              }
              Operand<TFloat32> result = body.build(tf.withSubScope("op"), placeholders, magnitude);
              return endpoints.output("y", result).build();
            });
    return Sums.inPairs(built);
  }

  /** Tells whether it is made of so many that their ranges follow from the inputs' values. */
  boolean isComposed() {
    return name.startsWith("composed: ");
  }

  /** Tells whether it chooses between two operands. */
  boolean isComparison() {
    return Patterns.isComparison(name.split(" ")[0]);
  }

  /** Tells whether it has no value below 0. */
  boolean isForPositive() {
    return List.of("Log", "Rsqrt", "Sqrt").contains(name);
  }

  static List<SweepOperator> all() {
    return Stream.of(arithmetic(), comparisons(), products(), functions(), movements(), composed())
        .flatMap(operators -> operators)
        .toList();
  }

  private static Stream<SweepOperator> arithmetic() {
    return Stream.of(
        binary("Add", (tf, x) -> tf.math.add(x.get(0), x.get(1))),
        binary("Add, Relu", (tf, x) -> tf.nn.relu(tf.math.add(x.get(0), x.get(1)))),
        binary("Sub", (tf, x) -> tf.math.sub(x.get(0), x.get(1))),
        binary("Mul", (tf, x) -> tf.math.mul(x.get(0), x.get(1))),
        binary("SquaredDifference", (tf, x) -> tf.math.squaredDifference(x.get(0), x.get(1))),
        binary("Maximum", (tf, x) -> tf.math.maximum(x.get(0), x.get(1))),
        binary("Minimum", (tf, x) -> tf.math.minimum(x.get(0), x.get(1))),
        binary("AddN", (tf, x) -> tf.math.addN(List.of(x.get(0), x.get(1)))),
        binary("AddN of three", (tf, x) -> tf.math.addN(List.of(x.get(0), x.get(1), x.get(0)))),
        constant("Add, a constant", (tf, x, c) -> tf.math.add(x, c)),
        constant("Sub from a constant", (tf, x, c) -> tf.math.sub(c, x)),
        constant("Mul, a constant", (tf, x, c) -> tf.math.mul(x, c)),
        constant("Maximum, a constant", (tf, x, c) -> tf.math.maximum(x, c)),
        unary("RealDiv", (tf, x) -> tf.math.div(x, tf.constant(3f))),
        unary("Neg", (tf, x) -> tf.math.neg(x)),
        unary("Square", (tf, x) -> tf.math.square(x)),
        unary("Mean", (tf, x) -> tf.math.mean(x, tf.array(1))),
        unary("Sum", (tf, x) -> tf.sum(x, tf.array(1))));
  }

  private static Stream<SweepOperator> comparisons() {
    return Stream.of(
        comparison("Equal", (tf, x) -> tf.math.equal(x.get(0), x.get(1))),
        comparison("Greater", (tf, x) -> tf.math.greater(x.get(0), x.get(1))),
        comparison("GreaterEqual", (tf, x) -> tf.math.greaterEqual(x.get(0), x.get(1))),
        comparison("Less", (tf, x) -> tf.math.less(x.get(0), x.get(1))),
        comparison("LessEqual", (tf, x) -> tf.math.lessEqual(x.get(0), x.get(1))),
        comparison("NotEqual", (tf, x) -> tf.math.notEqual(x.get(0), x.get(1))),
        constant(
            "Greater than a constant",
            (tf, x, c) -> tf.nn.leakyRelu(tf.select(tf.math.greater(x, c), x, c))),
        unary(
            "Cast of a comparison",
            (tf, x) ->
                tf.nn.leakyRelu(
                    tf.dtypes.cast(tf.math.greater(x, tf.constant(0f)), TFloat32.class))),
        unary("ZerosLike", (tf, x) -> tf.math.maximum(x, tf.zerosLike(x))),
        weighted(
            "OneHot",
            VECTORS,
            (tf, x, m) ->
                tf.nn.leakyRelu(
                    tf.oneHot(
                        tf.math.argMax(x, tf.constant(1)),
                        tf.constant(6),
                        tf.constant(m),
                        tf.constant(-m / 3)))));
  }

  private static Stream<SweepOperator> products() {
    return Stream.of(
        weighted("MatMul", VECTORS, (tf, x, m) -> tf.linalg.matMul(x, weight(tf, m, 6, 3))),
        weighted(
            "MatMul, bias, Relu",
            VECTORS,
            (tf, x, m) ->
                tf.nn.relu(
                    tf.nn.biasAdd(tf.linalg.matMul(x, weight(tf, m, 6, 3)), weight(tf, m, 3)))),
        weighted(
            "Conv2D",
            IMAGES,
            (tf, x, m) -> tf.nn.conv2d(x, weight(tf, m, 3, 3, 2, 3), ONES, "SAME")),
        weighted(
            "Conv2D, bias, Relu6",
            IMAGES,
            (tf, x, m) ->
                tf.nn.relu6(
                    tf.nn.biasAdd(
                        tf.nn.conv2d(x, weight(tf, m, 3, 3, 2, 3), ONES, "SAME"),
                        weight(tf, m, 3)))),
        weighted(
            "DepthwiseConv2dNative",
            IMAGES,
            (tf, x, m) -> tf.nn.depthwiseConv2dNative(x, weight(tf, m, 3, 3, 2, 1), ONES, "SAME")),
        weighted(
            "Conv2DBackpropInput",
            IMAGES,
            (tf, x, m) ->
                tf.nn.conv2dBackpropInput(
                    tf.array(1, 8, 8, 3), weight(tf, m, 3, 3, 3, 2), x, TWOS, "SAME")),
        weighted(
            "FusedBatchNormV3",
            IMAGES,
            (tf, x, m) ->
                tf.nn
                    .fusedBatchNorm(
                        x,
                        weight(tf, m, 2),
                        weight(tf, m, 2),
                        tf.constant(new float[] {0, 0}),
                        tf.constant(new float[] {1, 1}),
                        FusedBatchNorm.isTraining(false))
                    .y()),
        weighted(
            "Conv2D, dilated",
            IMAGES,
            (tf, x, m) ->
                tf.nn.conv2d(x, weight(tf, m, 2, 2, 2, 3), ONES, "VALID", Conv2d.dilations(TWOS))),
        weighted(
            "MatMul with a constant before",
            VECTORS,
            (tf, x, m) -> tf.linalg.matMul(weight(tf, m, 3, 4), x)),
        weighted(
            "BatchMatMulV2 with a constant",
            Shape.of(2, 4, 4),
            (tf, x, m) -> tf.train.batchMatMul(x, weight(tf, m, 4, 3), TFloat32.class)),
        weighted(
            "Einsum",
            Shape.of(2, 4, 4),
            (tf, x, m) -> tf.linalg.einsum(List.of(x, weight(tf, m, 4, 2, 2)), "abc,cde->abde")),
        binary(
            "MatMul of two",
            (tf, x) -> tf.linalg.matMul(x.get(0), x.get(1), MatMul.transposeB(true))),
        new SweepOperator(
            "BatchMatMulV2",
            Shape.of(2, 4, 4),
            2,
            false,
            (tf, x, m) -> tf.train.batchMatMul(x.get(0), x.get(1), TFloat32.class)));
  }

  private static Stream<SweepOperator> functions() {
    return Stream.of(
        unary("Relu", (tf, x) -> tf.nn.relu(x)),
        unary("Relu6", (tf, x) -> tf.nn.relu6(x)),
        unary("LeakyRelu", (tf, x) -> tf.nn.leakyRelu(x)),
        unary("Abs", (tf, x) -> tf.math.abs(x)),
        unary("Exp", (tf, x) -> tf.math.exp(x)),
        unary("Log", (tf, x) -> tf.math.log(x)),
        unary("Rsqrt", (tf, x) -> tf.math.rsqrt(x)),
        unary("Softmax", (tf, x) -> tf.nn.softmax(x)),
        unary("LogSoftmax", (tf, x) -> tf.nn.logSoftmax(x)),
        weighted(
            "Softmax of an attention",
            Shape.of(4, 40),
            (tf, x, m) -> tf.linalg.matMul(tf.nn.softmax(x), weight(tf, m, 40, 3))),
        unary("Selu", (tf, x) -> tf.nn.selu(x)),
        unary("Sin", (tf, x) -> tf.math.sin(x)),
        unary("Softsign", (tf, x) -> tf.nn.softsign(x)),
        unary("Pow", (tf, x) -> tf.math.pow(x, tf.constant(3f))),
        unary("ClipByValue", (tf, x) -> tf.clipByValue(x, tf.constant(-2f), tf.constant(3f))),
        unary("Elu", (tf, x) -> tf.nn.elu(x)),
        unary("Softplus", (tf, x) -> tf.math.softplus(x)),
        unary("Sqrt", (tf, x) -> tf.math.sqrt(x)),
        weighted(
            "PReLU",
            VECTORS,
            (tf, x, m) ->
                tf.math.sub(
                    tf.nn.relu(x), tf.math.mul(tf.nn.relu(tf.math.neg(x)), weight(tf, m, 6)))),
        unary("Sigmoid", (tf, x) -> tf.math.sigmoid(x)),
        unary("Tanh", (tf, x) -> tf.math.tanh(x)),
        unary(
            "hard swish",
            (tf, x) ->
                tf.math.div(
                    tf.math.mul(x, tf.nn.relu6(tf.math.add(x, tf.constant(3f)))), tf.constant(6f))),
        unary(
            "gelu",
            (tf, x) ->
                tf.math.mul(
                    tf.math.mul(x, tf.constant(.5f)),
                    tf.math.add(
                        tf.math.erf(tf.math.mul(x, tf.constant((float) Math.sqrt(.5)))),
                        tf.constant(1f)))));
  }

  private static Stream<SweepOperator> movements() {
    return Stream.of(
        binary("ConcatV2", (tf, x) -> tf.concat(List.of(x.get(0), x.get(1)), tf.constant(1))),
        binary("Pack", (tf, x) -> tf.stack(List.of(x.get(0), x.get(1)), Stack.axis(1L))),
        image("AvgPool", (tf, x) -> tf.nn.avgPool(x, TWOS, TWOS, "VALID")),
        movingImage(
            "MaxPool",
            (tf, x) -> tf.nn.maxPool(x, tf.array(1, 2, 2, 1), tf.array(1, 2, 2, 1), "VALID")),
        image(
            "ResizeBilinear",
            (tf, x) ->
                tf.image.resizeBilinear(x, tf.array(8, 8), ResizeBilinear.halfPixelCenters(true))),
        movingImage(
            "ResizeNearestNeighbor", (tf, x) -> tf.image.resizeNearestNeighbor(x, tf.array(8, 8))),
        moving("Max", (tf, x) -> tf.max(x, tf.array(1))),
        moving("Min", (tf, x) -> tf.min(x, tf.array(1))),
        moving("Reshape", (tf, x) -> tf.reshape(x, tf.array(6, 4))),
        moving("Transpose", (tf, x) -> tf.linalg.transpose(x, tf.array(1, 0))),
        moving("Slice", (tf, x) -> tf.slice(x, tf.array(0, 1), tf.array(4, 3))),
        moving("Pad", (tf, x) -> tf.pad(x, border(tf), tf.constant(0f))),
        moving("MirrorPad", (tf, x) -> tf.mirrorPad(x, border(tf), "REFLECT")),
        weighted(
            "PadV2", VECTORS, (tf, x, m) -> tf.nn.leakyRelu(tf.pad(x, border(tf), tf.constant(m)))),
        moving("Split", (tf, x) -> tf.split(tf.constant(1), x, 3L).output().get(1)),
        moving(
            "StridedSlice",
            (tf, x) -> tf.stridedSlice(x, tf.array(0, 1), tf.array(4, 6), tf.array(1, 2))),
        moving("ExpandDims", (tf, x) -> tf.expandDims(x, tf.constant(1))),
        moving("Squeeze", (tf, x) -> tf.squeeze(tf.reshape(x, tf.array(4, 1, 6)))),
        moving("Unpack", (tf, x) -> tf.unstack(x, 6L, Unstack.axis(1L)).output().get(2)),
        moving("BroadcastTo", (tf, x) -> tf.broadcastTo(x, tf.array(2, 4, 6))),
        moving("ReverseV2", (tf, x) -> tf.reverse(x, tf.array(1))),
        moving("TopKV2", (tf, x) -> tf.nn.topK(x, tf.constant(3), TInt32.class).values()),
        moving(
            "GatherNd", (tf, x) -> tf.gatherNd(x, tf.constant(new int[][] {{3}, {0}, {1}, {1}}))),
        weighted(
            "GatherV2 of a table",
            VECTORS,
            (tf, x, m) ->
                tf.nn.leakyRelu(
                    tf.gather(
                        weight(tf, m, 6, 3), tf.math.argMin(x, tf.constant(1)), tf.constant(0)))),
        movingImage(
            "DepthToSpace",
            (tf, x) -> tf.nn.depthToSpace(tf.concat(List.of(x, x), tf.constant(3)), 2L)),
        movingImage(
            "SpaceToBatchND",
            (tf, x) ->
                tf.batchToSpaceNd(
                    tf.spaceToBatchNd(x, tf.array(2, 2), tf.constant(new int[][] {{0, 0}, {0, 0}})),
                    tf.array(2, 2),
                    tf.constant(new int[][] {{1, 0}, {0, 1}}))),
        moving("Tile", (tf, x) -> tf.tile(x, tf.array(1, 2))),
        moving("GatherV2", (tf, x) -> tf.gather(x, tf.array(2, 0), tf.constant(1))),
        movingImage("SpaceToDepth", (tf, x) -> tf.nn.spaceToDepth(x, 2L)));
  }

  private static Stream<SweepOperator> composed() {
    return Stream.of(
        unary(
            "composed: L2 normalization",
            (tf, x) ->
                tf.math.mul(
                    x,
                    tf.math.rsqrt(
                        tf.math.maximum(
                            tf.sum(tf.math.square(x), tf.array(1), Sum.keepDims(true)),
                            tf.constant(1e-12f))))),
        unary(
            "composed: layer normalization",
            (tf, x) -> {
              Operand<TFloat32> mean = tf.math.mean(x, tf.array(1), Mean.keepDims(true));
              Operand<TFloat32> variance =
                  tf.math.mean(
                      tf.math.squaredDifference(x, mean), tf.array(1), Mean.keepDims(true));
              return tf.math.mul(
                  tf.math.sub(x, mean), tf.math.rsqrt(tf.math.add(variance, tf.constant(1e-3f))));
            }),
        binary(
            "composed: attention",
            (tf, x) ->
                tf.linalg.matMul(
                    tf.nn.softmax(tf.linalg.matMul(x.get(0), x.get(1), MatMul.transposeB(true))),
                    x.get(1))));
  }

  private static Operand<TInt32> border(Ops tf) {
    return tf.constant(new int[][] {{0, 0}, {1, 1}});
  }

  /** What only moves values is quantized beside another operation. */
  private static SweepOperator moving(
      String name, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> of) {
    return unary(name, (tf, x) -> tf.nn.leakyRelu(of.apply(tf, x)));
  }

  private static SweepOperator movingImage(
      String name, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> of) {
    return image(name, (tf, x) -> tf.nn.leakyRelu(of.apply(tf, x)));
  }

  private static SweepOperator unary(
      String name, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> of) {
    return new SweepOperator(name, VECTORS, 1, false, (tf, x, m) -> of.apply(tf, x.get(0)));
  }

  private static SweepOperator image(
      String name, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> of) {
    return new SweepOperator(name, IMAGES, 1, false, (tf, x, m) -> of.apply(tf, x.get(0)));
  }

  private static SweepOperator binary(
      String name, BiFunction<Ops, List<Operand<TFloat32>>, Operand<TFloat32>> of) {
    return new SweepOperator(name, VECTORS, 2, false, (tf, x, m) -> of.apply(tf, x));
  }

  /** One operand where the comparison is true, else the other. */
  private static SweepOperator comparison(
      String name, BiFunction<Ops, List<Operand<TFloat32>>, Operand<TBool>> of) {
    return binary(name, (tf, x) -> tf.nn.leakyRelu(tf.select(of.apply(tf, x), x.get(0), x.get(1))));
  }

  /** An operation of one tensor and another one that is constant. */
  private interface WithConstant {
    Operand<TFloat32> build(Ops tf, Operand<TFloat32> x, Operand<TFloat32> constant);
  }

  private static SweepOperator constant(String name, WithConstant of) {
    return weighted(name, VECTORS, (tf, x, m) -> of.build(tf, x, weight(tf, m, 6)));
  }

  /** An operation of one tensor and weights of some magnitude. */
  private interface WithWeight {
    Operand<TFloat32> build(Ops tf, Operand<TFloat32> x, float magnitude);
  }

  private static SweepOperator weighted(String name, Shape shape, WithWeight of) {
    return new SweepOperator(name, shape, 1, true, (tf, x, m) -> of.build(tf, x.get(0), m));
  }

  private static Operand<TFloat32> weight(Ops tf, float magnitude, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = magnitude * (float) Math.sin(1 + 1.7 * i);
    }
    return tf.constant(shape, DataBuffers.of(values));
  }

  @Override
  public String toString() {
    return name;
  }
}
