package org.tfmot.techniques.kernels;

import java.util.List;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsGradient;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVarsPerChannelGradient;
import org.tensorflow.types.TFloat32;

/**
 * The gradients of the native operations. TensorFlow Java 1.1.0 crashes the JVM when an eleventh
 * custom gradient is registered; with the two of fake quantization these are four.
 */
final class KernelGradients {

  private KernelGradients() {}

  /**
   * Registers the gradients.
   *
   * @throws IllegalStateException if TensorFlow Java does not take them, as on Windows
   */
  static void register() {
    try {
      TensorFlow.registerCustomGradient(NativeKernels.FAKE_QUANT, KernelGradients::fakeQuant);
      TensorFlow.registerCustomGradient(NativeKernels.CLUSTER, KernelGradients::cluster);
    } catch (UnsupportedOperationException e) {
      throw new IllegalStateException("TensorFlow Java takes no custom gradients here", e);
    }
  }

  /** Those of the range are TensorFlow's; they are computed only where somebody asks for them. */
  @SuppressWarnings("unchecked") // The operation is defined for floats alone.
  private static List<Operand<?>> fakeQuant(
      Ops tf, GraphOperation op, List<? extends Output<?>> gradients) {
    Operand<TFloat32> upstream = (Operand<TFloat32>) gradients.get(0);
    Operand<TFloat32> x = (Operand<TFloat32>) op.input(0);
    Operand<TFloat32> min = (Operand<TFloat32>) op.input(1);
    Operand<TFloat32> max = (Operand<TFloat32>) op.input(2);
    long bits = op.attributes().getAttrInt("num_bits");
    boolean narrow = op.attributes().getAttrBool("narrow_range");
    boolean channels = op.attributes().getAttrBool("channels");
    Operation toInput =
        builder(tf, NativeKernels.FAKE_QUANT_GRADIENT, "input_gradient", op, upstream, x, min, max)
            .setAttr("num_bits", bits)
            .setAttr("narrow_range", narrow)
            .setAttr("channels", channels)
            .build();
    if (channels) {
      FakeQuantWithMinMaxVarsPerChannelGradient toRange =
          tf.quantization.fakeQuantWithMinMaxVarsPerChannelGradient(
              upstream,
              x,
              min,
              max,
              FakeQuantWithMinMaxVarsPerChannelGradient.numBits(bits),
              FakeQuantWithMinMaxVarsPerChannelGradient.narrowRange(narrow));
      return List.of(toInput.output(0), toRange.backpropWrtMin(), toRange.backpropWrtMax());
    }
    FakeQuantWithMinMaxVarsGradient toRange =
        tf.quantization.fakeQuantWithMinMaxVarsGradient(
            upstream,
            x,
            min,
            max,
            FakeQuantWithMinMaxVarsGradient.numBits(bits),
            FakeQuantWithMinMaxVarsGradient.narrowRange(narrow));
    return List.of(toInput.output(0), toRange.backpropWrtMin(), toRange.backpropWrtMax());
  }

  private static List<Operand<?>> cluster(
      Ops tf, GraphOperation op, List<? extends Output<?>> gradients) {
    Output<?> upstream = gradients.get(0);
    Output<?> weight = op.input(0);
    boolean zeros = op.attributes().getAttrBool("zeros");
    Operand<?> toWeight =
        zeros
            ? builder(tf, NativeKernels.KEEP_ZEROS, "weight_gradient", op, upstream, weight)
                .build()
                .output(0)
            : upstream;
    Operation toCentroids =
        builder(
                tf,
                NativeKernels.CLUSTER_GRADIENT,
                "centroid_gradient",
                op,
                upstream,
                weight,
                op.input(1),
                op.output(1))
            .setAttr("clusters", op.attributes().getAttrInt("clusters"))
            .setAttr("channels", op.attributes().getAttrBool("channels"))
            .setAttr("zeros", zeros)
            .setAttr("mean", op.attributes().getAttrBool("mean"))
            .build();
    return List.of(toWeight, toCentroids.output(0));
  }

  private static OperationBuilder builder(
      Ops tf, String type, String name, GraphOperation of, Operand<?>... inputs) {
    OperationBuilder builder = tf.scope().opBuilder(type, name);
    for (Operand<?> input : inputs) {
      builder.addInput(input.asOutput());
    }
    return builder.setAttr("threads", of.attributes().getAttrInt("threads"));
  }
}
