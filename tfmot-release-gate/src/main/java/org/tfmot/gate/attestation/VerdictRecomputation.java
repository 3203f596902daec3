package org.tfmot.gate.attestation;

import java.io.IOException;
import java.util.List;
import org.apiguardian.api.API;

/** Decides again from the evidence, so that a verdict need not be believed. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
@FunctionalInterface
public interface VerdictRecomputation {

  /**
   * Computes every claim from the ledger.
   *
   * @param attested what the attestation says, with the head that the ledger must have had
   * @return the claims as they are by the ledger, each id once
   * @throws RuntimeException if the ledger is damaged or is not the one attested; its message says
   *     which
   * @throws IOException if it cannot be read
   */
  List<AttestedClaim> recompute(ConvergencePredicate attested) throws IOException;
}
