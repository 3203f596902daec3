package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;

/** Pools the magnitudes of a block's weights into one score. */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public enum BlockPooling {
  /** Their mean; a block that reaches over the edge has the mean of what is inside. */
  AVG,
  /** The largest. */
  MAX
}
