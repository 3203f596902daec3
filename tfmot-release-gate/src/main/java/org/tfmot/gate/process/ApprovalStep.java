package org.tfmot.gate.process;

import org.apiguardian.api.API;
import org.tfmot.gate.claim.PlacementDecision;
import org.tfmot.gate.signature.Team;

/** The approvals, in their order. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum ApprovalStep {
  /** TFMOT: the results were reproduced and the example is good. */
  TFMOT_REVIEW,
  /** Official Models: they may depend on a release with the technique. Not for the fork. */
  MAY_DEPEND,
  /** The host's owners, after release and minimum version: it can be merged. */
  FINAL;

  /** Returns the team that approves this step. */
  public Team team(PlacementDecision place) {
    return switch (this) {
      case TFMOT_REVIEW -> Team.TFMOT;
      case MAY_DEPEND -> Team.OFFICIAL_MODELS;
      case FINAL -> place == PlacementDecision.OFFICIAL ? Team.OFFICIAL_MODELS : Team.TFMOT;
    };
  }
}
