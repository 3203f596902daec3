package org.tfmot.gate.attestation;

import java.time.DateTimeException;
import java.time.Instant;

/** Times as they stand in JSON: ISO 8601, UTC. */
final class Times {

  private Times() {}

  static Instant parse(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "\"%s\" is no time: write it like 2026-01-31T00:00:00Z".formatted(text), e);
    }
  }
}
