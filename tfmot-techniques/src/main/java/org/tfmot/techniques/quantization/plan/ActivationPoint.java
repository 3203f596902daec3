package org.tfmot.techniques.quantization.plan;

import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.api.graph.TensorRef;
import org.tfmot.techniques.quantization.ranges.Range;

/**
 * An activation tensor to quantize.
 *
 * @param tensor the tensor
 * @param rangeOf the tensor whose range it has: itself, one that it is an average of, or one that
 *     it is merged into
 * @param nonNegative whether its values are at least 0 by construction (after a ReLU)
 * @param merged whether it has no user but an operation that chooses among its inputs' values, such
 *     as a concatenation: quantizing that one's output quantizes it, too, so training does no more
 * @param fixed the range that the runtime demands, or null if it follows from the values
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public record ActivationPoint(
    TensorRef tensor,
    TensorRef rangeOf,
    boolean nonNegative,
    boolean merged,
    @Nullable Range fixed) {

  /** Ends the name of a fake-quantization node, behind that of its tensor. */
  public static final String SUFFIX = "/fake_quant";

  ActivationPoint(TensorRef tensor, TensorRef rangeOf, boolean nonNegative) {
    this(tensor, rangeOf, nonNegative, false, null);
  }

  /** A tensor with a range of its own. */
  static ActivationPoint of(TensorRef tensor, boolean nonNegative) {
    return new ActivationPoint(tensor, tensor, nonNegative);
  }

  /** A tensor with a range that does not depend on its values. */
  static ActivationPoint fixed(TensorRef tensor, Range range) {
    return new ActivationPoint(tensor, tensor, false, false, range);
  }

  /** A tensor that is quantized where it is merged into another one. */
  ActivationPoint mergedInto(TensorRef other) {
    return new ActivationPoint(tensor, other, nonNegative, true, null);
  }

  /** The same tensor with the range of another one. */
  public ActivationPoint withRangeOf(ActivationPoint owner) {
    return new ActivationPoint(tensor, owner.tensor, nonNegative, merged, owner.fixed);
  }

  /** Returns whether the range is that of the tensor itself. */
  public boolean hasOwnRange() {
    return tensor.equals(rangeOf);
  }

  /** The name of the tensor's fake-quantization node. */
  public String quantizer() {
    return quantizer(tensor);
  }

  /** The name of a tensor's fake-quantization node. */
  public static String quantizer(TensorRef tensor) {
    // Not "_1": automatic names look like that.
    String output = tensor.index() == 0 ? "" : "/output" + tensor.index();
    return tensor.node() + output + SUFFIX;
  }
}
