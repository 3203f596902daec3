package org.tfmot.techniques.quantization;

import org.tfmot.api.graph.TensorRef;

/**
 * An activation tensor to quantize.
 *
 * @param tensor the tensor
 * @param rangeOf the tensor whose range it has: itself, or one that it is an average of
 * @param nonNegative whether its values are at least 0 by construction (after a ReLU)
 */
record ActivationPoint(TensorRef tensor, TensorRef rangeOf, boolean nonNegative) {

  /** A tensor with a range of its own. */
  static ActivationPoint of(TensorRef tensor, boolean nonNegative) {
    return new ActivationPoint(tensor, tensor, nonNegative);
  }

  /** Whether the range is that of the tensor itself. */
  boolean hasOwnRange() {
    return tensor.equals(rangeOf);
  }

  /** The name of the tensor's fake-quantization node. */
  String quantizer() {
    return quantizer(tensor);
  }

  /** The name of a tensor's fake-quantization node. */
  static String quantizer(TensorRef tensor) {
    // Not "_1": automatic names look like that.
    String output = tensor.index() == 0 ? "" : "/output" + tensor.index();
    return tensor.node() + output + FakeQuantNodes.SUFFIX;
  }
}
