package org.tfmot.gate.attestation;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The predicate of in-toto's simple verification result: the outcome in one word, for policies that
 * need no more.
 *
 * @param verifier who says so
 * @param timeCreated when the gate decided (ISO 8601, UTC)
 * @param properties what holds: {@link #PASS} if every claim passed, else nothing
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record SummaryPredicate(Verifier verifier, String timeCreated, List<String> properties) {

  /** Its type in a statement. */
  public static final String TYPE = "https://in-toto.io/attestation/svr/v0.1";

  /** The property of a release whose claims all passed. */
  public static final String PASS = "CONVERGENCE_GATE_PASS";

  /** This gate; the number goes up when what {@link #PASS} represents changes. */
  private static final Verifier GATE = new Verifier("https://tfmot.org/release-gate/v1");

  /**
   * A verifier.
   *
   * @param id a URI
   */
  public record Verifier(String id) {}

  /** Copies the list. */
  public SummaryPredicate {
    Times.parse(timeCreated);
    properties = List.copyOf(properties);
  }

  /** Returns a gate's outcome in this form. */
  public static SummaryPredicate of(ConvergencePredicate convergence) {
    boolean passed =
        convergence.claims().stream().allMatch(claim -> claim.decision() == ClaimState.PASS);
    return new SummaryPredicate(GATE, convergence.time(), passed ? List.of(PASS) : List.of());
  }
}
