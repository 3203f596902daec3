package org.tfmot.techniques.testing;

import com.google.common.primitives.Longs;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.Conv3d;
import org.tensorflow.op.nn.Conv3dBackpropInput;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The gradients of convolutions over volumes, which TensorFlow's C++ gradient registry lacks: with
 * them, tests can train such layers.
 */
final class ConvolutionGradients {

  static {
    TensorFlow.registerCustomGradient(Conv3d.Inputs.class, ConvolutionGradients::convolution);
    TensorFlow.registerCustomGradient(
        Conv3dBackpropInput.Inputs.class, ConvolutionGradients::transposed);
  }

  private ConvolutionGradients() {}

  /** Registers the gradients, once in a JVM. */
  static void register() {
    // Loading the class does it.
  }

  @SuppressWarnings("unchecked") // All tensors here are floats.
  private static List<Operand<?>> convolution(
      Ops tf, Conv3d.Inputs<?> op, List<? extends Operand<?>> gradients) {
    Operand<TFloat32> slope = (Operand<TFloat32>) gradients.get(0);
    Operand<TFloat32> input = (Operand<TFloat32>) op.input;
    Operand<TFloat32> filter = (Operand<TFloat32>) op.filter;
    List<Long> strides = Longs.asList(op.strides);
    return List.of(
        tf.nn.conv3dBackpropInput(tf.shape(input), filter, slope, strides, op.padding),
        tf.nn.conv3dBackpropFilter(input, tf.shape(filter), slope, strides, op.padding));
  }

  @SuppressWarnings("unchecked") // All tensors here are floats, the sizes integers.
  private static List<Operand<?>> transposed(
      Ops tf, Conv3dBackpropInput.Inputs<?> op, List<? extends Operand<?>> gradients) {
    Operand<TFloat32> slope = (Operand<TFloat32>) gradients.get(0);
    Operand<TFloat32> filter = (Operand<TFloat32>) op.filter;
    Operand<TFloat32> input = (Operand<TFloat32>) op.outBackprop;
    List<Long> strides = Longs.asList(op.strides);
    return List.of(
        tf.zerosLike((Operand<TInt32>) op.inputSizes),
        tf.nn.conv3dBackpropFilter(slope, tf.shape(filter), input, strides, op.padding),
        tf.nn.conv3d(slope, filter, strides, op.padding));
  }
}
