package org.tfmot.techniques.clustering;

import org.apiguardian.api.API;

/** What a centroid takes from the gradients of the weights that it stands for. */
@API(status = API.Status.EXPERIMENTAL)
public enum GradientAggregation {
  /** Their sum: the derivative. */
  SUM,
  /** Their mean, 0 if there are none: a step's length does not grow with the layer's size. */
  AVG
}
