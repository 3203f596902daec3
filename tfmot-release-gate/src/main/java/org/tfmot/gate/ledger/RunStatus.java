package org.tfmot.gate.ledger;

import org.apiguardian.api.API;

/** End of a run. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum RunStatus {
  /** It reported its metrics. */
  OK,
  /**
   * The run itself failed (NaN, a failed assertion, a crash, the time limit): counts with the
   * claim's worst value.
   */
  DIVERGED,
  /** It reported what is no report: counts with the claim's worst value. */
  INVALID,
  /** The machine failed it (no memory, no data): counts for nothing, is counted itself. */
  VOID
}
