package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;

/**
 * The tensors of a range in a training graph: scalars, or vectors of one element for each channel.
 * Inference quantizes with what is exported, once the lower end is below the upper one.
 *
 * @param min the lower end that a step quantizes with, at most 0
 * @param max the upper end that a step quantizes with, at least 0
 * @param exportedMin the lower end that stripping writes into the exported graph: a variable's
 *     value, or whatever else does not depend on the model's inputs
 * @param exportedMax the upper end that stripping writes
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record TrainedRange(String min, String max, String exportedMin, String exportedMax) {

  /** A range that a step quantizes with and that is exported as it stands. */
  public static TrainedRange of(String min, String max) {
    return new TrainedRange(min, max, min, max);
  }
}
