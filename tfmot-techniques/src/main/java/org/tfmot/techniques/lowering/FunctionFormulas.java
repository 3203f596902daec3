package org.tfmot.techniques.lowering;

import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tfmot.api.graph.GraphEditor;
import org.tfmot.api.graph.NodeBuilder;
import org.tfmot.api.graph.TensorProtos;
import org.tfmot.techniques.functions.Numbers;

/**
 * The formula of one function of floats in a graph, in operations that TensorFlow Lite has.
 *
 * <p>Functions that are 0 at 0 are series there, since a difference such as {@code exp(x) - 1} has
 * no correct digit for small {@code x}: {@code sinh} and {@code erf} their own, {@code log1p} and
 * {@code asinh} that of {@code atanh}:
 *
 * <pre>atanh(t) = t + t^3 / 3 + t^5 / 5 + ..., |t| <= 1/3
 * log1p(x) = 2 atanh(x / (2 + x)), asinh(x) = 2 atanh(x / (1 + sqrt(1 + x^2)))
 * expm1(x) = 2 exp(x / 2) sinh(x / 2)
 * </pre>
 *
 * <p>The complement of the error function is the approximation of Press et al., "Numerical Recipes
 * in C" (1992), section 6.2, whose relative error is below 1.2e-7 everywhere.
 */
final class FunctionFormulas {

  /** Of the logarithm of {@code erfc(x) exp(x^2) / t}, in {@code t = 1 / (1 + x / 2)}. */
  private static final double[] ERFC = {
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277
  };

  /** Of {@code erf(x) / x} in {@code x^2}, up to 1. */
  private static final double[] ERF = new double[11];

  /** Of {@code sinh(x) / x} in {@code x^2}, up to 1. */
  private static final double[] SINH = new double[6];

  /** Of {@code atanh(t) / t} in {@code t^2}, up to 1/9. */
  private static final double[] ATANH = new double[8];

  static {
    double term = 2 / Math.sqrt(Math.PI);
    for (int n = 0; n < ERF.length; n++) {
      ERF[n] = term / (2 * n + 1);
      term /= -(n + 1);
    }
    double factorial = 1;
    for (int n = 0; n < SINH.length; n++) {
      SINH[n] = 1 / factorial;
      factorial *= (2 * n + 2) * (2 * n + 3);
    }
    for (int n = 0; n < ATANH.length; n++) {
      ATANH[n] = 1.0 / (2 * n + 1);
    }
  }

  /** Adding 1 to the square of a larger number does not change its root in float32. */
  private static final double LARGE = 10_000;

  private static final AttrValue TOLERANCE = AttrValue.newBuilder().setF(1e-5f).build();

  private static final double SELU_SCALE = 1.0507009873554805;
  private static final double SELU_ALPHA = 1.6732632423543772;

  private final GraphEditor editor;
  private final NodeDef whole;

  FunctionFormulas(GraphEditor editor, NodeDef whole) {
    this.editor = editor;
    this.whole = whole;
  }

  /** Replaces the operation by its formula, if there is one. */
  void lower() {
    String x = whole.getInput(0);
    switch (whole.getOp()) {
      case "Erf" -> near(x, 1, odd(x, ERF), far(x));
      case "Erfc" -> {
        String tail = erfc(node("Abs", x));
        String positive = node("Less", number(0), x);
        end("SelectV2", positive, tail, node("Sub", number(2), tail));
      }
      case "Sinh" -> near(x, 1, odd(x, SINH), node("Sub", halfExp(x), halfExp(node("Neg", x))));
      case "Cosh" -> end("AddV2", halfExp(x), halfExp(node("Neg", x)));
      case "Tan" -> end("RealDiv", node("Sin", x), node("Cos", x));
      case "Expm1" -> {
        String half = node("Mul", number(0.5), x);
        String product = node("Mul", node("Exp", half), odd(half, SINH));
        near(x, 2, node("Mul", number(2), product), node("Sub", node("Exp", x), number(1)));
      }
      case "Log1p" -> end("Identity", log1p(x));
      case "Xlog1py" -> end("MulNoNan", log1p(whole.getInput(1)), x);
      case "Selu" -> {
        String below = node("Elu", node("Minimum", x, number(0)));
        String above = node("Mul", number(SELU_SCALE), node("Relu", x));
        end("AddV2", above, node("Mul", number(SELU_SCALE * SELU_ALPHA), below));
      }
      case "Softplus" -> end("AddV2", node("Relu", x), softplus(x));
      case "Asinh" -> {
        String root = root(sum(node("Mul", x, x), 1));
        String small = twiceAtanh(node("RealDiv", x, sum(root, 1)));
        near(x, 0.7, small, node("Mul", node("Sign", x), asinh(node("Abs", x))));
      }
      case "Acosh" -> {
        String above = node("Sub", x, number(1));
        String root = node("Mul", root(above), root(sum(x, 1)));
        end("Identity", log1p(node("AddV2", above, root)));
      }
      case "Atanh" -> {
        String above = node("Log", sum(x, 1));
        String below = node("Log", node("Sub", number(1), x));
        near(x, 1 / 3.0, odd(x, ATANH), node("Mul", number(0.5), node("Sub", above, below)));
      }
      case "Atan" -> end("Atan2", x, node("OnesLike", x));
      case "Asin" -> end("Atan2", x, cosine(x));
      case "Acos" -> end("Atan2", cosine(x), x);
      default -> lowerArithmetic(x);
    }
  }

  /** Lowers what the runtime's kernels refuse or get wrong for some operands. */
  private void lowerArithmetic(String x) {
    switch (whole.getOp()) {
      // The runtime's kernel refuses divisors of 0.
      case "FloorDiv" -> end("Floor", node("RealDiv", x, whole.getInput(1)));
      case "Mod", "TruncateMod" -> {
        String rest = node("FloorMod", node("Abs", x), node("Abs", whole.getInput(1)));
        end("Mul", node("Sign", x), rest);
      }
      case "ApproximateEqual" -> {
        AttrValue tolerance = whole.getAttrOrDefault("tolerance", TOLERANCE);
        end("Less", node("Abs", node("Sub", x, whole.getInput(1))), number(tolerance.getF()));
      }
      // XNNPACK's reciprocal root of 0 is NaN, and the converter makes it of any quotient by a
      // root.
      case "Rsqrt" -> {
        if (!isPositive(editor.producer(x))) {
          String zero = node("Equal", x, number(0));
          end("SelectV2", zero, node("RealDiv", number(1), x), node("Rsqrt", x));
        }
      }
      default -> {}
    }
  }

  /** Returns whether an operation keeps its results from 0, as the epsilon of a norm does. */
  private boolean isPositive(NodeDef node) {
    return switch (node.getOp()) {
      case "Add", "AddV2", "Maximum" ->
          Numbers.value(editor, node.getInput(0)) > 0
              || Numbers.value(editor, node.getInput(1)) > 0;
      default -> false;
    };
  }

  /** Ends with one value for magnitudes below a limit and another for the others. */
  private void near(String x, double limit, String below, String other) {
    end("SelectV2", node("Less", node("Abs", x), number(limit)), below, other);
  }

  /** Returns an odd series: {@code x (c0 + c1 x^2 + c2 x^4 + ...)}. */
  private String odd(String x, double[] coefficients) {
    return node("Mul", x, polynomial(node("Mul", x, x), coefficients));
  }

  private String polynomial(String x, double[] coefficients) {
    int last = coefficients.length - 1;
    String value = number(coefficients[last]);
    for (int i = last - 1; i >= 0; i--) {
      value = sum(node("Mul", value, x), coefficients[i]);
    }
    return value;
  }

  private String twiceAtanh(String t) {
    return node("Mul", number(2), odd(t, ATANH));
  }

  private String log1p(String x) {
    String small = twiceAtanh(node("RealDiv", x, sum(x, 2)));
    String isSmall = node("Less", node("Abs", x), number(0.5));
    return node("SelectV2", isSmall, small, node("Log", sum(x, 1)));
  }

  /** Returns {@code log1p(exp(-|x|))}. */
  private String softplus(String x) {
    String decay = node("Exp", node("Neg", node("Abs", x)));
    return twiceAtanh(node("RealDiv", decay, sum(decay, 2)));
  }

  /** Returns the error function away from 0. */
  private String far(String x) {
    return node("Mul", node("Sign", x), node("Sub", number(1), erfc(node("Abs", x))));
  }

  /** Returns the complement of the error function, of numbers from 0 on. */
  private String erfc(String x) {
    String t = node("RealDiv", number(1), sum(node("Mul", number(0.5), x), 1));
    String exponent = node("Sub", polynomial(t, ERFC), node("Mul", x, x));
    return node("Mul", t, node("Exp", exponent));
  }

  /** Returns {@code log(m + sqrt(m^2 + 1))}, of numbers from 0 on. */
  private String asinh(String m) {
    String small = node("Minimum", m, number(LARGE));
    String root = root(sum(node("Mul", small, small), 1));
    return node("Log", node("AddV2", m, node("Maximum", m, root)));
  }

  /** Returns half of the exponential: of half the exponent, so that it reaches as far. */
  private String halfExp(String x) {
    String root = node("Exp", node("Mul", number(0.5), x));
    return node("Mul", node("Mul", number(0.5), root), root);
  }

  /** Returns the cosine of the angle whose sine is given. */
  private String cosine(String sine) {
    return root(node("Mul", node("Sub", number(1), sine), sum(sine, 1)));
  }

  private String root(String x) {
    return node("Sqrt", x);
  }

  private String sum(String x, double number) {
    return node("AddV2", x, number(number));
  }

  private String number(double value) {
    String name = editor.uniqueName(whole.getName() + "/number");
    return editor.add(NodeBuilder.constant(name, TensorProtos.scalar((float) value)));
  }

  private String node(String op, String... inputs) {
    String name = editor.uniqueName(whole.getName() + "/" + op);
    return editor.add(node(op, name, List.of(inputs)));
  }

  private void end(String op, String... inputs) {
    NodeBuilder end = NodeBuilder.op(op, whole.getName()).inputs(inputs);
    whole.getInputList().stream().filter(input -> input.startsWith("^")).forEach(end::inputs);
    whole
        .getAttrMap()
        .forEach(
            (String name, AttrValue value) -> {
              if (!name.equals("tolerance")) {
                end.attr(name, value);
              }
            });
    editor.replace(end.build());
  }

  private static NodeDef node(String op, String name, List<String> inputs) {
    return NodeBuilder.op(op, name)
        .inputs(inputs.toArray(String[]::new))
        .attr("T", DataType.DT_FLOAT)
        .build();
  }
}
