package org.tfmot.techniques.quantization;

import org.apiguardian.api.API;

/**
 * Follows the range of a tensor.
 *
 * @deprecated replaced by {@link RangeObserver}
 */
@Deprecated(since = "0.2.0", forRemoval = true)
@FunctionalInterface
@API(status = API.Status.DEPRECATED, since = "0.2.0")
public interface RangeFinder extends RangeObserver {

  /** Adds the nodes that compute the range of a tensor. */
  TrainedRange find(RangeGraph graph);

  @Override
  default TrainedRange observe(RangeGraph graph) {
    return find(graph);
  }
}
