package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.vectors;

import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfmot.techniques.testing.TestLayers;
import org.tfmot.techniques.testing.TestLayers.Body;

/** Activation functions, in the forms in which graphs have them. */
final class FunctionCases {

  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private FunctionCases() {}

  static Stream<OperationCase> all() {
    return Stream.of(simple(), hardSwish(), gelu(), parametricRelu(), tables(), builtTables())
        .flatMap(cases -> cases);
  }

  private static Stream<OperationCase> simple() {
    return Stream.of(
        vectors("Relu", 1, "RELU", (layers, x) -> layers.relu("f", x)),
        vectors("Softmax", 1, "SOFTMAX", (layers, x) -> layers.at("f", "softmax").nn.softmax(x)),
        vectors(
            "LogSoftmax", 1, "LOG_SOFTMAX", (layers, x) -> layers.at("f", "log").nn.logSoftmax(x)),
        vectors("Sigmoid", 1, "LOGISTIC", FunctionCases::sigmoid),
        vectors("Tanh", 1, "TANH", (layers, x) -> layers.at("f", "tanh").math.tanh(x)),
        vectors("swish", 1, "LOGISTIC", (layers, x) -> mul(layers, x, sigmoid(layers, x))),
        vectors(
            "LeakyRelu", 1, "LEAKY_RELU", (layers, x) -> layers.at("f", "leaky").nn.leakyRelu(x)),
        vectors("Abs", 1, "ABS", (layers, x) -> layers.at("f", "abs").math.abs(x)),
        vectors("Exp", 1, "EXP", (layers, x) -> layers.at("f", "exp").math.exp(x)),
        vectors(
            "Log", 1, "LOG", (layers, x) -> layers.at("f", "log").math.log(positive(layers, x))),
        vectors(
            "Rsqrt",
            1,
            "RSQRT",
            (layers, x) -> layers.at("f", "rsqrt").math.rsqrt(positive(layers, x))),
        vectors("Neg", 1, "MUL", (layers, x) -> layers.at("f", "neg").math.neg(x)),
        vectors("Elu", 1, "ELU", (layers, x) -> layers.at("f", "elu").nn.elu(x)));
  }

  private static Stream<OperationCase> parametricRelu() {
    return Stream.of(
        vectors(
            "relu(x) + -slope * relu(-x)",
            1,
            "PRELU",
            (layers, x) ->
                add(
                    layers,
                    layers.relu("p", x),
                    mul(
                        layers,
                        layers.at("p", "negative").math.neg(slope(layers)),
                        layers.relu("n", layers.at("n", "neg").math.neg(x))))),
        vectors(
            "relu(x) - slope * relu(-x)",
            1,
            "PRELU",
            (layers, x) ->
                layers
                    .at("p", "sub")
                    .math
                    .sub(
                        layers.relu("p", x),
                        mul(
                            layers,
                            layers.relu("n", layers.at("n", "neg").math.neg(x)),
                            slope(layers)))),
        vectors(
            "slope * min(x, 0) + max(x, 0)",
            1,
            "PRELU",
            (layers, x) ->
                add(
                    layers,
                    mul(layers, slope(layers), layers.tf().math.minimum(x, number(layers, 0))),
                    layers.tf().math.maximum(x, number(layers, 0)))),
        vectors(
            "relu(x) + slope * (x - |x|) * 0.5",
            1,
            "PRELU",
            (layers, x) ->
                add(
                    layers,
                    layers.relu("p", x),
                    mul(
                        layers,
                        mul(
                            layers,
                            slope(layers),
                            layers.tf().math.sub(x, layers.tf().math.abs(x))),
                        number(layers, .5f)))));
  }

  private static Operand<TFloat32> slope(TestLayers layers) {
    return OperationCase.weight(layers, 6);
  }

  /** Each one operation that the runtime knows in float only, or not at all. */
  private static Stream<OperationCase> tables() {
    return Stream.of(
        table("Selu", (layers, x) -> layers.at("f", "selu").nn.selu(x)),
        table("Softplus", (layers, x) -> layers.at("f", "softplus").math.softplus(x)),
        table("Softsign", (layers, x) -> layers.at("f", "softsign").nn.softsign(x)),
        table("Erf", (layers, x) -> layers.at("f", "erf").math.erf(x)),
        table("Sin", (layers, x) -> layers.at("f", "sin").math.sin(x)),
        table("Cos", (layers, x) -> layers.at("f", "cos").math.cos(x)),
        table("Atan", (layers, x) -> layers.at("f", "atan").math.atan(x)),
        table("Sqrt", (layers, x) -> layers.at("f", "sqrt").math.sqrt(positive(layers, x))),
        table("Pow", (layers, x) -> layers.at("f", "pow").math.pow(x, number(layers, 3))),
        table("Floor", (layers, x) -> layers.at("f", "floor").math.floor(thrice(layers, x))),
        table(
            "a cast to integers and back",
            (layers, x) -> {
              Operand<TInt32> truncated =
                  layers.at("f", "truncated").dtypes.cast(thrice(layers, x), TInt32.class);
              return layers.at("f", "float").dtypes.cast(truncated, TFloat32.class);
            }),
        table("Ceil", (layers, x) -> layers.at("f", "ceil").math.ceil(thrice(layers, x))),
        table("Round", (layers, x) -> layers.at("f", "round").math.round(thrice(layers, x))),
        table("Rint", (layers, x) -> layers.at("f", "rint").math.rint(thrice(layers, x))),
        table("Sign", (layers, x) -> layers.at("f", "sign").math.sign(x)),
        table("Expm1", (layers, x) -> layers.at("f", "expm1").math.expm1(x)),
        table("Log1p", (layers, x) -> layers.at("f", "log1p").math.log1p(positive(layers, x))),
        table("Inv", (layers, x) -> layers.at("f", "inv").math.reciprocal(positive(layers, x))),
        table(
            "ClipByValue",
            (layers, x) ->
                layers.at("f", "clip").clipByValue(x, number(layers, .1f), number(layers, .6f))),
        table(
            "DivNoNan",
            (layers, x) -> layers.at("f", "div").math.divNoNan(x, number(layers, 2.5f))),
        table(
            "a number by x",
            (layers, x) -> layers.at("f", "div").math.div(number(layers, 2), positive(layers, x))));
  }

  /** Functions of one tensor that graphs build from several operations. */
  private static Stream<OperationCase> builtTables() {
    return Stream.of(
        table(
            "mish",
            (layers, x) ->
                mul(
                    layers,
                    x,
                    layers.at("f", "t").math.tanh(layers.at("f", "s").math.softplus(x)))),
        table(
            "x / (1 + |x|)",
            (layers, x) ->
                layers
                    .at("f", "div")
                    .math
                    .div(x, add(layers, number(layers, 1), layers.at("f", "abs").math.abs(x)))),
        table(
            "x * sin(x) + cos(x)",
            (layers, x) ->
                add(
                    layers,
                    mul(layers, x, layers.at("f", "sin").math.sin(x)),
                    layers.at("f", "cos").math.cos(x))),
        table(
            "x > 0.2 ? x : exp(x) - 1",
            (layers, x) ->
                layers
                    .at("f", "select")
                    .select(
                        layers.at("f", "greater").math.greater(x, number(layers, .2f)),
                        x,
                        layers
                            .at("f", "sub")
                            .math
                            .sub(layers.at("f", "exp").math.exp(x), number(layers, 1)))),
        table(
            "x > 0.2",
            (layers, x) ->
                layers
                    .at("f", "cast")
                    .dtypes
                    .cast(
                        layers.at("f", "greater").math.greater(x, number(layers, .2f)),
                        TFloat32.class)),
        table(
            "sqrt(clip(x))",
            (layers, x) ->
                layers
                    .at("f", "sqrt")
                    .math
                    .sqrt(
                        layers
                            .tf()
                            .math
                            .maximum(
                                layers
                                    .tf()
                                    .math
                                    .minimum(x, number(layers, Float.POSITIVE_INFINITY)),
                                number(layers, 0)))));
  }

  private static OperationCase table(String name, Body body) {
    return vectors(name, 1, "GATHER", body);
  }

  private static Operand<TFloat32> thrice(TestLayers layers, Operand<TFloat32> x) {
    return mul(layers, x, number(layers, 3.1f));
  }

  private static Stream<OperationCase> hardSwish() {
    return Stream.of(
        vectors(
            "x * relu6(x + 3) / 6",
            1,
            "HARD_SWISH",
            (layers, x) -> div(layers, mul(layers, x, gate(layers, x)), 6)),
        vectors(
            "relu6(x + 3) * x * (1 / 6)",
            1,
            "HARD_SWISH",
            (layers, x) -> mul(layers, mul(layers, gate(layers, x), x), number(layers, 1 / 6f))),
        vectors(
            "x * (relu6(x + 3) / 6)",
            1,
            "HARD_SWISH",
            (layers, x) -> mul(layers, x, div(layers, gate(layers, x), 6))));
  }

  private static Stream<OperationCase> gelu() {
    return Stream.of(
        vectors(
            "0.5 * x * (1 + erf(x / sqrt(2)))",
            1,
            "GELU",
            (layers, x) -> {
              Operand<TFloat32> erf =
                  layers.at("f", "erf").math.erf(div(layers, x, (float) Math.sqrt(2)));
              return mul(
                  layers, mul(layers, number(layers, .5f), x), add(layers, number(layers, 1), erf));
            }),
        vectors(
            "x * (0.5 * (erf(x * sqrt(0.5)) + 1))",
            1,
            "GELU",
            (layers, x) -> {
              Operand<TFloat32> erf =
                  layers.at("f", "erf").math.erf(mul(layers, x, number(layers, ROOT_HALF)));
              return mul(
                  layers, x, mul(layers, number(layers, .5f), add(layers, erf, number(layers, 1))));
            }),
        vectors(
            "gelu of tanh and pow",
            1,
            "GELU",
            (layers, x) -> gelu(layers, x, layers.at("f", "pow").math.pow(x, number(layers, 3)))),
        vectors(
            "gelu of tanh and products",
            1,
            "GELU",
            (layers, x) -> gelu(layers, x, mul(layers, x, mul(layers, x, x)))));
  }

  private static Operand<TFloat32> gelu(
      TestLayers layers, Operand<TFloat32> x, Operand<TFloat32> cube) {
    Operand<TFloat32> cubic = add(layers, x, mul(layers, number(layers, 0.044715f), cube));
    Operand<TFloat32> argument = mul(layers, number(layers, 0.7978845608f), cubic);
    Operand<TFloat32> gate =
        add(layers, number(layers, 1), layers.at("f", "tanh").math.tanh(argument));
    return mul(layers, mul(layers, x, number(layers, .5f)), gate);
  }

  private static Operand<TFloat32> gate(TestLayers layers, Operand<TFloat32> x) {
    return layers.at("f", "gate").nn.relu6(add(layers, x, number(layers, 3)));
  }

  private static Operand<TFloat32> sigmoid(TestLayers layers, Operand<TFloat32> x) {
    return layers.at("f", "sigmoid").math.sigmoid(x);
  }

  private static Operand<TFloat32> positive(TestLayers layers, Operand<TFloat32> x) {
    return add(layers, layers.at("f", "abs").math.abs(x), number(layers, .5f));
  }

  private static Operand<TFloat32> add(
      TestLayers layers, Operand<TFloat32> a, Operand<TFloat32> b) {
    return layers.tf().math.add(a, b);
  }

  private static Operand<TFloat32> mul(
      TestLayers layers, Operand<TFloat32> a, Operand<TFloat32> b) {
    return layers.tf().math.mul(a, b);
  }

  private static Operand<TFloat32> div(TestLayers layers, Operand<TFloat32> a, float b) {
    return layers.tf().math.div(a, number(layers, b));
  }

  private static Operand<TFloat32> number(TestLayers layers, float value) {
    return layers.tf().constant(value);
  }
}
