package org.tfmot.gate.ledger;

import java.time.DateTimeException;
import java.time.Instant;
import org.apiguardian.api.API;
import org.tfmot.gate.signature.KeySignature;

/**
 * The maker and the time of a run.
 *
 * @param time when it ended (ISO 8601, UTC); it is signed, too
 * @param signature of the runner over the run and the time
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.2.0")
public record RunSignature(String time, KeySignature signature) {

  /** The type of what is signed. */
  public static final String PAYLOAD_TYPE = "application/vnd.tfmot.gate.run+json";

  /**
   * @throws IllegalArgumentException if the time cannot be read
   */
  public RunSignature {
    try {
      Instant.parse(time);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("a run is signed at \"%s\", no time".formatted(time), e);
    }
  }

  /** Returns when it ended. */
  public Instant at() {
    return Instant.parse(time);
  }
}
