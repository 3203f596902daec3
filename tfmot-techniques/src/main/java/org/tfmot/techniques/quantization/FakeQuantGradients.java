package org.tfmot.techniques.quantization;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsGradient;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsPerChannel;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsPerChannelGradient;
import org.tensorflow.types.TFloat32;

/**
 * The straight-through gradients of the two fake-quantization operations, which TensorFlow's C++
 * gradient registry lacks: 1 inside the nudged range, 0 outside; what falls outside flows to the
 * range's ends.
 *
 * <p>TensorFlow Java 1.1.0 crashes the JVM when an eleventh custom gradient is registered; these
 * two are the only ones in the toolkit.
 */
final class FakeQuantGradients {

  static {
    TensorFlow.registerCustomGradient(
        FakeQuantWithMinMaxVars.Inputs.class, FakeQuantGradients::perTensor);
    TensorFlow.registerCustomGradient(
        FakeQuantWithMinMaxVarsPerChannel.Inputs.class, FakeQuantGradients::perChannel);
  }

  private FakeQuantGradients() {}

  /** Registers the gradients, once in a JVM. */
  static void register() {
    // Loading the class does it.
  }

  @SuppressWarnings("unchecked") // The operation is defined for floats alone.
  private static List<Operand<?>> perTensor(
      Ops tf, FakeQuantWithMinMaxVars.Inputs op, List<? extends Operand<?>> gradients) {
    FakeQuantWithMinMaxVarsGradient gradient =
        tf.quantization.fakeQuantWithMinMaxVarsGradient(
            (Operand<TFloat32>) gradients.get(0),
            op.inputs,
            op.min,
            op.max,
            FakeQuantWithMinMaxVarsGradient.numBits(op.numBits),
            FakeQuantWithMinMaxVarsGradient.narrowRange(op.narrowRange));
    return List.of(
        gradient.backpropsWrtInput(), gradient.backpropWrtMin(), gradient.backpropWrtMax());
  }

  @SuppressWarnings("unchecked") // The operation is defined for floats alone.
  private static List<Operand<?>> perChannel(
      Ops tf, FakeQuantWithMinMaxVarsPerChannel.Inputs op, List<? extends Operand<?>> gradients) {
    FakeQuantWithMinMaxVarsPerChannelGradient gradient =
        tf.quantization.fakeQuantWithMinMaxVarsPerChannelGradient(
            (Operand<TFloat32>) gradients.get(0),
            op.inputs,
            op.min,
            op.max,
            FakeQuantWithMinMaxVarsPerChannelGradient.numBits(op.numBits),
            FakeQuantWithMinMaxVarsPerChannelGradient.narrowRange(op.narrowRange));
    return List.of(
        gradient.backpropsWrtInput(), gradient.backpropWrtMin(), gradient.backpropWrtMax());
  }
}
