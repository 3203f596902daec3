package org.tfmot.techniques.functions;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.Set;
import org.apiguardian.api.API;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Operations that compute each element of their output from one element of each operand. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class Elementwise {

  /** The runtime computes them in integers, or in one operation with another one. */
  private static final Set<String> WITH_KERNEL =
      words(
          """
          Abs Add AddV2 Div Exp LeakyRelu Log Maximum Minimum Mul Neg RealDiv Relu Relu6
          Rsqrt Sigmoid Square SquaredDifference Sub Tanh
          """);

  /** The runtime computes them in float alone, or not at all. */
  private static final Set<String> WITHOUT_KERNEL =
      words(
          """
          Acos Acosh Asin Asinh Atan Atan2 Atanh BesselI0 BesselI0e BesselI1 BesselI1e BesselJ0
          BesselJ1 BesselK0 BesselK0e BesselK1 BesselK1e BesselY0 BesselY1 Betainc Ceil
          ClipByValue Cos Cosh Dawsn Digamma DivNoNan Elu Erf Erfc Erfinv Expint Expm1 Floor
          FloorDiv FloorMod FresnelCos FresnelSin Igamma Igammac Inv Lgamma Log1p Mod MulNoNan
          Ndtri NextAfter Polygamma Pow Reciprocal Rint Round Select SelectV2 Selu Sign Sin Sinh
          Softplus Softsign Spence Sqrt Tan TruncateDiv TruncateMod Xdivy Xlog1py Xlogy Zeta
          """);

  /** Their results are no floats, or depend on no value: others choose by them. */
  private static final Set<String> INNER =
      words(
          """
          ApproximateEqual Equal Greater GreaterEqual IsFinite IsInf IsNan Less LessEqual NotEqual
          OnesLike ZerosLike
          """);

  /** The types of values that a cast of a float makes, or makes a float of. */
  private static final Set<DataType> INTEGERS =
      Set.of(DataType.DT_BOOL, DataType.DT_INT32, DataType.DT_INT64);

  private static final Set<String> LOGICAL = words("LogicalAnd LogicalNot LogicalOr");

  private Elementwise() {}

  /** Returns whether an operation is elementwise, over floats or over what is compared of them. */
  public static boolean contains(NodeDef node) {
    if (node.getOp().equals("Cast")) {
      DataType from = type(node, "SrcT");
      DataType to = type(node, "DstT");
      return (from == DataType.DT_FLOAT && INTEGERS.contains(to))
          || (INTEGERS.contains(from) && to == DataType.DT_FLOAT);
    }
    return LOGICAL.contains(node.getOp())
        || (type(node, "T") == DataType.DT_FLOAT && isKnown(node.getOp()));
  }

  private static boolean isKnown(String op) {
    return WITH_KERNEL.contains(op) || WITHOUT_KERNEL.contains(op) || INNER.contains(op);
  }

  /** Returns whether a function may end in an elementwise operation: it has a float output. */
  static boolean mayEnd(NodeDef node) {
    boolean truncates = node.getOp().equals("Cast") && type(node, "DstT") != DataType.DT_FLOAT;
    return contains(node)
        && !truncates
        && !INNER.contains(node.getOp())
        && !LOGICAL.contains(node.getOp());
  }

  /**
   * Returns whether the runtime computes an elementwise operation in float only. A division has an
   * integer form, a product, if it is by a number.
   *
   * @param byNumber whether the operation's last operand is a number
   */
  static boolean isFloatOnly(NodeDef node, boolean byNumber) {
    boolean division = node.getOp().equals("Div") || node.getOp().equals("RealDiv");
    return node.getOp().equals("Cast")
        || WITHOUT_KERNEL.contains(node.getOp())
        || (division && !byNumber);
  }

  /** Returns whether an operand of an elementwise operation is of truth values or integers. */
  static boolean readsIntegers(NodeDef node, int input) {
    boolean condition = node.getOp().startsWith("Select") && input == 0;
    boolean cast = node.getOp().equals("Cast") && type(node, "SrcT") != DataType.DT_FLOAT;
    return condition || cast || LOGICAL.contains(node.getOp());
  }

  private static DataType type(NodeDef node, String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
  }

  private static Set<String> words(String text) {
    return Set.copyOf(Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(text));
  }
}
