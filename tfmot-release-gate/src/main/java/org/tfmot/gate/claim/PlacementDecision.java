package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/** Home of a technique's production example. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum PlacementDecision {
  /** In the Official Models. */
  OFFICIAL,
  /** In the fork. */
  FORK,
  /** Not decided yet; such a technique is not released. */
  UNDECIDED
}
