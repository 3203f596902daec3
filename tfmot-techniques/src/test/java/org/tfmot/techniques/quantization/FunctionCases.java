package org.tfmot.techniques.quantization;

import static org.tfmot.techniques.quantization.OperationCase.vectors;

import java.util.stream.Stream;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tfmot.techniques.testing.TestLayers;

/** Activation functions, in the forms in which graphs have them. */
final class FunctionCases {

  private static final float ROOT_HALF = (float) Math.sqrt(0.5);

  private FunctionCases() {}

  static Stream<OperationCase> all() {
    return Stream.of(simple(), hardSwish(), gelu()).flatMap(cases -> cases);
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
            (layers, x) -> layers.at("f", "rsqrt").math.rsqrt(positive(layers, x))));
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
