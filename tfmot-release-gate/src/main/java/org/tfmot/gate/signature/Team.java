package org.tfmot.gate.signature;

import org.apiguardian.api.API;

/** Role that a key may sign for. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public enum Team {
  /** Reviews and reproduces techniques; owns the fork. */
  TFMOT,
  /** Decides where an example lives, and approves what lives in the Official Models. */
  OFFICIAL_MODELS,
  /** Writes techniques and owns them; approves nothing. */
  CONTRIBUTOR,
  /** The release job: signs attestations and records releases. */
  RELEASE,
  /** A machine that makes runs: signs what it ran, nothing else. Its keys end. */
  RUNNER
}
