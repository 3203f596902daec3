package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;
import org.tfmot.api.graph.Arguments;

/**
 * Quantizers of a layer: of its weights, and of its output.
 *
 * @param weights the operation's weight, and what else does not depend on the model's inputs
 * @param activations its output, behind what is fused with it (bias, batch norm, activation)
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record LayerQuantization(Quantizer weights, Quantizer activations) {

  /**
   * Refuses what no tensor can have.
   *
   * @throws IllegalArgumentException if activations are to be quantized per channel
   */
  public LayerQuantization {
    if (activations.isPerChannel()) {
      throw new IllegalArgumentException(
          "activations cannot be quantized per channel: a tensor that is summed over channels has"
              + " one range; quantize the weights per channel");
    }
  }

  /**
   * Other numbers of bits, and all else by default.
   *
   * @throws IllegalArgumentException if one is not from 2 to 16
   */
  public static LayerQuantization bits(int weights, int activations) {
    return new LayerQuantization(
        Quantizer.standard().bits("a layer's weights", weights),
        Quantizer.standard().bits("a layer's output", activations));
  }

  /** Weights by a quantizer, activations by default. */
  public static LayerQuantization ofWeights(Quantizer weights) {
    Arguments.require(weights, "weights");
    return new LayerQuantization(weights, Quantizer.standard());
  }

  /** Activations by a quantizer, weights by default. */
  public static LayerQuantization ofActivations(Quantizer activations) {
    Arguments.require(activations, "activations");
    return new LayerQuantization(Quantizer.standard(), activations);
  }
}
