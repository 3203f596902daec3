package org.tfmot.techniques.quantization;

import org.tfmot.api.graph.TensorRef;

/**
 * An activation tensor to quantize.
 *
 * @param tensor the tensor
 * @param nonNegative whether its values are at least 0 by construction (after a ReLU)
 */
record ActivationPoint(TensorRef tensor, boolean nonNegative) {

  /** The name of the tensor's fake-quantization node. */
  String quantizer() {
    String output = tensor.index() == 0 ? "" : "_" + tensor.index();
    return tensor.node() + output + FakeQuantNodes.SUFFIX;
  }
}
