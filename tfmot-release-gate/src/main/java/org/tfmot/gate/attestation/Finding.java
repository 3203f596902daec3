package org.tfmot.gate.attestation;

import org.apiguardian.api.API;

/**
 * A defect of an attestation.
 *
 * @param kind the kind of thing
 * @param message what exactly, and what to do
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Finding(Kind kind, String message) {

  /** In the order in which they are looked for. */
  public enum Kind {
    /** It cannot be read, or is not complete. */
    MALFORMED,
    /** A signature is wrong. */
    SIGNATURE,
    /** Nobody who is trusted signed it. */
    SIGNER_NOT_TRUSTED,
    /** A file is not the one that was gated. */
    SUBJECT_DIFFERS,
    /** A file was not gated at all. */
    FILE_WITHOUT_SUBJECT,
    /** A file that was gated is not there. */
    SUBJECT_WITHOUT_FILE,
    /** A claim that has to be proven is not mentioned. */
    CLAIM_MISSING,
    /** A claim did not come to PASS. */
    CLAIM_NOT_PASSED,
    /** The claims are not those that were reviewed. */
    CLAIMS_CHANGED,
    /** The verdict is too old. */
    TOO_OLD,
    /** It is about another commit. */
    COMMIT_DIFFERS,
    /** The evidence gives something else than the attestation says. */
    VERDICT_DIFFERS
  }

  @Override
  public String toString() {
    return kind + ": " + message;
  }
}
