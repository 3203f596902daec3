package org.tfmot.gate.process;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.PlacementDecision;

/**
 * Decision on the home of a technique's production example, with its reason.
 *
 * @param scores by the written criteria
 * @param decision OFFICIAL or FORK; OFFICIAL only if the scores admit it, FORK also if they would
 *     admit OFFICIAL: the Official Models need not take an example
 * @param rationale in the decider's own words
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Placement(PlacementScores scores, PlacementDecision decision, String rationale) {

  /**
   * @throws IllegalArgumentException if the scores do not admit the decision, it is none, or there
   *     is no rationale
   */
  public Placement {
    if (decision == PlacementDecision.UNDECIDED) {
      throw new ProcessRefusedException("UNDECIDED is no placement: decide OFFICIAL or FORK");
    }
    if (rationale.isBlank()) {
      throw new ProcessRefusedException(
          "the placement has no rationale: say why in your own words");
    }
    List<String> objections = scores.objections(decision);
    if (!objections.isEmpty()) {
      throw new ProcessRefusedException(
          "the scores do not admit %s: %s".formatted(decision, String.join("; ", objections)));
    }
  }
}
