package org.tfmot.techniques.fuzz;

import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TFloat32;

/** Functions of each element, on tensors of any rank. */
final class ElementLayers {

  /** Functions that jump: a small error before them may be a large one behind. */
  static final Set<String> JUMPS = Set.of("floor", "round", "threshold", "signedRoot");

  static final Layer.Table TABLE =
      new Layer.Table().with(activations()).with(functions()).with(withConstants());

  private ElementLayers() {}

  private static Layer.Table activations() {
    return new Layer.Table()
        .with("relu", (k, x) -> k.tf().nn.relu(x))
        .with("relu6", (k, x) -> k.tf().nn.relu6(x))
        .with("leakyRelu", (k, x) -> k.tf().nn.leakyRelu(x, LeakyRelu.alpha(0.2f)))
        .with("leakyReluOfLittle", (k, x) -> k.tf().nn.leakyRelu(x, LeakyRelu.alpha(0.01f)))
        .with("elu", (k, x) -> k.tf().nn.elu(x))
        .with("selu", (k, x) -> k.tf().nn.selu(x))
        .with("sigmoid", (k, x) -> k.tf().math.sigmoid(x))
        .with("tanh", (k, x) -> k.tf().math.tanh(x))
        .with("softplus", (k, x) -> k.tf().math.softplus(x))
        .with("softsign", (k, x) -> k.tf().nn.softsign(x))
        .with("swish", LayerKit::swish)
        .with("hardSwish", (k, x) -> k.tf().math.mul(x, hardSigmoid(k, x)))
        .with("hardSigmoid", ElementLayers::hardSigmoid)
        .with("gelu", ElementLayers::gelu)
        .with("geluTanh", ElementLayers::geluTanh)
        .with("mish", (k, x) -> k.tf().math.mul(x, k.tf().math.tanh(k.tf().math.softplus(x))))
        .with("prelu", ElementLayers::prelu)
        .with(
            "relu1",
            (k, x) -> k.tf().math.maximum(k.tf().math.minimum(x, k.number(1)), k.number(-1)))
        .with("clip", (k, x) -> k.tf().clipByValue(x, k.number(-1), k.number(1.5)))
        .with(
            "clipWritten",
            (k, x) -> k.tf().math.minimum(k.tf().math.maximum(x, k.number(-0.5)), k.number(2)));
  }

  private static Layer.Table functions() {
    return new Layer.Table()
        .with("abs", (k, x) -> k.tf().math.abs(x))
        .with("neg", (k, x) -> k.tf().math.neg(x))
        .with("square", (k, x) -> k.tf().math.square(x))
        .with("power2", (k, x) -> k.tf().math.pow(x, k.number(2)))
        .with("power3", (k, x) -> k.tf().math.pow(x, k.number(3)))
        .with(
            "sqrt", (k, x) -> k.tf().math.sqrt(k.tf().math.add(k.tf().nn.relu(x), k.number(0.01))))
        .with("exp", (k, x) -> k.tf().math.exp(k.tf().math.minimum(x, k.number(2))))
        .with("expm1", (k, x) -> k.tf().math.expm1(k.tf().math.minimum(x, k.number(1.5))))
        .with("log", (k, x) -> k.tf().math.log(k.tf().math.add(k.tf().nn.relu(x), k.number(0.1))))
        .with("log1p", (k, x) -> k.tf().math.log1p(k.tf().math.abs(x)))
        .with(
            "rsqrt",
            (k, x) -> k.tf().math.rsqrt(k.tf().math.add(k.tf().math.square(x), k.number(0.5))))
        .with(
            "reciprocal",
            (k, x) -> k.tf().math.reciprocal(k.tf().math.add(k.tf().math.abs(x), k.number(0.5))))
        .with("sin", (k, x) -> k.tf().math.sin(x))
        .with("erf", (k, x) -> k.tf().math.erf(x))
        .with("floor", (k, x) -> k.tf().math.floor(k.tf().math.mul(x, k.number(2))))
        .with("round", (k, x) -> k.tf().math.rint(k.tf().math.mul(x, k.number(2))))
        .with("threshold", ElementLayers::threshold)
        .with("signedRoot", ElementLayers::signedRoot)
        .with(
            "chosen",
            (k, x) ->
                k.tf()
                    .select(
                        k.tf().math.greater(x, k.number(0)), x, k.tf().math.mul(x, k.number(0.1))));
  }

  private static Layer.Table withConstants() {
    return new Layer.Table()
        .with("timesVector", (k, x) -> k.tf().math.mul(x, k.weight(0.3, 1, LayerKit.channels(x))))
        .with("timesNumber", (k, x) -> k.tf().math.mul(x, k.number(1.7)))
        .with("plusVector", (k, x) -> k.tf().math.add(x, k.weight(0.5, 0, LayerKit.channels(x))))
        .with("plusNumber", (k, x) -> k.tf().math.add(x, k.number(-0.3)))
        .with("minusVector", (k, x) -> k.tf().math.sub(x, k.constant(0.5, 0, LayerKit.channels(x))))
        .with("overNumber", (k, x) -> k.tf().math.div(x, k.number(0.7)))
        .with(
            "maximumVector",
            (k, x) -> k.tf().math.maximum(x, k.constant(0.5, 0, LayerKit.channels(x))))
        .with(
            "minimumVector",
            (k, x) -> k.tf().math.minimum(x, k.constant(0.5, 0, LayerKit.channels(x))))
        .with("numberMinus", (k, x) -> k.tf().math.sub(k.number(1), x))
        .with("vectorMinus", (k, x) -> k.tf().math.sub(k.constant(0.5, 0, LayerKit.channels(x)), x))
        .with("vectorTimes", (k, x) -> k.tf().math.mul(k.constant(0.3, 1, LayerKit.channels(x)), x))
        .with("vectorPlus", (k, x) -> k.tf().math.add(k.constant(0.5, 0, LayerKit.channels(x)), x))
        .with(
            "numberOver",
            (k, x) ->
                k.tf().math.div(k.number(2), k.tf().math.add(k.tf().math.abs(x), k.number(0.5))))
        .with("numberMaximum", (k, x) -> k.tf().math.maximum(k.number(0.1), x))
        .with(
            "squaredDistance",
            (k, x) -> k.tf().math.squaredDifference(k.constant(0.5, 0, LayerKit.channels(x)), x))
        .with(
            "rescaled",
            (k, x) -> k.tf().math.sub(k.tf().math.mul(x, k.number(1 / 127.5)), k.number(1)));
  }

  private static Operand<TFloat32> hardSigmoid(LayerKit k, Operand<TFloat32> x) {
    return k.tf().math.mul(k.tf().nn.relu6(k.tf().math.add(x, k.number(3))), k.number(1 / 6.0));
  }

  private static Operand<TFloat32> gelu(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> erf = k.tf().math.erf(k.tf().math.mul(x, k.number(Math.sqrt(0.5))));
    return k.tf().math.mul(k.tf().math.mul(x, k.number(0.5)), k.tf().math.add(erf, k.number(1)));
  }

  private static Operand<TFloat32> geluTanh(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> cube = k.tf().math.mul(k.number(0.044715), k.tf().math.pow(x, k.number(3)));
    Operand<TFloat32> inner =
        k.tf().math.mul(k.number(Math.sqrt(2 / Math.PI)), k.tf().math.add(x, cube));
    return k.tf()
        .math
        .mul(
            k.tf().math.mul(x, k.number(0.5)),
            k.tf().math.add(k.number(1), k.tf().math.tanh(inner)));
  }

  /** PReLU as Keras saves it: {@code relu(x) + -alpha * relu(-x)}. */
  private static Operand<TFloat32> prelu(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> alpha = k.tf().math.neg(k.weight(0.1, 0.2, LayerKit.channels(x)));
    Operand<TFloat32> below = k.tf().math.mul(alpha, k.tf().nn.relu(k.tf().math.neg(x)));
    return k.tf().math.add(k.tf().nn.relu(x), below);
  }

  private static Operand<TFloat32> threshold(LayerKit k, Operand<TFloat32> x) {
    return k.tf()
        .math
        .mul(x, k.tf().dtypes.cast(k.tf().math.greater(x, k.number(0.3)), TFloat32.class));
  }

  private static Operand<TFloat32> signedRoot(LayerKit k, Operand<TFloat32> x) {
    Operand<TFloat32> root = k.tf().math.sqrt(k.tf().math.add(k.tf().math.abs(x), k.number(0.1)));
    return k.tf().math.mul(k.tf().math.sign(x), root);
  }
}
