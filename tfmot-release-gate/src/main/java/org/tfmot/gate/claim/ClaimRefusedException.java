package org.tfmot.gate.claim;

import java.util.List;
import org.apiguardian.api.API;

/** A claim that its own reference runs do not carry. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class ClaimRefusedException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final String claimId;

  ClaimRefusedException(String claimId, List<String> reasons) {
    super(claimId + " cannot be registered: " + String.join("; ", reasons));
    this.claimId = claimId;
  }

  /** The claim. */
  public String claimId() {
    return claimId;
  }
}
