package org.tfmot.techniques.clustering;

import org.apiguardian.api.API;

/** Combines the gradients of a cluster's weights into the gradient of its centroid. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public enum GradientAggregation {
  /** Their sum: the derivative. */
  SUM,
  /** Their mean, 0 if there are none: a step's length does not grow with the layer's size. */
  AVG
}
