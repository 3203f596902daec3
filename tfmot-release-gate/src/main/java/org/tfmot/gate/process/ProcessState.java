package org.tfmot.gate.process;

import org.apiguardian.api.API;

/**
 * State of a technique in the process; each state is reached when the step that it names is done.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum ProcessState {
  /** Not proposed. */
  DRAFT,
  /** Proposed, not placed. */
  RFC_REVIEW,
  /** Placed, not reproduced. */
  PLACED,
  /** Reproduced, not approved. */
  REPRODUCED,
  /** Approved by TFMOT, not by the Official Models, where it lives there. */
  TFMOT_APPROVED,
  /** Approved by all who are asked before a release. */
  RELEASABLE,
  /** In a stable release. */
  RELEASED,
  /** The consumer's minimum version is that release, or a later one. */
  MINIMUM_VERSION_BUMPED,
  /** Finally approved, not merged. */
  FINALLY_APPROVED,
  /** Merged, and in the hands of its owners. */
  OWNED
}
