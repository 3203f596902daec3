package org.tfmot.gate.process;

import org.apiguardian.api.API;

/**
 * Status that the author and the sponsors give an RFC. Placement and approvals are in the journal.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum RfcStatus {
  /** Being written; not up for placement. */
  DRAFT,
  /** Up for placement. */
  REVIEW,
  /** Agreed on. */
  ACCEPTED,
  /** Given up, by whomever. */
  WITHDRAWN
}
