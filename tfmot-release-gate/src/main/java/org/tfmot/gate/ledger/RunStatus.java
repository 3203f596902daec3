package org.tfmot.gate.ledger;

import org.apiguardian.api.API;

/** How a run ended. */
@API(status = API.Status.EXPERIMENTAL)
public enum RunStatus {
  /** It reported its metrics. */
  OK,
  /** The training itself failed (NaN, a failed assertion): counts with the claim's worst value. */
  DIVERGED,
  /** The machine failed it (killed, no memory, no data): counts for nothing, is counted itself. */
  VOID
}
