package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;

/**
 * Adds to a training graph what finds the range of a tensor. The ones that come with the toolkit
 * are made by {@link Quantizer}; one's own is given to {@link Quantizer#of}:
 *
 * <pre>{@code
 * // A tenth of headroom around each batch.
 * RangeFinder roomy = graph -> {
 *   String factor = graph.constant("factor", 1.1f);
 *   return TrainedRange.of(
 *       graph.add("Mul", "min", graph.batchMin(), factor),
 *       graph.add("Mul", "max", graph.batchMax(), factor));
 * };
 * }</pre>
 *
 * <p>That one suits weights; the range of an activation has to be kept in variables, since what is
 * exported must not depend on the model's inputs.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface RangeFinder {

  /**
   * Called once for each tensor when the technique is applied. No gradient flows into the range.
   *
   * @param graph where nodes and variables go
   * @return the range's tensors
   */
  TrainedRange find(RangeGraph graph);
}
