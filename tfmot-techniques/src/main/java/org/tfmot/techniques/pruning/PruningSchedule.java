package org.tfmot.techniques.pruning;

import org.apiguardian.api.API;

/** When masks are recomputed, and to which sparsity: pure functions of the step, counted from 0. */
@API(status = API.Status.EXPERIMENTAL)
public interface PruningSchedule {

  /** Whether the masks are recomputed before this step. */
  boolean updatesAt(long step);

  /** The fraction of weights that are zero after an update at this step, in [0, 1). */
  double sparsity(long step);
}
