package org.tfmot.gate.maven.process;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.tfmot.gate.attestation.ClaimState;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.engine.ClaimVerdict;
import org.tfmot.gate.engine.GateResult;
import org.tfmot.gate.process.Candidate;
import org.tfmot.gate.process.ProcessEvent.Reproduced;

/** The step that says: I ran it, and all claims hold. */
final class Reproduction {

  private Reproduction() {}

  /**
   * The step.
   *
   * @param by the reviewer
   * @param result of the gate on the reviewer's own ledger
   * @throws IllegalStateException naming each claim of the technique that is not at PASS
   */
  static Reproduced of(String by, Candidate candidate, GateResult result) {
    Set<String> claims =
        candidate.descriptor().claims().stream().map(Claim::id).collect(Collectors.toSet());
    SortedSet<String> passed = new TreeSet<>();
    List<String> problems = new ArrayList<>();
    for (ClaimVerdict verdict : result.verdicts()) {
      if (!claims.contains(verdict.id())) {
        continue;
      }
      if (verdict.state() == ClaimState.PASS) {
        passed.add(verdict.id());
      } else {
        problems.add(verdict.sentence());
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalStateException(
          "%s is not reproduced in this ledger; run the gate first:%n  %s"
              .formatted(candidate.descriptor().technique(), String.join("\n  ", problems)));
    }
    return new Reproduced(
        candidate.descriptor().technique(), by, candidate.revision(), result.ledger(), passed);
  }
}
