package org.tfmot.gate.attestation;

import org.apiguardian.api.API;

/** State of a claim at the end of a gate. Only PASS releases. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum ClaimState {
  /** There is evidence that the benefit holds. */
  PASS,
  /** There is evidence that it does not. */
  FAIL,
  /** The runs are used up, and there is evidence for neither. */
  INCONCLUSIVE,
  /** Too many runs were VOID. */
  VOID_LIMIT,
  /** The evidence is of other files, data or claims. */
  STALE,
  /** There is no evidence at all. */
  MISSING
}
