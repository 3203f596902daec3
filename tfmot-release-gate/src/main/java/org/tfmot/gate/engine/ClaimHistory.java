package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.engine.Register.Member;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.Evidence;
import org.tfmot.gate.ledger.Ledger;

/**
 * Standing of a claim by the evidence under one key, for whoever looks for what has changed. It is
 * decided by the claim as it is stated now, whatever it said when the runs were made.
 *
 * @param key digest of what the runs are evidence about
 * @param state how the claim stands by them
 * @param runs those that count, in order
 * @param evidence also those that do not
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ClaimHistory(Digest key, ClaimState state, List<RunValue> runs, Evidence evidence) {

  /** Copies the list. */
  public ClaimHistory {
    runs = List.copyOf(runs);
  }

  /**
   * All keys of a ledger under which a claim has runs, oldest first.
   *
   * @throws IllegalArgumentException if there is no such claim, or it was refused
   */
  public static List<ClaimHistory> of(GateSpec spec, Ledger ledger, String claimId) {
    Suite suite = new Suite(spec);
    Member member = suite.register().members().get(claimId);
    if (member == null) {
      throw new IllegalArgumentException(
          "there is no claim \"%s\": there are %s"
              .formatted(claimId, suite.register().members().keySet()));
    }
    ClaimRule rule = member.rule();
    if (rule == null) {
      throw new IllegalArgumentException(String.valueOf(member.refusal()));
    }
    List<ClaimHistory> histories = new ArrayList<>();
    for (Digest key : ledger.keys(claimId)) {
      Standing standing = suite.standing(rule, key, ledger);
      histories.add(new ClaimHistory(key, standing.state(), standing.runs(), standing.evidence()));
    }
    return List.copyOf(histories);
  }
}
