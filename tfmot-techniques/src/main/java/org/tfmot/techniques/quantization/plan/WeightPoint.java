package org.tfmot.techniques.quantization.plan;

import org.apiguardian.api.API;
import org.tfmot.techniques.quantization.ranges.QuantizerSpec;

/**
 * An input of an operation that does not depend on the model's inputs and has to be quantized.
 *
 * @param operation the operation
 * @param input which of its inputs
 * @param ranges how many ranges it has, and whether 0 is in their middle
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record WeightPoint(String operation, int input, Ranges ranges) {

  /** Granularity of a weight's ranges. */
  public enum Ranges {
    /** A symmetric range for each slice along the last of four dimensions. */
    PER_CHANNEL,
    /** A symmetric range for each pair of the last two of four dimensions. */
    PER_DEPTHWISE_CHANNEL,
    /** One symmetric range. */
    SYMMETRIC,
    /** One range from the smallest to the largest value. */
    ASYMMETRIC
  }

  /**
   * Returns whether a constant meets an activation as its equal, so that the runtime wants one
   * type.
   */
  public boolean isOperand() {
    return ranges == Ranges.ASYMMETRIC || input == 0;
  }

  /** Returns the default spec of the weight. */
  public QuantizerSpec spec() {
    return switch (ranges) {
      case PER_CHANNEL, PER_DEPTHWISE_CHANNEL ->
          new QuantizerSpec(QuantizerSpec.BITS, true, true, true);
      case SYMMETRIC -> new QuantizerSpec(QuantizerSpec.BITS, true, true, false);
      case ASYMMETRIC -> QuantizerSpec.ACTIVATION;
    };
  }

  /** Returns whether each output channel has a range. */
  public boolean perChannel() {
    return ranges == Ranges.PER_CHANNEL || ranges == Ranges.PER_DEPTHWISE_CHANNEL;
  }

  /** The name of the tensor's fake-quantization node. */
  public String quantizer() {
    return operation + "/input" + input + ActivationPoint.SUFFIX;
  }
}
