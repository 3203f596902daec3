package org.tfmot.techniques.quantization.plan;

import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.RandomOperations;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.PassThrough;
import org.tfmot.techniques.functions.Moving;
import org.tfmot.techniques.quantization.ranges.Range;

/** The operation types that quantization knows, by the role they play. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Patterns {

  public static final String DEPTHWISE = "DepthwiseConv2dNative";
  static final String TRANSPOSED = "Conv2DBackpropInput";

  private static final Set<String> BATCH_PRODUCTS =
      Set.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3");

  /** Of floating point numbers, both are one. */
  private static final Set<String> DIVISIONS = Set.of("Div", "RealDiv");

  private static final Set<String> CONVOLUTIONS = Set.of("Conv2D", DEPTHWISE, TRANSPOSED);

  /** Element by element over two inputs, either of which may be a constant. */
  private static final Set<String> BINARY =
      Set.of("Add", "AddV2", "BiasAdd", "Sub", "Mul", "SquaredDifference");

  /** Computed in 8 bits with a range of their own for the output. */
  private static final Set<String> UNARY =
      Set.of("Mean", "Sum", "LeakyRelu", "Abs", "Neg", "Exp", "Log", "Rsqrt", "Square");

  /** Computed in 8 bits with the input's range for the output, as the runtime demands. */
  private static final Set<String> POOLING =
      Set.of("AvgPool", "ResizeBilinear", "Unpack", "BroadcastTo", "TopKV2", "ReverseV2");

  /** Read values and give indexes or truth values. */
  private static final Set<String> READING =
      Set.of(
          "ArgMax", "ArgMin", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual");

  /** Make floats of what is none: one of a few constants. */
  private static final Set<String> CONSTANTS = Set.of("Fill", "OneHot", "ZerosLike", "OnesLike");

  /** The runtime computes them with tables of its own and demands these ranges of the output. */
  private static final Map<String, Range> FIXED =
      Map.of(
          "Softmax", new Range(0, 255 / 256f),
          "Sigmoid", new Range(0, 255 / 256f),
          "Tanh", new Range(-1, 127 / 128f),
          "LogSoftmax", new Range(-255 / 16f, 0));

  /** Read rows of a table, which may be a weight. */
  private static final Set<String> LOOKUPS = Set.of("Gather", "GatherV2");

  /** Their value or their slope is without end where their input comes near 0. */
  private static final Set<String> POLES_AT_ZERO = Set.of("Log", "Rsqrt", "Sqrt");

  /** Fused into the operation before them. */
  private static final Set<String> ACTIVATIONS = Set.of("Relu", "Relu6");

  /**
   * Have a kernel for activations of 16 bits in the runtime and a form for it in the converter, or
   * are lowered to such, alone or behind an operation with weights.
   */
  private static final Set<String> WIDE =
      Set.of(
          "Abs",
          "Add",
          "AddN",
          "AddV2",
          "AvgPool",
          "BatchToSpaceND",
          "BiasAdd",
          "BroadcastTo",
          "ConcatV2",
          "Div",
          "Einsum",
          "Exp",
          "ExpandDims",
          "Fill",
          "Gather",
          "GatherNd",
          "GatherV2",
          "LeakyRelu",
          "MatMul",
          "Max",
          "MaxPool",
          "MaxPoolV2",
          "Maximum",
          "Mean",
          "Min",
          "Minimum",
          "MirrorPad",
          "Mul",
          "Neg",
          "Pack",
          "Pad",
          "PadV2",
          "RealDiv",
          "Relu",
          "Reshape",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "ReverseV2",
          "Rsqrt",
          "Select",
          "SelectV2",
          "Sigmoid",
          "Slice",
          "Softmax",
          "SpaceToBatchND",
          "Split",
          "SplitV",
          "Square",
          "SquaredDifference",
          "Squeeze",
          "StridedSlice",
          "Sub",
          "Sum",
          "Tanh",
          "Transpose",
          "Unpack");

  /** Between a matrix product and the batch norm behind it: the last dimension stays. */
  static final Set<String> RESHAPING = Set.of("Reshape", "ExpandDims");

  /** Look at a tensor's shape only. */
  private static final Set<String> SHAPE = Set.of("Shape", "ShapeN", "Size", "Rank");

  /** Have truth values only. */
  private static final Set<String> LOGICAL =
      Set.of("LogicalAnd", "LogicalOr", "LogicalNot", "All", "Any");

  private static final Set<DataType> INTEGERS =
      Set.of(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_BOOL);

  private Patterns() {}

  /** Has a weight as its second input and accumulates in 32 bits. */
  public static boolean isWeighted(NodeDef node) {
    return CONVOLUTIONS.contains(node.getOp()) || isProduct(node);
  }

  /** A product of two tensors, either of which may be a weight. */
  public static boolean isProduct(NodeDef node) {
    boolean einsum = node.getOp().equals("Einsum") && node.getAttrOrThrow("N").getI() == 2;
    return node.getOp().equals("MatMul") || einsum || isBatchProduct(node);
  }

  /** Tells whether a product of two tensors has a dimension of both that it does not add up. */
  static boolean isStacked(NodeDef einsum) {
    String[] sides = einsum.getAttrOrThrow("equation").getS().toStringUtf8().split("->", -1);
    String[] operands = sides[0].split(",", -1);
    return sides.length == 2
        && operands.length == 2
        && operands[0]
            .chars()
            .filter(Character::isLetter)
            .anyMatch(each -> operands[1].indexOf(each) >= 0 && sides[1].indexOf(each) >= 0);
  }

  /** Tells whether the runtime computes an operation with activations of 16 bits. */
  static boolean hasWideKernel(NodeDef node) {
    return WIDE.contains(node.getOp())
        || PassThrough.isPassThrough(node)
        || isWeighted(node)
        || isBatchNorm(node);
  }

  static boolean isBatchProduct(NodeDef node) {
    return BATCH_PRODUCTS.contains(node.getOp());
  }

  /** Element by element over two inputs; a sum of many has two of them at times. */
  static boolean isBinary(NodeDef node) {
    boolean sum = node.getOp().equals("AddN") && node.getAttrOrThrow("N").getI() == 2;
    return sum || BINARY.contains(node.getOp());
  }

  static boolean isDivision(NodeDef node) {
    return DIVISIONS.contains(node.getOp());
  }

  static boolean isUnary(NodeDef node) {
    return UNARY.contains(node.getOp());
  }

  static boolean hasPoleAtZero(NodeDef node) {
    return POLES_AT_ZERO.contains(node.getOp());
  }

  static boolean isPooling(NodeDef node) {
    return POOLING.contains(node.getOp());
  }

  static boolean isReading(NodeDef node) {
    return READING.contains(node.getOp());
  }

  /** Tells whether an operation type compares two tensors element by element. */
  public static boolean isComparison(String op) {
    return READING.contains(op) && !op.startsWith("Arg");
  }

  /** Tells whether an operation's output has constants for values, chosen by what are no floats. */
  public static boolean choosesConstants(NodeDef node) {
    return CONSTANTS.contains(node.getOp())
        || (node.getOp().equals("Cast") && type(node, "SrcT") == DataType.DT_BOOL);
  }

  public static boolean isLookup(NodeDef node) {
    return LOOKUPS.contains(node.getOp());
  }

  /** Only moves or chooses values: the output has the input's range. */
  public static boolean isTransparent(NodeDef node) {
    return Moving.isMoving(node);
  }

  /** Returns the number of outputs that have values of the input. */
  static int outputs(NodeDef node) {
    return switch (node.getOp()) {
      case "Unpack" -> (int) node.getAttrOrThrow("num").getI();
      case "Split", "SplitV" -> (int) node.getAttrOrThrow("num_split").getI();
      default -> 1;
    };
  }

  /** Tells whether an operation gives parts of its input, and so has several outputs. */
  public static boolean isSplit(NodeDef node) {
    return node.getOp().startsWith("Split");
  }

  /** The range that the runtime demands of an operation's output, or null. */
  static @Nullable Range fixedRange(NodeDef node) {
    if (isByteCast(node)) {
      return type(node, "SrcT") == DataType.DT_UINT8 ? new Range(0, 255) : new Range(-128, 127);
    }
    return FIXED.get(node.getOp());
  }

  /** Tells whether an operation makes floats of integers of 8 bits. */
  static boolean isByteCast(NodeDef node) {
    return node.getOp().equals("Cast")
        && type(node, "DstT") == DataType.DT_FLOAT
        && (type(node, "SrcT") == DataType.DT_UINT8 || type(node, "SrcT") == DataType.DT_INT8);
  }

  /** Tells whether the runtime computes an operation and the ReLU behind it in one. */
  static boolean fusesActivation(NodeDef node) {
    return switch (node.getOp()) {
      case "Add",
          "AddV2",
          "BiasAdd",
          "Sub",
          "Mul",
          "Div",
          "RealDiv",
          "Conv2D",
          DEPTHWISE,
          "MatMul" ->
          true;
      default -> isBatchNorm(node) || isBatchProduct(node);
    };
  }

  /** Returns the quantizer whose values an operation reads, moved or not; null if there is none. */
  public static @Nullable NodeDef quantizer(GraphEditor graph, NodeDef operation, int input) {
    NodeDef node = graph.input(operation, input);
    while (isTransparent(node)) {
      node = graph.input(node, dataInputs(node)[0]);
    }
    return node.getOp().equals("FakeQuantWithMinMaxVars") ? node : null;
  }

  /** The inputs of an operation that hold data, and not shapes or axes; any may be a weight. */
  public static int[] dataInputs(NodeDef node) {
    return switch (node.getOp()) {
      case TRANSPOSED -> new int[] {2};
      case "Split" -> new int[] {Moving.operand(node)};
      case "Maximum", "Minimum" -> new int[] {0, 1};
      case "Select", "SelectV2" -> new int[] {1, 2};
      case "ConcatV2", "Pack" ->
          IntStream.range(0, (int) node.getAttrOrThrow("N").getI()).toArray();
      case "ArgMax", "ArgMin" -> new int[] {0};
      default ->
          isProduct(node) || isBinary(node) || isDivision(node) || isReading(node)
              ? new int[] {0, 1}
              : new int[] {0};
    };
  }

  static boolean isBatchNorm(NodeDef node) {
    return node.getOp().startsWith("FusedBatchNorm") && !node.getOp().contains("Grad");
  }

  /** Tells whether a batch norm normalizes with the statistics of the batch; by default it does. */
  static boolean isTrainingBatchNorm(NodeDef node) {
    return isBatchNorm(node)
        && (!node.containsAttr("is_training") || node.getAttrOrThrow("is_training").getB());
  }

  static boolean isActivation(NodeDef node) {
    return ACTIVATIONS.contains(node.getOp());
  }

  /** Tells whether an addition may be a bias; whether it is one depends on what it adds. */
  public static boolean isAddition(NodeDef node) {
    return node.getOp().equals("BiasAdd")
        || node.getOp().equals("Add")
        || node.getOp().equals("AddV2");
  }

  /** Tells whether the weight's last dimension but one counts the outputs, and not its last. */
  public static boolean isTransposed(NodeDef node) {
    String attribute = isBatchProduct(node) ? "adj_y" : "transpose_b";
    return node.getOp().equals(TRANSPOSED)
        || node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getB();
  }

  /** Tells whether the channels are the second dimension, and not the last. */
  static boolean isChannelsFirst(NodeDef node) {
    AttrValue format = node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance());
    return format.getS().toStringUtf8().startsWith("NC");
  }

  /** Tells whether images have a depth, besides height and width. */
  static boolean hasThreeDimensions(NodeDef node) {
    AttrValue format = node.getAttrOrDefault("data_format", AttrValue.getDefaultInstance());
    return format.getS().size() > "NHWC".length();
  }

  /** Tells whether an operation looks at a tensor's shape only. */
  static boolean readsShape(NodeDef node) {
    return SHAPE.contains(node.getOp());
  }

  static boolean isFloatConstant(NodeDef node) {
    return node.getOp().equals("Const") && type(node, "dtype") == DataType.DT_FLOAT;
  }

  /** Tells whether the operation's type parameter is float. */
  public static boolean isFloat(NodeDef node) {
    return type(node) == DataType.DT_FLOAT;
  }

  /**
   * Tells whether an operation only looks at shapes or computes with integers or truth values: not
   * for quantization.
   */
  static boolean isIndexArithmetic(NodeDef node) {
    boolean reads = node.getOp().equals("Cast") && !INTEGERS.contains(type(node, "SrcT"));
    return readsShape(node)
        || LOGICAL.contains(node.getOp())
        // Random numbers have the type of the shape that they are given.
        || (INTEGERS.contains(type(node)) && !reads && !RandomOperations.isRandom(node));
  }

  private static DataType type(NodeDef node) {
    String attribute =
        isLookup(node) || node.getOp().equals("GatherNd")
            ? "Tparams"
            : node.getOp().equals("Cast") ? "DstT" : node.containsAttr("Tout") ? "Tout" : "T";
    return type(node, attribute);
  }

  private static DataType type(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }
}
