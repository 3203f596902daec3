package org.tfmot.gate.attestation;

import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.signature.TrustedKeys;

/**
 * Requirements of a verifier; they come from the verifier, never from the attestation.
 *
 * @param keys whose word counts; attestations are signed by the release team
 * @param requiredClaims ids of all claims that must have passed
 * @param claimsDigests technique to digest of its claims as they were reviewed; empty if unknown
 * @param commit that the files must be built from; null if it does not matter
 * @param maxAge how old the verdict may be; null if it does not matter, as for an old release
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record AttestationPolicy(
    TrustedKeys keys,
    SortedSet<String> requiredClaims,
    SortedMap<String, Digest> claimsDigests,
    @Nullable String commit,
    @Nullable Duration maxAge) {

  /** Greatest age of a verdict when it is released. */
  public static final Duration FRESH = Duration.ofDays(14);

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if no claim is required: anything would pass
   */
  public AttestationPolicy {
    requiredClaims = Collections.unmodifiableSortedSet(new TreeSet<>(requiredClaims));
    claimsDigests = Collections.unmodifiableSortedMap(new TreeMap<>(claimsDigests));
    if (requiredClaims.isEmpty()) {
      throw new IllegalArgumentException(
          "the policy requires no claim, and anything would pass: name the claims");
    }
  }
}
