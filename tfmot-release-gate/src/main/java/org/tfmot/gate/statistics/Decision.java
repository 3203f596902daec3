package org.tfmot.gate.statistics;

import org.apiguardian.api.API;

/** Decision on one claim by the runs so far. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum Decision {
  /** There is evidence that the benefit holds. */
  PASS,
  /** There is evidence that the benefit is lost. Final: no later run turns it into a PASS. */
  FAIL,
  /** Neither; the next seed decides, or the run limit makes the claim inconclusive. */
  CONTINUE
}
