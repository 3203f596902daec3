package org.tfmot.gate.signature;

import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.time.DateTimeException;
import java.time.Instant;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Someone whose word counts.
 *
 * @param name who it is, as in RFCs and descriptors
 * @param team what they speak for
 * @param publicKey X.509 in base64
 * @param until when they stop; a runner's key has one. For others: when they stopped (ISO 8601,
 *     UTC): what they signed before goes on counting; null while they speak
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TrustedKey(String name, Team team, String publicKey, @Nullable String until) {

  /**
   * @throws IllegalArgumentException if a value cannot be read
   */
  public TrustedKey {
    if (name.isBlank() || !name.equals(name.strip()) || name.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException(
          "\"%s\" is no name: it must not be blank nor begin or end with a space".formatted(name));
    }
    decode(name, publicKey);
    if (team == Team.RUNNER && until == null) {
      throw new IllegalArgumentException(
          "the key of %s is a runner's and has no end: give it an \"until\", some months from now"
              .formatted(name));
    }
    if (until != null) {
      try {
        Instant.parse(until);
      } catch (DateTimeException e) {
        throw new IllegalArgumentException(
            "the key of %s ends at \"%s\": write it like 2026-01-31T00:00:00Z"
                .formatted(name, until),
            e);
      }
    }
  }

  /** {@link SigningKey#keyId} of the key. */
  public String keyId() {
    return Ed25519.keyId(key());
  }

  /** Returns whether the key still counted at that time. */
  public boolean countsAt(Instant time) {
    return until == null || time.isBefore(Instant.parse(until));
  }

  boolean signed(byte[] message, byte[] signature) {
    return Ed25519.verify(key(), message, signature);
  }

  private PublicKey key() {
    return decode(name, publicKey);
  }

  private static PublicKey decode(String name, String publicKey) {
    try {
      return Ed25519.publicKey(Dsse.decode(publicKey));
    } catch (InvalidKeySpecException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the public key of %s is no Ed25519 key (X.509 in base64): %s"
              .formatted(name, e.getMessage()),
          e);
    }
  }
}
