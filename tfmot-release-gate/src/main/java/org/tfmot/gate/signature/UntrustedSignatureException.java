package org.tfmot.gate.signature;

import org.apiguardian.api.API;

/** A signature that does not count. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class UntrustedSignatureException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final boolean forged;

  UntrustedSignatureException(boolean forged, String message) {
    super(message);
    this.forged = forged;
  }

  /**
   * True if the signature itself is wrong: forged, or of something else. False if it may be right,
   * but nobody who is trusted made it.
   */
  public boolean forged() {
    return forged;
  }
}
