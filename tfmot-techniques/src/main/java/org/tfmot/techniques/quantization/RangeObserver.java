package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;

/**
 * Adds nodes to a training graph that follow the range of a tensor. {@link Quantizer} makes the
 * standard observers; {@link Quantizer#of} takes one of the caller's:
 *
 * <pre>{@code
 * // A tenth of headroom around each batch.
 * RangeObserver roomy = graph -> {
 *   String factor = graph.constant("factor", 1.1f);
 *   return TrainedRange.of(
 *       graph.add("Mul", "min", graph.batchMin(), factor),
 *       graph.add("Mul", "max", graph.batchMax(), factor));
 * };
 * }</pre>
 *
 * <p>That one suits weights. An observer of activations keeps the range in variables, since the
 * exported range must not depend on the model's inputs.
 */
@FunctionalInterface
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public interface RangeObserver {

  /**
   * Adds the nodes that compute the range of a tensor. It is called once for each tensor when the
   * technique is applied; no gradient flows into the range.
   *
   * @param graph takes nodes and variables
   * @return the range's tensors
   */
  TrainedRange observe(RangeGraph graph);
}
