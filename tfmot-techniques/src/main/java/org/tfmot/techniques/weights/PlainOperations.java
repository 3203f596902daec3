package org.tfmot.techniques.weights;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.Set;

/**
 * The types of operation that have no weight, and that techniques on weights pass over without a
 * word: arithmetic, activations, normalization, pooling, what moves values about. A report names
 * all others, be they control flow, text or from a user's own library.
 */
final class PlainOperations {

  private static final Set<String> ARITHMETIC =
      words(
          """
          Abs Acos Add AddN AddV2 Asin Atan Atan2 Cast Ceil ClipByValue Cos Cosh Cross Cumprod Cumsum
          Div DivNoNan Erf Erfc Exp Expm1 Floor FloorDiv FloorMod Inv Log Log1p Maximum Minimum Mod
          Mul MulNoNan Neg Pow RealDiv Reciprocal Rint Round Rsqrt Sign Sin Sinh Sqrt Square
          SquaredDifference Sub Tan TruncateDiv TruncateMod Xdivy Xlog1py Xlogy
          Equal Greater GreaterEqual IsFinite IsInf IsNan Less LessEqual LogicalAnd LogicalNot
          LogicalOr NotEqual Select SelectV2 Where
          All Any ArgMax ArgMin Max Mean Min Prod Sum TopK TopKV2
          """);

  private static final Set<String> LAYERS =
      words(
          """
          Elu LeakyRelu LogSoftmax Relu Relu6 Selu Sigmoid Softmax Softplus Softsign Tanh
          AvgPool AvgPool3D BiasAdd BiasAddV1 FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 L2Loss
          LRN MaxPool MaxPool3D MaxPoolV2 MaxPoolWithArgmax ResizeArea ResizeBicubic ResizeBilinear
          ResizeNearestNeighbor SoftmaxCrossEntropyWithLogits SparseSoftmaxCrossEntropyWithLogits
          FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel
          """);

  private static final Set<String> MOVING =
      words(
          """
          BatchToSpace BatchToSpaceND BroadcastArgs BroadcastTo CheckNumerics CheckNumericsV2
          Concat ConcatV2 Copy CopyHost DebugIdentity DebugIdentityV2 DebugIdentityV3 DepthToSpace
          EnsureShape ExpandDims Fill GatherNd Identity IdentityN MirrorPad OneHot OnesLike Pack Pad
          PadV2 PreventGradient Print Range Reshape Reverse ReverseV2 Slice Snapshot SpaceToBatch
          SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient StridedSlice Tile Transpose
          Unpack ZerosLike
          Rank Shape ShapeN Size
          """);

  /** Operations of training graphs: random numbers, and those that an earlier technique added. */
  private static final Set<String> TRAINING =
      words(
          """
          Assign AssignAdd AssignAddVariableOp AssignSub AssignSubVariableOp AssignVariableOp
          Const NoOp Placeholder PlaceholderWithDefault ReadVariableOp VarHandleOp VariableV2
          RandomStandardNormal RandomUniform RandomUniformInt StatelessRandomNormal
          StatelessRandomNormalV2 StatelessRandomUniform StatelessRandomUniformV2 TruncatedNormal
          """);

  private PlainOperations() {}

  /** Returns whether operations of this type never have a weight. */
  static boolean contains(String type) {
    return ARITHMETIC.contains(type)
        || LAYERS.contains(type)
        || MOVING.contains(type)
        || TRAINING.contains(type);
  }

  private static Set<String> words(String text) {
    return Set.copyOf(Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(text));
  }
}
